/* Bytes and slots of a loading connection. */
#include "load_conn.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { READ_MAX = 65536, REPLY_MAX = 1 << 20 };

uint64_t load_now_ns(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static bool fail(struct load_conn *conn, const char *what)
{
	(void)fprintf(stderr, "chibo_load: %s\n", what);
	conn->failed = true;
	return false;
}

/* ---- requests ---- */

static bool send_request(struct load_conn *conn, struct request *request, unsigned slot)
{
	request_renew(request, conn->load->next_id + slot);
	conn->load->next_id += DEPTH_MAX;
	conn->sent_ns[slot] = load_now_ns();
	conn->in_flight++;
	return tls_send(&conn->tls, request->frame, request->len) ||
	       fail(conn, "TLS does not take a request");
}

static bool fill_slots(struct load_conn *conn)
{
	if (conn->load->stopping)
		return true;
	for (unsigned slot = 0; slot < conn->load->depth; slot++)
		if (conn->sent_ns[slot] == 0 && !send_request(conn, &conn->load->work, slot))
			return false;
	return true;
}

/* ---- replies ---- */

/* The id is the first field of a reply: tag 0x08 and a varint, of which only the slot matters. */
static bool take_slot(struct load_conn *conn, const uint8_t *frame, size_t len, uint64_t *sent_ns)
{
	unsigned slot = len > 1 ? frame[1] % DEPTH_MAX : 0;

	if (len < 2 || frame[0] != 0x08 || conn->sent_ns[slot] == 0)
		return fail(conn, "a reply to no request");
	*sent_ns = conn->sent_ns[slot];
	conn->sent_ns[slot] = 0;
	conn->in_flight--;
	return true;
}

static bool take_reply(struct load_conn *conn, const uint8_t *frame, size_t len)
{
	struct load *load = conn->load;
	uint64_t sent_ns;

	if (!take_slot(conn, frame, len, &sent_ns))
		return false;
	switch (conn->phase) {
	case GREETING:
		conn->phase = SHOWING_TOKEN;
		return send_request(conn, &load->whoami, 0);
	case SHOWING_TOKEN:
		conn->phase = LOADING;
		load->ready++;
		/* fall through */
	case LOADING:
		if (!load->reply(load, sent_ns, frame, len)) {
			conn->failed = true;
			return false;
		}
		return true;
	}
	return false;
}

static void on_plain(void *owner, const uint8_t *bytes, size_t n)
{
	struct load_conn *conn = owner;
	size_t used;

	while (n > 0 && !conn->failed) {
		enum frame_state state = frame_push(&conn->reader, bytes, n, &used);

		bytes += used;
		n -= used;
		if (state == FRAME_READY) {
			(void)take_reply(conn, conn->reader.data, conn->reader.len);
			frame_next(&conn->reader);
		} else if (state != FRAME_PARTIAL) {
			(void)fail(conn, "a bad frame");
		}
	}
}

/* ---- bytes ---- */

static void on_cipher(void *owner, const uint8_t *bytes, size_t n)
{
	struct load_conn *conn = owner;

	if (conn->out_at == conn->out_end)
		conn->out_at = conn->out_end = 0;
	if (conn->out_end + n > conn->out_room) {
		size_t room = 2 * (conn->out_end + n);
		uint8_t *out = realloc(conn->out, room);

		if (!out) {
			(void)fail(conn, "out of memory");
			return;
		}
		conn->out = out;
		conn->out_room = room;
	}
	memcpy(conn->out + conn->out_end, bytes, n);
	conn->out_end += n;
}

static bool watch(struct load_conn *conn, int operation, bool want_write)
{
	struct epoll_event event = {.events = want_write ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = conn};

	conn->want_write = want_write;
	return epoll_ctl(conn->epoll, operation, conn->fd, &event) == 0;
}

static bool flush(struct load_conn *conn)
{
	while (conn->out_at < conn->out_end) {
		ssize_t n = write(conn->fd, conn->out + conn->out_at, conn->out_end - conn->out_at);

		if (n < 0 && errno == EAGAIN)
			break;
		if (n < 0)
			return fail(conn, strerror(errno));
		conn->out_at += (size_t)n;
	}
	if (conn->want_write == (conn->out_at < conn->out_end))
		return true;
	return watch(conn, EPOLL_CTL_MOD, !conn->want_write) || fail(conn, strerror(errno));
}

static bool receive(struct load_conn *conn)
{
	static uint8_t bytes[READ_MAX];
	ssize_t n = read(conn->fd, bytes, sizeof bytes);

	if (n < 0 && errno == EAGAIN)
		return true;
	if (n <= 0)
		return fail(conn, n == 0 ? "the server closed the connection" : strerror(errno));
	if (!tls_receive(&conn->tls, bytes, (size_t)n))
		return fail(conn, tls_reason(&conn->tls));
	if (conn->phase == GREETING && conn->in_flight == 0 && tls_state(&conn->tls) == TLS_OPEN)
		return send_request(conn, &conn->load->hello, 0);
	return !conn->failed && (conn->phase != LOADING || fill_slots(conn));
}

bool load_conn_event(struct load_conn *conn, uint32_t events)
{
	if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !receive(conn))
		return false;
	return flush(conn) && !conn->failed;
}

/* ---- life ---- */

static bool connect_loopback(struct load_conn *conn, uint16_t port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;

	conn->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	return conn->fd >= 0 && connect(conn->fd, (struct sockaddr *)&address, sizeof address) == 0 &&
	       fcntl(conn->fd, F_SETFL, O_NONBLOCK) == 0 &&
	       setsockopt(conn->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) == 0;
}

bool load_conn_open(struct load_conn *conn, struct load *load, struct tls_context *tls, uint16_t port,
		    int epoll)
{
	struct tls_sink sink = {conn, on_plain, on_cipher};

	*conn = (struct load_conn){.load = load, .epoll = epoll};
	frame_reader_init(&conn->reader, REPLY_MAX);
	return connect_loopback(conn, port) && tls_start(&conn->tls, tls, &sink) &&
	       watch(conn, EPOLL_CTL_ADD, false) && flush(conn);
}

void load_conn_close(struct load_conn *conn)
{
	tls_close(&conn->tls);
	frame_reader_close(&conn->reader);
	free(conn->out);
	if (conn->fd >= 0)
		(void)close(conn->fd);
}
