/* The connection machine. Callbacks record and tick; the tick alone decides. */
#include "pg_conn.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "log.h"
#include "pg_error.h"
#include "pg_prepare.h"
#include "pg_result.h"
#include "pre.h"
#include "statement_text.h"

/*
 *       timer              POLLING_OK             all statements fit
 *  DOWN ------> CONNECTING -----------> PREPARING -------------------> READY <-+ segment sent,
 *   ^                |                      |                            | +---+ Sync back
 *   | backoff        v                      v                            v
 *   +----------- BROKEN <------- error, timeout, misfit, lost, not IDLE after Sync
 *  any state -- stop --> CLOSING --> CLOSED
 *
 * Waits in DOWN (timer), CONNECTING (socket), PREPARING and READY (results), CLOSING (close callbacks).
 */
enum { DOWN, CONNECTING, PREPARING, READY, BROKEN, CLOSING, CLOSED };

static const struct sm_state states[] = {
	[DOWN] = {"down", SM_BIT(CONNECTING) | SM_BIT(CLOSING)},
	[CONNECTING] = {"connecting", SM_BIT(PREPARING) | SM_BIT(BROKEN) | SM_BIT(CLOSING)},
	[PREPARING] = {"preparing", SM_BIT(READY) | SM_BIT(BROKEN) | SM_BIT(CLOSING)},
	[READY] = {"ready", SM_BIT(BROKEN) | SM_BIT(CLOSING)},
	[BROKEN] = {"broken", SM_BIT(DOWN) | SM_BIT(CLOSING)},
	[CLOSING] = {"closing", SM_BIT(CLOSED)},
	[CLOSED] = {"closed", 0},
};

static const struct sm_table table = {"pg_conn", states, sizeof states / sizeof *states};

enum { BACKOFF_MIN_MS = 100, BACKOFF_MAX_MS = 5000, LOG_EVERY = 30 };

static void conn_tick(struct pg_conn *conn);

/* ---- the socket's watch: on the heap, because libpq may change the socket (pitfalls Q1) ---- */

struct pg_watch {
	uv_poll_t handle;
	struct pg_conn *conn;
	int fd;
	int events; /* watched for; 0: stopped */
};

static void watch_closed(uv_handle_t *handle)
{
	struct pg_watch *watch = handle->data;
	struct pg_conn *conn = watch->conn;

	free(watch);
	conn->open_handles--;
	if (sm_state(&conn->sm) == CLOSING) /* PQconnectPoll must not be called for nothing */
		conn_tick(conn);
}

static void watch_close(struct pg_conn *conn)
{
	if (!conn->watch)
		return;
	uv_close((uv_handle_t *)&conn->watch->handle, watch_closed);
	conn->watch = NULL;
}

static void watch_event(uv_poll_t *handle, int status, int events)
{
	struct pg_watch *watch = handle->data;

	(void)events;
	watch->conn->socket_failed = status < 0; /* libuv has stopped the handle (pitfalls Q3) */
	conn_tick(watch->conn);
}

static bool watch_open(struct pg_conn *conn, int fd)
{
	struct pg_watch *watch = calloc(1, sizeof *watch);

	if (!watch || uv_poll_init(conn->loop, &watch->handle, fd) != 0) {
		free(watch);
		return false;
	}
	watch->handle.data = watch;
	watch->conn = conn;
	watch->fd = fd;
	conn->watch = watch;
	conn->open_handles++;
	return true;
}

static bool watch_for(struct pg_conn *conn, int events)
{
	int fd = PQsocket(conn->pg);

	if (conn->watch && conn->watch->fd != fd)
		watch_close(conn);
	if (!conn->watch && (fd < 0 || !watch_open(conn, fd)))
		return false;
	if (conn->watch->events == events)
		return true;
	conn->watch->events = events;
	return uv_poll_start(&conn->watch->handle, events, watch_event) == 0;
}

static void watch_stop(struct pg_conn *conn)
{
	if (!conn->watch)
		return;
	conn->watch->events = 0;
	(void)uv_poll_stop(&conn->watch->handle);
}

/* ---- the timer ---- */

static void timer_event(uv_timer_t *timer)
{
	struct pg_conn *conn = timer->data;

	conn->timer_fired = true;
	conn_tick(conn);
}

static void timer_arm(struct pg_conn *conn, uint64_t ms)
{
	conn->timer_fired = false;
	(void)uv_timer_start(&conn->timer, timer_event, ms, 0);
}

static void timer_stop(struct pg_conn *conn)
{
	conn->timer_fired = false;
	(void)uv_timer_stop(&conn->timer);
}

static void timer_closed(uv_handle_t *handle)
{
	struct pg_conn *conn = handle->data;

	conn->open_handles--;
	conn_tick(conn);
}

/* ---- connecting ---- */

/* Every parameter is given, so that no PG* variable or file decides (pitfalls R5); the options pin what
 * results and plans depend on (pitfalls R6, G1). */
static const char options[] = "-c search_path=chibo,public -c DateStyle=ISO -c TimeZone=UTC"
			      " -c plan_cache_mode=force_generic_plan -c random_page_cost=1.1 -c jit=off"
			      " -c enable_bitmapscan=off";

static PGconn *start_connect(const struct pg_config *config)
{
	char port[16];
	const char *keys[] = {"host", "port", "dbname", "user", "client_encoding", "application_name",
			      "sslmode", "gssencmode", "options", NULL};
	const char *values[] = {config->host, port, config->dbname, config->user, "UTF8", "chibod",
				config->host[0] == '/' ? "disable" : "verify-full", "disable",
				options, NULL};

	(void)snprintf(port, sizeof port, "%u", config->port);
	return PQconnectStartParams(keys, values, 0);
}

static void ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

static bool connect_begin(struct pg_conn *conn)
{
	conn->pg = start_connect(conn->config);
	if (!conn->pg || PQstatus(conn->pg) == CONNECTION_BAD || PQsetnonblocking(conn->pg, 1) != 0)
		return false;
	(void)PQsetNoticeReceiver(conn->pg, ignore_notice, NULL);
	timer_arm(conn, conn->config->connect_timeout_ms);
	return watch_for(conn, UV_WRITABLE);
}

static PostgresPollingStatusType connect_step(struct pg_conn *conn)
{
	PostgresPollingStatusType status;

	watch_stop(conn); /* before every PQconnectPoll (pitfalls Q1) */
	status = PQconnectPoll(conn->pg);
	if (status == PGRES_POLLING_READING && !watch_for(conn, UV_READABLE))
		return PGRES_POLLING_FAILED;
	if (status == PGRES_POLLING_WRITING && !watch_for(conn, UV_WRITABLE))
		return PGRES_POLLING_FAILED;
	return status;
}

/* ---- results ---- */

static void take_error(struct pg_conn *conn, const PGresult *result)
{
	struct segment *segment = conn->current;
	struct pg_diagnostics error = {
		.sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE),
		.message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY),
		.constraint = PQresultErrorField(result, PG_DIAG_CONSTRAINT_NAME),
		.column = PQresultErrorField(result, PG_DIAG_COLUMN_NAME),
		.detail = PQresultErrorField(result, PG_DIAG_MESSAGE_DETAIL),
	};

	PRE(segment);
	if (!error.sqlstate || segment->outcome != SEGMENT_PENDING)
		return;
	segment->outcome = pg_error_outcome(&error, &segment->refusal);
	if (segment->outcome == SEGMENT_REFUSED && segment->refusal.code == STATUS_INTERNAL)
		log_error("event=statement_failed sqlstate=%s statement=%s constraint=%s", error.sqlstate,
			  conn->received < segment->n_steps
				  ? segment->steps[conn->received].statement->name : "commit",
			  error.constraint ? error.constraint : "-");
	if (pg_error_needs_reconnect(error.sqlstate)) {
		segment->outcome = SEGMENT_CONFLICTED;
		conn->broken = "stale_plan";
	}
}

/* Held until Sync: rows are no success before it (pitfalls P1). Takes the result. */
static void take_result(struct pg_conn *conn, PGresult *result)
{
	struct segment *segment = conn->current;

	PRE(segment);
	switch (PQresultStatus(result)) {
	case PGRES_TUPLES_OK:
	case PGRES_COMMAND_OK:
		PRE(conn->received < segment->n_steps);
		pg_result_hold(&segment->steps[conn->received++], result);
		return;
	case PGRES_PIPELINE_SYNC:
		conn->syncs_due--;
		break;
	case PGRES_FATAL_ERROR:
		take_error(conn, result);
		break;
	default: /* PIPELINE_ABORTED: says nothing of its own */
		break;
	}
	PQclear(result);
}

static void take_prepare_result(struct pg_conn *conn, PGresult *result)
{
	if (PQresultStatus(result) == PGRES_PIPELINE_SYNC)
		conn->syncs_due--;
	pg_prepare_result(conn->prepare, result);
	PQclear(result);
}

/* The order matters: consume, results, flush, watch again (pitfalls Q7, Q8). False: the line is lost. */
static bool exchange(struct pg_conn *conn, void (*take)(struct pg_conn *, PGresult *))
{
	unsigned empty = 0;
	int unsent;

	if (!PQconsumeInput(conn->pg))
		return false;
	while (conn->syncs_due > 0 && !PQisBusy(conn->pg)) {
		PGresult *result = PQgetResult(conn->pg);

		empty = result ? 0 : empty + 1;
		if (result)
			take(conn, result);
		else if (empty > 1 || PQstatus(conn->pg) == CONNECTION_BAD)
			return false;
	}
	unsent = PQflush(conn->pg);
	return unsent >= 0 && watch_for(conn, unsent == 1 ? UV_READABLE | UV_WRITABLE : UV_READABLE);
}

/* ---- segments ---- */

static void finish(struct pg_conn *conn, enum segment_outcome outcome)
{
	struct segment *segment = conn->current;

	timer_stop(conn);
	conn->current = NULL;
	segment->outcome = outcome;
	segment->done(segment);
}

static void finish_synced(struct pg_conn *conn)
{
	enum segment_outcome outcome = conn->current->outcome;

	if (outcome == SEGMENT_PENDING)
		outcome = SEGMENT_COMMITTED;
	if (PQtransactionStatus(conn->pg) != PQTRANS_IDLE) {
		conn->broken = "not_idle"; /* never repaired (pitfalls P5) */
		outcome = SEGMENT_UNKNOWN; /* the Sync has committed nothing */
	}
	finish(conn, outcome);
}

static bool send_steps(struct pg_conn *conn, const struct segment *segment)
{
	int binary[STATEMENT_ARGS_MAX];

	for (unsigned i = 0; i < STATEMENT_ARGS_MAX; i++)
		binary[i] = 1;
	for (unsigned i = 0; i < segment->n_steps; i++) {
		const struct segment_step *step = &segment->steps[i];
		int n = (int)step->statement->n_params;

		if (!PQsendQueryPrepared(conn->pg, step->statement->prepared, n, step->values, step->lengths,
					 binary, 1))
			return false;
	}
	return true;
}

void pg_conn_run(struct pg_conn *conn, struct segment *segment)
{
	uint64_t now = uv_now(conn->loop);
	uint64_t left = segment->deadline > now ? segment->deadline - now : 0;

	PRE(pg_conn_is_idle(conn));
	segment_clear(segment);
	conn->current = segment;
	conn->received = 0;
	if (!send_steps(conn, segment) || !PQpipelineSync(conn->pg)) {
		/* without the Sync nothing is committed */
		conn->broken = "send";
		finish(conn, SEGMENT_NOT_SENT);
	} else {
		conn->syncs_due = 1;
		timer_arm(conn, left + conn->config->segment_grace_ms);
	}
	conn_tick(conn); /* once before sleeping: the answer may be there (pitfalls P10) */
}

/* ---- states ---- */

static uint64_t backoff_ms(const struct pg_conn *conn)
{
	uint64_t ms = BACKOFF_MIN_MS;

	for (unsigned i = 1; i < conn->failures && ms < BACKOFF_MAX_MS; i++)
		ms *= 2;
	return ms / 2 + randombytes_uniform((uint32_t)ms);
}

/* The order matters: stop the poll, fail the segment, finish libpq, arm the timer (pitfalls Q2, P11). */
static void clean_up(struct pg_conn *conn)
{
	timer_stop(conn);
	watch_close(conn);
	if (conn->current)
		finish(conn, SEGMENT_UNKNOWN);
	pg_prepare_free(conn->prepare);
	conn->prepare = NULL;
	PQfinish(conn->pg);
	conn->pg = NULL;
	conn->syncs_due = 0;
	conn->socket_failed = false;
}

static void break_off(struct pg_conn *conn, const char *reason)
{
	const char *text = conn->pg ? PQerrorMessage(conn->pg) : "";

	if (conn->failures % LOG_EVERY == 0)
		log_warn("event=db_connection_broken db_conn=%llu reason=%s text=%s",
			 (unsigned long long)conn->sm.number, reason, LOG_BYTES(text, strcspn(text, "\n")));
	sm_move(&conn->sm, BROKEN);
}

static bool in_connecting(struct pg_conn *conn)
{
	PostgresPollingStatusType status;

	if (conn->timer_fired || conn->socket_failed) {
		break_off(conn, conn->timer_fired ? "connect_timeout" : "socket");
		return true;
	}
	status = connect_step(conn);
	if (status == PGRES_POLLING_OK) {
		timer_arm(conn, conn->config->connect_timeout_ms);
		conn->prepare = pg_prepare_start(conn->pg, conn->config, conn->statements, &conn->syncs_due);
		sm_move(&conn->sm, PREPARING);
		return true;
	}
	if (status == PGRES_POLLING_FAILED)
		break_off(conn, "connect");
	return status == PGRES_POLLING_FAILED;
}

static bool in_preparing(struct pg_conn *conn)
{
	if (!conn->prepare || conn->timer_fired || conn->socket_failed ||
	    !exchange(conn, take_prepare_result)) {
		break_off(conn, "prepare");
		return true;
	}
	if (conn->syncs_due > 0)
		return false;
	timer_stop(conn);
	if (pg_prepare_misfit(conn->prepare)) {
		conn->ops->misfit(conn, pg_prepare_misfit(conn->prepare));
		break_off(conn, "misfit");
		return true;
	}
	if (pg_prepare_hindered(conn->prepare)) {
		break_off(conn, "hindered");
		return true;
	}
	pg_prepare_free(conn->prepare);
	conn->prepare = NULL;
	conn->failures = 0;
	sm_move(&conn->sm, READY);
	conn->ops->idle(conn);
	return false;
}

static bool in_ready(struct pg_conn *conn)
{
	bool had_segment = conn->current != NULL;

	if ((conn->broken && !had_segment) || conn->socket_failed || conn->timer_fired || !exchange(conn, take_result)) {
		break_off(conn, conn->broken ? conn->broken : conn->timer_fired ? "deadline" : "lost");
		return true;
	}
	if (!had_segment || conn->syncs_due > 0)
		return false;
	finish_synced(conn);
	if (!conn->broken && pg_conn_is_idle(conn))
		conn->ops->idle(conn);
	return conn->broken != NULL;
}

static void in_broken(struct pg_conn *conn)
{
	clean_up(conn);
	conn->broken = NULL;
	conn->failures++;
	sm_move(&conn->sm, DOWN);
	timer_arm(conn, backoff_ms(conn));
}

static bool in_down(struct pg_conn *conn)
{
	if (!conn->timer_fired)
		return false;
	sm_move(&conn->sm, CONNECTING);
	if (!connect_begin(conn)) {
		break_off(conn, "connect");
		return true;
	}
	return false;
}

static void close_begin(struct pg_conn *conn)
{
	sm_move(&conn->sm, CLOSING);
	clean_up(conn);
	uv_close((uv_handle_t *)&conn->timer, timer_closed);
}

static void conn_tick(struct pg_conn *conn)
{
	bool moved = true;

	if (conn->stopping && sm_state(&conn->sm) < CLOSING)
		close_begin(conn);
	while (moved) {
		switch (sm_state(&conn->sm)) {
		case DOWN: moved = in_down(conn); break;
		case CONNECTING: moved = in_connecting(conn); break;
		case PREPARING: moved = in_preparing(conn); break;
		case READY: moved = in_ready(conn); break;
		case BROKEN: in_broken(conn); break;
		case CLOSING:
			moved = false;
			if (conn->open_handles > 0)
				break;
			sm_move(&conn->sm, CLOSED);
			conn->ops->closed(conn);
			break;
		default: moved = false;
		}
	}
}

void pg_conn_init(struct pg_conn *conn, uv_loop_t *loop, const struct pg_config *config,
		  const struct statement_set *statements, enum lane lane, uint64_t number,
		  const struct pg_conn_ops *ops, struct pg_pool *pool)
{
	*conn = (struct pg_conn){.ops = ops, .pool = pool, .loop = loop, .config = config,
				 .statements = statements, .lane = lane};
	sm_init(&conn->sm, &table, DOWN, number);
	(void)uv_timer_init(loop, &conn->timer);
	conn->timer.data = conn;
	conn->open_handles = 1;
	timer_arm(conn, 0);
}

bool pg_conn_is_ready(const struct pg_conn *conn)
{
	return sm_state(&conn->sm) == READY && !conn->broken;
}

bool pg_conn_is_idle(const struct pg_conn *conn)
{
	return pg_conn_is_ready(conn) && !conn->current && !conn->stopping;
}

void pg_conn_stop(struct pg_conn *conn)
{
	conn->stopping = true;
	conn_tick(conn);
}
