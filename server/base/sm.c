/* States as data: moves are checked against a table and traced. */
#include "sm.h"

#include <inttypes.h>
#include <stdbool.h>

#include "log.h"
#include "pre.h"

static const char *state_name(const struct sm *sm, unsigned state)
{
	PRE(state < sm->table->n_states);
	return sm->table->states[state].name;
}

void sm_init(struct sm *sm, const struct sm_table *table, unsigned initial, uint64_t number)
{
	PRE(initial < table->n_states && table->n_states <= 32);
	*sm = (struct sm){.table = table, .state = initial, .number = number};
}

void sm_move(struct sm *sm, unsigned to)
{
	const char *from_name = sm_name(sm);
	const char *to_name = state_name(sm, to);
	bool allowed = sm->table->states[sm->state].allowed & SM_BIT(to);

	if (!allowed)
		log_error("event=bad_move machine=%s number=%" PRIu64 " from=%s to=%s",
			  sm->table->name, sm->number, from_name, to_name);
	PRE(allowed);
	log_debug("event=move machine=%s number=%" PRIu64 " from=%s to=%s", sm->table->name,
		  sm->number, from_name, to_name);
	sm->state = to;
}

unsigned sm_state(const struct sm *sm)
{
	return sm->state;
}

const char *sm_name(const struct sm *sm)
{
	return state_name(sm, sm->state);
}
