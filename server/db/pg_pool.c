/* Lanes of connections, a bounded queue for each. */
#include "pg_pool.h"

#include <stdlib.h>

#include "list.h"
#include "log.h"
#include "pg_conn.h"
#include "segment.h"

enum { EXPIRY_PERIOD_MS = 100 };

struct pg_lane {
	struct pg_conn *conns;
	unsigned n_conns;
	struct list queue; /* segments, oldest first */
	unsigned n_queued;
};

struct pg_pool {
	struct pg_config config;
	struct pg_lane lanes[LANE_COUNT];
	uv_timer_t expiry; /* runs while something waits in a queue */
	unsigned open; /* connections and the timer, not closed yet */
	pg_pool_ready_cb ready; /* NULL once called */
	void *owner;
	void (*closed)(void *owner);
	void *closed_owner;
};

static struct pg_conn *idle_conn(struct pg_lane *lane)
{
	for (unsigned i = 0; i < lane->n_conns; i++)
		if (pg_conn_is_idle(&lane->conns[i]))
			return &lane->conns[i];
	return NULL;
}

static struct segment *take_waiting(struct pg_lane *lane)
{
	struct list *node = list_take(&lane->queue);

	if (!node)
		return NULL;
	lane->n_queued--;
	return CONTAINER_OF(node, struct segment, link);
}

static void not_sent(struct segment *segment)
{
	segment->outcome = SEGMENT_NOT_SENT;
	segment->done(segment);
}

/* ---- waiting too long ---- */

static void expire_lane(struct pg_lane *lane, uint64_t now)
{
	struct list *node, *after;

	LIST_EACH_SAFE(node, after, &lane->queue) {
		struct segment *segment = CONTAINER_OF(node, struct segment, link);

		if (segment->deadline > now)
			continue;
		list_remove(node);
		lane->n_queued--;
		not_sent(segment);
	}
}

static void expiry_event(uv_timer_t *timer)
{
	struct pg_pool *pool = timer->data;
	unsigned waiting = 0;

	for (int i = 0; i < LANE_COUNT; i++) {
		expire_lane(&pool->lanes[i], uv_now(timer->loop));
		waiting += pool->lanes[i].n_queued;
	}
	if (waiting == 0)
		(void)uv_timer_stop(timer);
}

bool pg_pool_submit(struct pg_pool *pool, struct segment *segment)
{
	struct pg_lane *lane = &pool->lanes[segment->lane];
	struct pg_conn *conn = idle_conn(lane);

	if (conn) {
		pg_conn_run(conn, segment);
		return true;
	}
	if (lane->n_queued >= pool->config.queue_max)
		return false;
	list_append(&lane->queue, &segment->link);
	lane->n_queued++;
	if (!uv_is_active((uv_handle_t *)&pool->expiry))
		(void)uv_timer_start(&pool->expiry, expiry_event, EXPIRY_PERIOD_MS, EXPIRY_PERIOD_MS);
	return true;
}

/* ---- what connections tell ---- */

bool pg_pool_healthy(const struct pg_pool *pool)
{
	for (int i = 0; i < LANE_COUNT; i++) {
		const struct pg_lane *lane = &pool->lanes[i];
		bool ready = false;

		for (unsigned k = 0; k < lane->n_conns; k++)
			ready = ready || pg_conn_is_ready(&lane->conns[k]);
		if (!ready)
			return false;
	}
	return true;
}

static void tell_ready(struct pg_pool *pool, bool ok, const char *reason)
{
	pg_pool_ready_cb ready = pool->ready;

	pool->ready = NULL;
	if (ready)
		ready(pool->owner, ok, reason);
}

static void conn_idle(struct pg_conn *conn)
{
	struct pg_pool *pool = conn->pool;
	struct segment *segment;

	if (pool->ready && pg_pool_healthy(pool))
		tell_ready(pool, true, NULL);
	if (!pg_conn_is_idle(conn))
		return;
	segment = take_waiting(&pool->lanes[conn->lane]);
	if (segment)
		pg_conn_run(conn, segment);
}

static void conn_misfit(struct pg_conn *conn, const char *reason)
{
	tell_ready(conn->pool, false, reason);
}

/* ---- the end ---- */

static void part_closed(struct pg_pool *pool)
{
	if (--pool->open > 0)
		return;
	if (pool->closed)
		pool->closed(pool->closed_owner);
	for (int i = 0; i < LANE_COUNT; i++)
		free(pool->lanes[i].conns);
	free(pool);
}

static void conn_closed(struct pg_conn *conn)
{
	part_closed(conn->pool);
}

static void expiry_closed(uv_handle_t *handle)
{
	part_closed(handle->data);
}

static const struct pg_conn_ops conn_ops = {conn_idle, conn_misfit, conn_closed};

void pg_pool_close(struct pg_pool *pool, void (*closed)(void *owner), void *owner)
{
	struct segment *segment;

	pool->closed = closed;
	pool->closed_owner = owner;
	pool->ready = NULL;
	for (int i = 0; i < LANE_COUNT; i++) {
		while ((segment = take_waiting(&pool->lanes[i])) != NULL)
			not_sent(segment);
		for (unsigned k = 0; k < pool->lanes[i].n_conns; k++)
			pg_conn_stop(&pool->lanes[i].conns[k]);
	}
	uv_close((uv_handle_t *)&pool->expiry, expiry_closed);
}

/* ---- the beginning ---- */

static bool lane_open(struct pg_pool *pool, enum lane lane, uv_loop_t *loop, const struct statement_set *statements)
{
	struct pg_lane *l = &pool->lanes[lane];

	list_init(&l->queue);
	l->conns = calloc(pool->config.lane_size[lane], sizeof *l->conns);
	if (!l->conns)
		return false;
	l->n_conns = pool->config.lane_size[lane];
	for (unsigned i = 0; i < l->n_conns; i++)
		pg_conn_init(&l->conns[i], loop, &pool->config, statements, lane, pool->open++, &conn_ops, pool);
	return true;
}

struct pg_pool *pg_pool_new(uv_loop_t *loop, const struct pg_config *config,
			    const struct statement_set *statements, pg_pool_ready_cb ready, void *owner)
{
	struct pg_pool *pool = calloc(1, sizeof *pool);

	if (!pool)
		return NULL;
	pool->config = *config;
	pool->ready = ready;
	pool->owner = owner;
	(void)uv_timer_init(loop, &pool->expiry);
	pool->expiry.data = pool;
	pool->open = 1;
	for (int i = 0; i < LANE_COUNT; i++)
		list_init(&pool->lanes[i].queue);
	for (int i = 0; i < LANE_COUNT; i++) {
		if (!lane_open(pool, (enum lane)i, loop, statements)) {
			pg_pool_close(pool, NULL, NULL);
			return NULL;
		}
	}
	return pool;
}
