/* One connection to a server: socket, TLS and frames, waiting in poll until a deadline. */
#include "conn.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	CONNECT_MS = 5000,
	SLOW_MS = 1000,
	REPLY_MAX = 8 << 20, /* a page of 500 long rows is below 1 MiB */
	OUT_MAX = 1 << 20,
};

int64_t conn_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool bytes_add(struct bytes *bytes, const uint8_t *data, size_t n, size_t max)
{
	if (n > max - bytes->len)
		return false;
	if (bytes->len + n > bytes->capacity) {
		size_t capacity = (bytes->len + n) * 2;
		uint8_t *larger = realloc(bytes->data, capacity);

		if (larger == NULL)
			return false;
		bytes->data = larger;
		bytes->capacity = capacity;
	}
	memcpy(bytes->data + bytes->len, data, n);
	bytes->len += n;
	return true;
}

static void bytes_free(struct bytes *bytes)
{
	free(bytes->data);
	bytes->data = NULL;
	bytes->len = bytes->capacity = 0;
}

static void bytes_drop(struct bytes *bytes, size_t n)
{
	memmove(bytes->data, bytes->data + n, bytes->len - n);
	bytes->len -= n;
}

static void on_plain(void *owner, const uint8_t *data, size_t n)
{
	struct conn *conn = owner;

	conn->overflow = !bytes_add(&conn->in, data, n, REPLY_MAX + FRAME_HEADER) || conn->overflow;
}

static void on_cipher(void *owner, const uint8_t *data, size_t n)
{
	struct conn *conn = owner;

	conn->overflow = !bytes_add(&conn->out, data, n, OUT_MAX) || conn->overflow;
}

void conn_init(struct conn *conn)
{
	*conn = (struct conn){.fd = -1, .next_id = 1};
}

bool conn_is_open(const struct conn *conn)
{
	return conn->fd >= 0;
}

const char *conn_reason(const struct conn *conn)
{
	return conn->reason == NULL ? "protocol" : conn->reason;
}

/* Says goodbye, if that can be done without waiting. */
static void take_leave(struct conn *conn)
{
	if (conn->fd < 0 || tls_state(&conn->tls) != TLS_OPEN)
		return;
	tls_shutdown(&conn->tls);
	if (conn->out.len > 0 &&
	    send(conn->fd, conn->out.data, conn->out.len, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
		conn->out.len = 0;
}

void conn_close(struct conn *conn)
{
	if (conn->context != NULL) {
		take_leave(conn);
		tls_close(&conn->tls);
		tls_context_free(conn->context);
		frame_reader_close(&conn->reader);
		conn->context = NULL;
	}
	if (conn->fd >= 0)
		close(conn->fd);
	conn->fd = -1;
	bytes_free(&conn->in);
	bytes_free(&conn->out);
	conn->overflow = false;
	conn->greeted = false;
}

/* Negative: the deadline is over. */
static int remaining(int64_t deadline)
{
	int64_t left = deadline - conn_now();

	return left > 0 ? (int)left : -1;
}

static enum conn_result wait_for(int fd, short events, int64_t deadline)
{
	struct pollfd poller = {.fd = fd, .events = events};

	for (;;) {
		int left = remaining(deadline);
		int n = left < 0 ? 0 : poll(&poller, 1, left);

		if (n > 0)
			return CONN_OK;
		if (n == 0)
			return CONN_TIMEOUT;
		if (errno != EINTR)
			return CONN_LOST;
	}
}

/* Waits for the connection to be made, and speaks up once if that takes long. */
static enum conn_result wait_connected(int fd, const struct conn_target *target, int64_t started,
				       int64_t deadline)
{
	int64_t slow_at = started + SLOW_MS;
	enum conn_result result = CONN_TIMEOUT;
	socklen_t size = sizeof(int);
	int error = 0;

	if (slow_at < deadline && conn_now() < slow_at) {
		result = wait_for(fd, POLLOUT, slow_at);
		if (result == CONN_TIMEOUT && target->slow != NULL)
			target->slow(target->owner);
	}
	if (result == CONN_TIMEOUT)
		result = wait_for(fd, POLLOUT, deadline);
	if (result != CONN_OK)
		return result;
	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
	return error == 0 ? CONN_OK : CONN_REFUSED;
}

static enum conn_result connect_to(struct conn *conn, const struct addrinfo *address,
				   const struct conn_target *target, int64_t started,
				   int64_t deadline)
{
	enum conn_result result = CONN_OK;
	int one = 1;

	conn->fd = socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (conn->fd < 0)
		return CONN_REFUSED;
	setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (connect(conn->fd, address->ai_addr, address->ai_addrlen) != 0)
		result = errno == EINPROGRESS ? wait_connected(conn->fd, target, started, deadline)
					      : CONN_REFUSED;
	if (result == CONN_OK)
		return CONN_OK;
	close(conn->fd);
	conn->fd = -1;
	return result;
}

static enum conn_result connect_any(struct conn *conn, const struct conn_target *target,
				    int64_t deadline)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM,
				 .ai_flags = AI_ADDRCONFIG | AI_NUMERICSERV};
	enum conn_result result = CONN_REFUSED;
	int64_t started = conn_now();
	struct addrinfo *list;

	if (getaddrinfo(target->host, target->port, &hints, &list) != 0)
		return CONN_RESOLVE;
	for (struct addrinfo *at = list; at != NULL && conn->fd < 0; at = at->ai_next)
		result = connect_to(conn, at, target, started, deadline);
	freeaddrinfo(list);
	return result;
}

static enum conn_result flush(struct conn *conn, int64_t deadline)
{
	while (conn->out.len > 0) {
		ssize_t n = send(conn->fd, conn->out.data, conn->out.len, MSG_NOSIGNAL);
		enum conn_result result;

		if (n > 0) {
			bytes_drop(&conn->out, (size_t)n);
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return CONN_LOST;
		result = wait_for(conn->fd, POLLOUT, deadline);
		if (result != CONN_OK)
			return result;
	}
	return conn->overflow ? CONN_BAD : CONN_OK;
}

/* Reads once from the socket into the engine. */
static enum conn_result feed(struct conn *conn, int64_t deadline)
{
	enum conn_result result = wait_for(conn->fd, POLLIN, deadline);
	uint8_t cipher[16384];
	bool alive;
	ssize_t n;

	if (result != CONN_OK)
		return result;
	n = recv(conn->fd, cipher, sizeof(cipher), 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return CONN_OK;
	if (n <= 0)
		return CONN_LOST;
	alive = tls_receive(&conn->tls, cipher, (size_t)n);
	result = flush(conn, deadline);
	if (alive)
		return result;
	conn->reason = tls_reason(&conn->tls);
	return strcmp(conn_reason(conn), "closed") == 0 ? CONN_LOST : CONN_TLS;
}

/* What is known of both ends before a byte is said. */
static struct tls_context *make_context(struct conn *conn, const struct conn_target *target)
{
	struct tls_error error;
	struct tls_context *context = tls_client_context(target->pins, target->n_pins, &error);

	if (context == NULL || !tls_client_alpn(context, target->alpn)) {
		conn->reason = "memory";
	} else if (target->key_file != NULL && !tls_client_key(context, target->key_file, &error)) {
		conn->reason = "own_key";
	} else {
		return context;
	}
	tls_context_free(context);
	return NULL;
}

static enum conn_result handshake(struct conn *conn, const struct conn_target *target,
				  int64_t deadline)
{
	struct tls_sink sink = {conn, on_plain, on_cipher};
	enum conn_result result;

	conn->context = make_context(conn, target);
	if (conn->context == NULL)
		return CONN_TLS;
	frame_reader_init(&conn->reader, REPLY_MAX);
	if (!tls_start(&conn->tls, conn->context, &sink))
		return CONN_TLS;
	result = flush(conn, deadline);
	while (result == CONN_OK && tls_state(&conn->tls) == TLS_HANDSHAKE)
		result = feed(conn, deadline);
	return result;
}

enum conn_result conn_open(struct conn *conn, const struct conn_target *target, int64_t deadline)
{
	int64_t limit = conn_now() + CONNECT_MS;
	enum conn_result result;

	conn_close(conn);
	conn->reason = NULL;
	if (deadline < limit)
		limit = deadline;
	result = connect_any(conn, target, limit);
	if (result == CONN_OK)
		result = handshake(conn, target, limit);
	if (result != CONN_OK)
		conn_close(conn);
	return result;
}

enum conn_result conn_send(struct conn *conn, const uint8_t *payload, size_t n, int64_t deadline)
{
	uint8_t header[FRAME_HEADER];

	frame_put_length(header, n);
	if (!tls_send(&conn->tls, header, sizeof(header)) || !tls_send(&conn->tls, payload, n)) {
		conn->reason = tls_reason(&conn->tls);
		return CONN_TLS;
	}
	return flush(conn, deadline);
}

/* CONN_OK with no frame in `reader`: more bytes are needed. */
static enum conn_result take_frame(struct conn *conn, bool *ready)
{
	enum frame_state state = FRAME_PARTIAL;
	size_t used = 0;

	if (conn->in.len > 0) {
		state = frame_push(&conn->reader, conn->in.data, conn->in.len, &used);
		bytes_drop(&conn->in, used);
	}
	*ready = state == FRAME_READY;
	return state == FRAME_BAD || state == FRAME_NO_MEMORY ? CONN_BAD : CONN_OK;
}

enum conn_result conn_receive(struct conn *conn, int64_t deadline, const uint8_t **payload,
			      size_t *n)
{
	enum conn_result result;
	bool ready = false;

	if (conn->reader.state == FRAME_READY)
		frame_next(&conn->reader);
	result = take_frame(conn, &ready);
	while (result == CONN_OK && !ready) {
		result = feed(conn, deadline);
		/* What came before the end counts: a server may refuse and close. */
		if ((result == CONN_OK || result == CONN_LOST || result == CONN_TLS) &&
		    conn->in.len > 0 && take_frame(conn, &ready) != CONN_OK)
			return CONN_BAD;
	}
	*payload = conn->reader.data;
	*n = conn->reader.len;
	return ready ? CONN_OK : result;
}
