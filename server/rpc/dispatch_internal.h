/* What dispatch shares with its calls and handlers. */
#ifndef CHIBO_RPC_DISPATCH_INTERNAL_H
#define CHIBO_RPC_DISPATCH_INTERNAL_H

#include "dispatch.h"
#include "gate_cache.h"
#include "hasher.h"
#include "list.h"
#include "statement.h"
#include "target.h"
#include "watchers.h"

struct call;
struct segment;
struct watch_poll;

struct dispatch {
	uv_loop_t *loop;
	struct pg_pool *pool; /* NULL once it is lost */
	const struct statement_set *statements;
	struct dispatch_config config;
	struct target_list targets[ROUTES_MAX]; /* of each route */
	struct hasher hasher;
	struct throttle *throttle;
	struct devices *devices; /* NULL: nobody asks for computers */
	uint64_t next_number;  /* of a call, for the log */
	unsigned in_flight;
	unsigned streams;
	struct list spare;     /* calls to use again; their arenas are empty */
	unsigned n_spare;
	struct watchers watchers;
	struct watch_poll *watch_poll;
	bool stopping;
};

/* A call with an empty arena, counted as in flight. NULL when memory is short. */
struct call *dispatch_take_call(struct dispatch *dispatch);
void dispatch_give_call(struct dispatch *dispatch, struct call *call);
/* As pg_pool_submit. */
bool dispatch_submit(struct dispatch *dispatch, struct segment *segment);
uint64_t dispatch_next_number(struct dispatch *dispatch);

#endif
