/* States as data: every state names the states it may move to, and every move is checked and
 * traced. */
#ifndef CHIBO_BASE_SM_H
#define CHIBO_BASE_SM_H

#include <stdint.h>

#define SM_BIT(state) (1u << (state))

struct sm_state {
	const char *name;
	uint32_t allowed; /* SM_BIT of every state that may follow */
};

/* One per type of machine, constant. States are numbered from 0, 32 at most. */
struct sm_table {
	const char *name; /* of the machine, for the trace: "pg_conn" */
	const struct sm_state *states;
	unsigned n_states;
};

struct sm {
	const struct sm_table *table;
	unsigned state;
	uint64_t number; /* of the object, for the trace */
};

void sm_init(struct sm *sm, const struct sm_table *table, unsigned initial, uint64_t number);
/* The only assignment to a state. Aborts on a move that the table does not allow. */
void sm_move(struct sm *sm, unsigned to);
unsigned sm_state(const struct sm *sm);
const char *sm_name(const struct sm *sm);

#endif
