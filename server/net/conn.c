/* A connection: bytes to TLS to frames to dispatch, and back; every wait has a deadline. */
#include "conn.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "conn_in.h"
#include "dispatch.h"
#include "log.h"
#include "notice.h"
#include "pre.h"
#include "status.h"

static const struct sm_state states[] = {
	[CONN_HANDSHAKE] = {"handshake",
			    SM_BIT(CONN_OPEN) | SM_BIT(CONN_ENDING) | SM_BIT(CONN_CLOSED)},
	[CONN_OPEN] = {"open", SM_BIT(CONN_ENDING) | SM_BIT(CONN_CLOSED)},
	[CONN_ENDING] = {"ending", SM_BIT(CONN_LINGERING) | SM_BIT(CONN_CLOSED)},
	[CONN_LINGERING] = {"lingering", SM_BIT(CONN_CLOSED)},
	[CONN_CLOSED] = {"closed", 0},
};

static const struct sm_table table = {"conn", states, sizeof states / sizeof states[0]};

/* ---- Turns: whoever has work is ticked once, after the callbacks of this turn of the loop ---- */

static void on_turn(uv_idle_t *turn)
{
	struct net *net = CONTAINER_OF(turn, struct net, turn);
	struct list now;
	struct list *node;

	list_init(&now);
	list_move_all(&net->ready, &now);
	while ((node = list_take(&now)))
		conn_tick(CONTAINER_OF(node, struct conn, ready));
	if (list_empty(&net->ready))
		uv_idle_stop(turn);
}

void conn_wake(struct conn *conn)
{
	struct net *net = conn->net;

	if (list_linked(&conn->ready) || sm_state(&conn->sm) == CONN_CLOSED)
		return;
	list_append(&net->ready, &conn->ready);
	uv_idle_start(&net->turn, on_turn);
}

/* ---- Ends ---- */

void conn_condemn(struct conn *conn, enum conn_verdict verdict, enum conn_end end,
		  const char *detail)
{
	if (conn->verdict == CONN_GO_ON) {
		conn->end = end;
		conn->detail = detail;
	}
	if (verdict > conn->verdict)
		conn->verdict = verdict;
}

static void clear_deadlines(struct conn *conn)
{
	for (unsigned i = 0; i < CONN_DEADLINES; i++)
		deadlines_clear(conn->net->deadlines, &conn->deadlines[i]);
}

static void admit(struct conn *conn)
{
	if (!list_linked(&conn->unadmitted))
		return;
	list_remove(&conn->unadmitted);
	conn->net->n_unadmitted--;
}

/* Out of OPEN or HANDSHAKE: nothing is asked or answered any more. */
static void leave(struct conn *conn)
{
	dispatch_peer_gone(conn->net->dispatch, &conn->peer);
	clear_deadlines(conn);
	admit(conn);
	conn_forget_inbox(conn);
}

static void on_closed(uv_handle_t *handle)
{
	struct conn *conn = CONTAINER_OF(handle, struct conn, tcp);
	struct net *net = conn->net;

	tls_close(&conn->tls);
	frame_reader_close(&conn->reader);
	outbox_free(&conn->outbox);
	free(conn);
	net->n_conns--;
	net->conn_freed(net);
}

static void log_closed(const struct conn *conn)
{
	uint64_t ms = uv_now(conn->net->loop) - conn->began_ms;

	log_info("event=closed conn=%" PRIu64 " source=%s state=%s reason=%s detail=%s"
		 " frames=%" PRIu64 " ms=%" PRIu64,
		 conn->peer.number, conn->peer.source, sm_name(&conn->sm), conn_end_word(conn->end),
		 conn->detail ? conn->detail : "-", conn->n_frames, ms);
}

void conn_close(struct conn *conn, enum conn_end end, const char *detail)
{
	unsigned state = sm_state(&conn->sm);

	if (state == CONN_CLOSED)
		return;
	conn_condemn(conn, CONN_DROP, end, detail);
	log_closed(conn);
	conn->net->counters.ended[conn->end]++;
	if (state == CONN_HANDSHAKE || state == CONN_OPEN)
		leave(conn);
	sm_move(&conn->sm, CONN_CLOSED);
	clear_deadlines(conn);
	list_remove(&conn->ready);
	list_remove(&conn->all);
	uv_close((uv_handle_t *)&conn->tcp, on_closed);
}

void conn_end(struct conn *conn, enum conn_end end, const char *detail)
{
	conn_condemn(conn, CONN_SAY_GOODBYE, end, detail);
	conn_wake(conn);
}

/* ---- Out: frame, TLS, socket ---- */

/* Whoever made TLS speak ticks or wakes the conn afterwards. */
static void on_cipher(void *owner, const uint8_t *bytes, size_t n)
{
	struct conn *conn = owner;

	if (!outbox_add(&conn->outbox, bytes, n))
		conn_condemn(conn, CONN_DROP, CONN_END_MEMORY, "outbox");
	else if (outbox_pending(&conn->outbox) > conn->net->limits.queue_kill)
		conn_condemn(conn, CONN_DROP, CONN_END_QUEUE_FULL, NULL);
}

/* Header and the first bytes go together, so that a small frame is one TLS record. */
static void send_frame(struct conn *conn, const uint8_t *bytes, size_t len)
{
	uint8_t first[2048];
	size_t with = len < sizeof first - FRAME_HEADER ? len : sizeof first - FRAME_HEADER;

	frame_put_length(first, len);
	memcpy(first + FRAME_HEADER, bytes, with);
	if (!tls_send(&conn->tls, first, FRAME_HEADER + with) ||
	    (len > with && !tls_send(&conn->tls, bytes + with, len - with)))
		conn_condemn(conn, CONN_DROP, CONN_END_TLS, tls_reason(&conn->tls));
	explicit_bzero(first, FRAME_HEADER + with); /* perhaps a token */
}

void conn_send_notice(struct conn *conn, const struct refusal *refusal)
{
	uint8_t packed[NOTICE_MAX];
	size_t len = notice_pack(packed, refusal);

	send_frame(conn, packed, len);
}

/* Armed while bytes wait; every byte that the kernel takes in time earns another period. */
static void watch_write(struct conn *conn)
{
	struct deadlines *deadlines = conn->net->deadlines;
	struct deadline *deadline = &conn->deadlines[CONN_BY_WRITE];
	bool progress = outbox_accepted(&conn->outbox) != conn->write_seen;

	if (outbox_pending(&conn->outbox) == 0) {
		deadlines_clear(deadlines, deadline);
	} else if (!deadline->place || progress) {
		conn->write_seen = outbox_accepted(&conn->outbox);
		deadlines_set(deadlines, deadline, conn->net->limits.write_stall_ms);
	}
}

/* The kernel takes bytes between our callbacks too, so progress is judged when the time is over. */
static void by_write(struct deadline *deadline)
{
	struct conn *conn = CONTAINER_OF(deadline, struct conn, deadlines[CONN_BY_WRITE]);

	if (outbox_accepted(&conn->outbox) == conn->write_seen)
		conn_close(conn, CONN_END_WRITE_STALLED, NULL);
	else
		watch_write(conn);
}

static void flush(struct conn *conn)
{
	int status = outbox_flush(&conn->outbox);

	if (status < 0)
		conn_condemn(conn, CONN_DROP, CONN_END_PEER_LOST, uv_err_name(status));
	watch_write(conn);
}

static void on_written(struct outbox *outbox, int status)
{
	struct conn *conn = CONTAINER_OF(outbox, struct conn, outbox);

	if (status < 0)
		conn_close(conn, CONN_END_PEER_LOST, uv_err_name(status));
	else
		conn_tick(conn);
}

/* ---- The machine ---- */

static void open_tls(struct conn *conn)
{
	const uint8_t *key = tls_peer_key(&conn->tls);

	conn->peer.has_device_key = key != NULL;
	if (key)
		memcpy(conn->peer.device_key, key, sizeof conn->peer.device_key);
	conn->peer.enrols = tls_alpn(&conn->tls) == TLS_ENROL;
	deadlines_clear(conn->net->deadlines, &conn->deadlines[CONN_BY_HANDSHAKE]);
	sm_move(&conn->sm, CONN_OPEN);
}

/* Our last words are said, what still comes is read and dropped. */
static void begin_ending(struct conn *conn)
{
	leave(conn);
	tls_shutdown(&conn->tls);
	sm_move(&conn->sm, CONN_ENDING);
	deadlines_set(conn->net->deadlines, &conn->deadlines[CONN_BY_LINGER],
		      conn->net->limits.linger_ms);
	conn_set_reading(conn, true);
}

static void on_shutdown(uv_shutdown_t *shutdown, int status)
{
	/* An error shows in reading as well; a close is under way already. */
	(void)shutdown;
	(void)status;
}

static void begin_lingering(struct conn *conn)
{
	int status = uv_shutdown(&conn->shutdown, (uv_stream_t *)&conn->tcp, on_shutdown);

	if (status < 0)
		conn_condemn(conn, CONN_DROP, CONN_END_PEER_LOST, uv_err_name(status));
	sm_move(&conn->sm, CONN_LINGERING);
}

static void by_linger(struct deadline *deadline)
{
	struct conn *conn = CONTAINER_OF(deadline, struct conn, deadlines[CONN_BY_LINGER]);

	conn_close(conn, conn->end, conn->detail);
}

/* True when the state has moved. */
static bool tick_handshake(struct conn *conn)
{
	if (conn->verdict == CONN_SAY_GOODBYE)
		begin_ending(conn);
	else if (tls_state(&conn->tls) == TLS_OPEN)
		open_tls(conn);
	else
		flush(conn);
	return sm_state(&conn->sm) != CONN_HANDSHAKE;
}

static bool tick_open(struct conn *conn)
{
	conn_take_frames(conn);
	if (conn->verdict == CONN_SAY_GOODBYE) {
		begin_ending(conn);
		return true;
	}
	flush(conn);
	conn_set_reading(conn, conn->inbox.at == conn->inbox.end && conn_may_take(conn));
	conn_watch_frame(conn);
	return false;
}

static bool tick_ending(struct conn *conn)
{
	flush(conn);
	if (outbox_pending(&conn->outbox) > 0)
		return false;
	begin_lingering(conn);
	return true;
}

/* One step. True: there may be another one at once. */
static bool step(struct conn *conn)
{
	if (conn->verdict == CONN_DROP)
		conn_close(conn, conn->end, conn->detail);
	switch ((enum conn_state)sm_state(&conn->sm)) {
	case CONN_HANDSHAKE:
		return tick_handshake(conn);
	case CONN_OPEN:
		return tick_open(conn);
	case CONN_ENDING:
		return tick_ending(conn);
	case CONN_LINGERING:
	case CONN_CLOSED:
		return false;
	}
	IMPOSSIBLE("a state outside its enum");
}

/* Whether the kernel took the bytes at once or told so later. */
static void resume_streams(struct conn *conn)
{
	if (!conn->crowded || sm_state(&conn->sm) != CONN_OPEN ||
	    outbox_pending(&conn->outbox) >= conn->net->limits.queue_resume)
		return;
	conn->crowded = false;
	dispatch_peer_resumed(conn->net->dispatch, &conn->peer);
}

void conn_tick(struct conn *conn)
{
	while (step(conn))
		;
	resume_streams(conn);
	if (conn->verdict == CONN_DROP)
		conn_close(conn, conn->end, conn->detail);
}

/* ---- The peer, as dispatch sees it: records and wakes ---- */

static void peer_send(struct peer *peer, const uint8_t *bytes, size_t len)
{
	struct conn *conn = CONTAINER_OF(peer, struct conn, peer);

	if (sm_state(&conn->sm) == CONN_OPEN)
		send_frame(conn, bytes, len);
	conn_wake(conn);
}

static void peer_phase(struct peer *peer)
{
	struct conn *conn = CONTAINER_OF(peer, struct conn, peer);
	struct net *net = conn->net;

	if (peer->phase != PEER_ADMITTED)
		return;
	admit(conn);
	frame_reader_set_max(&conn->reader, net->limits.frame_max);
	deadlines_clear(net->deadlines, &conn->deadlines[CONN_BY_TOKEN]);
	deadlines_set(net->deadlines, &conn->deadlines[CONN_BY_IDLE], net->limits.idle_timeout_ms);
}

static void peer_drained(struct peer *peer)
{
	conn_wake(CONTAINER_OF(peer, struct conn, peer));
}

static bool peer_crowded(struct peer *peer)
{
	struct conn *conn = CONTAINER_OF(peer, struct conn, peer);

	if (outbox_pending(&conn->outbox) < conn->net->limits.queue_stop)
		return false;
	conn->crowded = true; /* until it has cleared: another stream may be held by then */
	return true;
}

static void peer_end(struct peer *peer, const char *reason)
{
	conn_end(CONTAINER_OF(peer, struct conn, peer), CONN_END_DISPATCH, reason);
}

static const struct peer_ops peer_ops = {
	.send = peer_send,
	.phase = peer_phase,
	.drained = peer_drained,
	.crowded = peer_crowded,
	.end = peer_end,
};

/* ---- Beginning ---- */

static void by_handshake(struct deadline *deadline)
{
	struct conn *conn = CONTAINER_OF(deadline, struct conn, deadlines[CONN_BY_HANDSHAKE]);

	conn_close(conn, CONN_END_HANDSHAKE_TIMEOUT, NULL);
}

static void by_token(struct deadline *deadline)
{
	struct conn *conn = CONTAINER_OF(deadline, struct conn, deadlines[CONN_BY_TOKEN]);

	conn_close(conn, CONN_END_TOKEN_TIMEOUT, NULL);
}

static void by_idle(struct deadline *deadline)
{
	struct conn *conn = CONTAINER_OF(deadline, struct conn, deadlines[CONN_BY_IDLE]);
	struct net *net = conn->net;

	if (conn->peer.in_flight > 0 || conn->peer.streams > 0) {
		deadlines_set(net->deadlines, deadline, net->limits.idle_timeout_ms);
		return;
	}
	conn_goaway(conn);
	conn_end(conn, CONN_END_IDLE, NULL);
}

static void (*const expired[CONN_DEADLINES])(struct deadline *deadline) = {
	[CONN_BY_HANDSHAKE] = by_handshake, [CONN_BY_TOKEN] = by_token,
	[CONN_BY_FRAME] = conn_by_frame,    [CONN_BY_IDLE] = by_idle,
	[CONN_BY_WRITE] = by_write,         [CONN_BY_LINGER] = by_linger,
};

struct conn *conn_new(struct net *net)
{
	struct conn *conn = calloc(1, sizeof *conn);

	if (!conn || uv_tcp_init(net->loop, &conn->tcp) != 0) {
		free(conn);
		return NULL;
	}
	conn->net = net;
	conn->began_ms = uv_now(net->loop);
	conn->peer = (struct peer){.ops = &peer_ops, .number = ++net->next_number, .source = "-"};
	list_init(&conn->peer.calls);
	sm_init(&conn->sm, &table, CONN_HANDSHAKE, conn->peer.number);
	frame_reader_init(&conn->reader, net->limits.frame_max_new);
	outbox_init(&conn->outbox, (uv_stream_t *)&conn->tcp, on_written);
	for (unsigned i = 0; i < CONN_DEADLINES; i++)
		conn->deadlines[i].expired = expired[i];
	list_init(&conn->ready);
	list_init(&conn->all);
	list_init(&conn->unadmitted);
	list_append(&net->conns, &conn->all);
	list_append(&net->unadmitted, &conn->unadmitted);
	net->n_unadmitted++;
	net->n_conns++;
	return conn;
}

void conn_start(struct conn *conn)
{
	struct net *net = conn->net;
	const struct tls_sink sink = {.owner = conn, .plain = conn_on_plain, .cipher = on_cipher};

	deadlines_set(net->deadlines, &conn->deadlines[CONN_BY_HANDSHAKE],
		      net->limits.handshake_timeout_ms);
	deadlines_set(net->deadlines, &conn->deadlines[CONN_BY_TOKEN],
		      net->limits.token_timeout_ms);
	if (!tls_start(&conn->tls, net->tls, &sink))
		conn_condemn(conn, CONN_DROP, CONN_END_MEMORY, "tls");
	conn_set_reading(conn, true);
	conn_tick(conn);
}

void conn_goaway(struct conn *conn)
{
	struct refusal refusal;

	if (sm_state(&conn->sm) != CONN_OPEN)
		return;
	refusal_set(&refusal, STATUS_UNAVAILABLE, "goaway", NULL);
	refusal_param(&refusal, "delay_ms", "%" PRIu32,
		      arc4random_uniform(conn->net->limits.goaway_delay_ms + 1));
	conn_send_notice(conn, &refusal);
	conn_wake(conn);
}
