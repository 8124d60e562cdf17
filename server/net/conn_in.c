/* A connection's way in: socket to TLS to inbox to frames to dispatch, with the deadline of a
 * frame. */
#include "conn_in.h"

#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "status.h"

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct conn *conn = CONTAINER_OF(handle, struct conn, tcp);

	(void)suggested;
	*buffer = uv_buf_init(conn->net->read_buffer, sizeof conn->net->read_buffer);
}

static void receive(struct conn *conn, const uint8_t *bytes, size_t n)
{
	const char *reason;

	if (tls_receive(&conn->tls, bytes, n))
		return;
	reason = tls_reason(&conn->tls);
	conn_condemn(conn, CONN_SAY_GOODBYE,
		     strcmp(reason, "closed") == 0 ? CONN_END_PEER_CLOSED : CONN_END_TLS, reason);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct conn *conn = CONTAINER_OF(stream, struct conn, tcp);
	unsigned state = sm_state(&conn->sm);

	if (n == 0) /* try again; not the end (pitfalls U2) */
		return;
	if (n < 0) {
		conn_close(conn, n == UV_EOF ? CONN_END_PEER_CLOSED : CONN_END_PEER_LOST,
			   uv_err_name((int)n));
	} else if (state == CONN_HANDSHAKE || state == CONN_OPEN) {
		receive(conn, (const uint8_t *)buffer->base, (size_t)n);
		conn_tick(conn);
	}
}

static bool inbox_reserve(struct conn *conn, size_t n)
{
	size_t waiting = conn->inbox.end - conn->inbox.at;
	uint8_t *bytes;

	if (conn->inbox.at > 0)
		memmove(conn->inbox.bytes, conn->inbox.bytes + conn->inbox.at, waiting);
	conn->inbox.at = 0;
	conn->inbox.end = waiting;
	if (n <= conn->inbox.room - waiting)
		return true;
	bytes = malloc(waiting + n); /* not realloc: it would leave a copy behind */
	if (!bytes)
		return false;
	if (waiting > 0)
		memcpy(bytes, conn->inbox.bytes, waiting);
	conn_forget_inbox(conn);
	conn->inbox.bytes = bytes;
	conn->inbox.end = waiting;
	conn->inbox.room = waiting + n;
	return true;
}

/* Wiped first: a password may have come in. */
void conn_forget_inbox(struct conn *conn)
{
	if (conn->inbox.bytes)
		explicit_bzero(conn->inbox.bytes, conn->inbox.room);
	free(conn->inbox.bytes);
	memset(&conn->inbox, 0, sizeof conn->inbox);
}

/* Kept until TLS has returned: from here dispatch could neither be paused nor closed under. */
void conn_on_plain(void *owner, const uint8_t *bytes, size_t n)
{
	struct conn *conn = owner;

	if (!inbox_reserve(conn, n)) {
		conn_condemn(conn, CONN_DROP, CONN_END_MEMORY, "inbox");
		return;
	}
	memcpy(conn->inbox.bytes + conn->inbox.end, bytes, n);
	conn->inbox.end += n;
}

void conn_set_reading(struct conn *conn, bool reading)
{
	int status = 0;

	if (reading == conn->reading)
		return;
	conn->reading = reading;
	if (reading)
		status = uv_read_start((uv_stream_t *)&conn->tcp, on_alloc, on_read);
	else
		uv_read_stop((uv_stream_t *)&conn->tcp);
	conn->net->counters.paused += !reading;
	if (status < 0) {
		conn_condemn(conn, CONN_DROP, CONN_END_PEER_LOST, uv_err_name(status));
		conn_wake(conn);
	}
}

/* ---- Frames ---- */

/* A slow reader and too many calls both stop the reading. What stopped it must clear well before it
 * goes on, so the mark depends on whether we are reading. */
bool conn_may_take(const struct conn *conn)
{
	const struct net_limits *limits = &conn->net->limits;
	size_t mark = conn->reading ? limits->queue_stop : limits->queue_resume;
	unsigned calls = conn->peer.phase == PEER_ADMITTED ? limits->calls_per_connection : 1;

	return conn->verdict == CONN_GO_ON && conn->peer.in_flight < calls &&
	       outbox_pending(&conn->outbox) < mark;
}

static void on_frame(struct conn *conn)
{
	struct net *net = conn->net;

	conn->n_frames++;
	net->counters.frames++;
	deadlines_clear(net->deadlines, &conn->deadlines[CONN_BY_FRAME]);
	if (conn->peer.phase == PEER_ADMITTED)
		deadlines_set(net->deadlines, &conn->deadlines[CONN_BY_IDLE],
			      net->limits.idle_timeout_ms);
	dispatch_frame(net->dispatch, &conn->peer, conn->reader.data, conn->reader.len);
	frame_next(&conn->reader);
}

/* The stream cannot be followed any further: an answer, then the end. */
static void refuse_frame(struct conn *conn, enum status code, const char *rule, enum conn_end end)
{
	struct refusal refusal;

	refusal_set(&refusal, code, rule, NULL);
	refusal_param(&refusal, "max", "%zu", conn->reader.max);
	conn_send_notice(conn, &refusal);
	conn_condemn(conn, CONN_SAY_GOODBYE, end, NULL);
}

static enum frame_state take_frame(struct conn *conn)
{
	size_t used = 0;
	enum frame_state state = frame_push(&conn->reader, conn->inbox.bytes + conn->inbox.at,
					    conn->inbox.end - conn->inbox.at, &used);

	conn->inbox.at += used;
	switch (state) {
	case FRAME_PARTIAL:
		break;
	case FRAME_READY:
		on_frame(conn);
		break;
	case FRAME_BAD:
		refuse_frame(conn, STATUS_INVALID_ARGUMENT, "bad_frame", CONN_END_BAD_FRAME);
		break;
	case FRAME_NO_MEMORY:
		refuse_frame(conn, STATUS_RESOURCE_EXHAUSTED, "memory", CONN_END_MEMORY);
		break;
	}
	return state;
}

/* At most frames_per_turn; the rest when the others have had theirs. */
void conn_take_frames(struct conn *conn)
{
	unsigned left = conn->net->limits.frames_per_turn;

	while (left > 0 && conn->inbox.at < conn->inbox.end && conn_may_take(conn))
		if (take_frame(conn) == FRAME_READY)
			left--;
	if (conn->inbox.at == conn->inbox.end)
		conn_forget_inbox(conn);
	else if (left == 0 && conn_may_take(conn))
		conn_wake(conn);
}

static size_t frame_bytes(const struct conn *conn)
{
	return conn->reader.header_have + conn->reader.have;
}

static unsigned min(uint64_t a, unsigned b)
{
	return a < b ? (unsigned)a : b;
}

/* The next window of the frame under way, or what is left of its time. */
static void watch_window(struct conn *conn)
{
	const struct net_limits *limits = &conn->net->limits;
	uint64_t past = uv_now(conn->net->loop) - conn->frame_began_ms;
	uint64_t left = past < limits->frame_timeout_ms ? limits->frame_timeout_ms - past : 0;

	conn->frame_seen = frame_bytes(conn);
	deadlines_set(conn->net->deadlines, &conn->deadlines[CONN_BY_FRAME],
		      min(left, limits->frame_window_ms));
}

/* Armed while a frame is incomplete and we do listen. */
void conn_watch_frame(struct conn *conn)
{
	struct deadline *deadline = &conn->deadlines[CONN_BY_FRAME];

	if (frame_bytes(conn) == 0 || !conn->reading) {
		deadlines_clear(conn->net->deadlines, deadline);
	} else if (!deadline->place) {
		conn->frame_began_ms = uv_now(conn->net->loop);
		watch_window(conn);
	}
}

/* One byte per timeout must not keep a connection alive (pitfalls W21). */
void conn_by_frame(struct deadline *deadline)
{
	struct conn *conn = CONTAINER_OF(deadline, struct conn, deadlines[CONN_BY_FRAME]);
	const struct net_limits *limits = &conn->net->limits;
	uint64_t came = frame_bytes(conn) - conn->frame_seen;

	if (uv_now(conn->net->loop) - conn->frame_began_ms >= limits->frame_timeout_ms)
		conn_close(conn, CONN_END_FRAME_TIMEOUT, NULL);
	else if (came * 1000 < (uint64_t)limits->frame_rate_min * limits->frame_window_ms)
		conn_close(conn, CONN_END_FRAME_SLOW, NULL);
	else
		watch_window(conn);
}
