/* Before the port opens: the database knows the same routes, some role may use each, its own rules hold. */
#ifndef CHIBO_RPC_START_CHECK_H
#define CHIBO_RPC_START_CHECK_H

#include <stddef.h>

#include <uv.h>

struct pg_pool;
struct statement_set;

/* `done` comes on the loop, perhaps before this returns; reason NULL: all is well. It names the first thing
 * that is not. Pool and statements are borrowed until then. */
void start_check(uv_loop_t *loop, struct pg_pool *pool, const struct statement_set *statements,
		 void (*done)(void *owner, const char *reason), void *owner);

#endif
