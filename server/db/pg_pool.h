/* The pool keeps lanes of database connections and gives each segment to a free one of its lane. */
#ifndef CHIBO_DB_PG_POOL_H
#define CHIBO_DB_PG_POOL_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "lane.h"

struct segment;
struct statement_set;

/* Times are milliseconds. */
struct pg_config {
	const char *host;              /* directory of the UNIX socket, or a host name */
	unsigned port;
	const char *dbname;
	const char *user;
	unsigned lane_size[LANE_COUNT];
	unsigned queue_max;            /* segments waiting per lane; more are refused with "busy" */
	unsigned connect_timeout_ms;
	unsigned segment_grace_ms;     /* after the deadline, before the connection is given up */
	int server_version_min;        /* e.g. 150020 */
};

struct pg_pool;

/* Called on the loop when the first connection of every lane is ready (ok), or when the database or a
 * statement does not fit (not ok, `reason` names file, column and field, or the setting). Once. */
typedef void (*pg_pool_ready_cb)(void *owner, bool ok, const char *reason);

/* `statements` is borrowed and outlives the pool. NULL when memory is short. */
struct pg_pool *pg_pool_new(uv_loop_t *loop, const struct pg_config *config,
			    const struct statement_set *statements, pg_pool_ready_cb ready, void *owner);
/* Takes the segment, whose callback comes later, always; false: the queue of its lane is full. */
bool pg_pool_submit(struct pg_pool *pool, struct segment *segment);
/* True while every lane has a usable connection. */
bool pg_pool_healthy(const struct pg_pool *pool);
/* Closes all connections; the callback comes when every handle is closed. The pool is then freed. */
void pg_pool_close(struct pg_pool *pool, void (*closed)(void *owner), void *owner);

#endif
