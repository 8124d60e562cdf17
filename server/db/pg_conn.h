/* One database connection: connects, prepares and checks every statement, then runs one segment at a time. */
#ifndef CHIBO_DB_PG_CONN_H
#define CHIBO_DB_PG_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include <libpq-fe.h>
#include <uv.h>

#include "pg_pool.h"
#include "segment.h"
#include "sm.h"

struct pg_conn;
struct pg_prepare;

/* What the pool is told. Called on the loop, never from inside pg_conn_run. */
struct pg_conn_ops {
	void (*idle)(struct pg_conn *conn);                       /* ready for a segment */
	void (*misfit)(struct pg_conn *conn, const char *reason); /* the database is not ours to use */
	void (*closed)(struct pg_conn *conn);                     /* every handle is closed */
};

struct pg_conn {
	struct sm sm;
	const struct pg_conn_ops *ops;
	struct pg_pool *pool;
	uv_loop_t *loop;
	const struct pg_config *config;
	const struct statement_set *statements;
	enum lane lane;
	PGconn *pg;                /* NULL in DOWN, CLOSING and CLOSED */
	struct pg_watch *watch;    /* poll handle of pg's socket, or NULL */
	uv_timer_t timer;          /* of the state: backoff, connect timeout, segment deadline */
	unsigned open_handles;     /* libuv still knows: timer and watches; 0 in CLOSED */
	bool timer_fired;          /* recorded by the callback, taken by the tick */
	bool socket_failed;
	bool stopping;
	unsigned failures;         /* in a row, for the backoff */
	unsigned syncs_due;        /* sent and not come back */
	struct pg_prepare *prepare;    /* only in PREPARING */
	struct segment *current;   /* only in READY; everything of it was sent */
	unsigned received;         /* steps of it that have a result */
	const char *broken;        /* why the last connection ended: a word for the log */
};

void pg_conn_init(struct pg_conn *conn, uv_loop_t *loop, const struct pg_config *config,
		  const struct statement_set *statements, enum lane lane, uint64_t number,
		  const struct pg_conn_ops *ops, struct pg_pool *pool);
bool pg_conn_is_idle(const struct pg_conn *conn);
bool pg_conn_is_ready(const struct pg_conn *conn);
/* Only when idle. */
void pg_conn_run(struct pg_conn *conn, struct segment *segment);
/* A running segment is given up: its outcome is unknown. ops->closed follows. */
void pg_conn_stop(struct pg_conn *conn);

#endif
