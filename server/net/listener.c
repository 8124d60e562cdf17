/* The listener: accepts, makes room, refuses. */
#include "listener.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conn.h"
#include "log.h"
#include "pre.h"
#include "tls.h"

enum { BACKLOG = 1024, KEEPALIVE_S = 60 };

struct listener {
	struct net net;
	uv_tcp_t port;
	uv_tcp_t refused; /* one too many, between its accept and its close */
	bool refusing;    /* `refused` is in use */
	bool waiting;     /* another one waits until it is not; libuv accepts no more before that */
	bool opened;      /* `port` is a handle of the loop */
	unsigned connections_max;
	unsigned n_handles;          /* port, refused, net.turn: those not closed yet */
	void (*closed)(void *owner); /* set by listener_close */
	void *owner;
};

static const char *const end_words[] = {
#define X(name, word) [CONN_END_##name] = word,
	CONN_ENDS(X)
#undef X
};

const char *conn_end_word(enum conn_end end)
{
	PRE(end < CONN_END_COUNT);
	return end_words[end];
}

unsigned listener_deadlines_per_connection(void)
{
	return CONN_DEADLINES;
}

static void on_conn_freed(struct net *net);

struct listener *listener_new(uv_loop_t *loop, struct dispatch *dispatch,
			      struct deadlines *deadlines, struct tls_context *tls,
			      const struct net_limits *limits)
{
	struct listener *listener = calloc(1, sizeof *listener);
	struct net *net;

	if (!listener)
		return NULL;
	net = &listener->net;
	net->loop = loop;
	net->dispatch = dispatch;
	net->deadlines = deadlines;
	net->tls = tls;
	net->limits = *limits;
	net->conn_freed = on_conn_freed;
	list_init(&net->conns);
	list_init(&net->unadmitted);
	list_init(&net->ready);
	uv_idle_init(loop, &net->turn);
	listener->n_handles = 1;
	return listener;
}

/* ---- Opening ---- */

static int resolve(const struct listener_config *config, struct sockaddr_storage *address)
{
	int port = (int)config->port;

	if (uv_ip4_addr(config->host, port, (struct sockaddr_in *)address) == 0)
		return 0;
	return uv_ip6_addr(config->host, port, (struct sockaddr_in6 *)address);
}

/* Connections inherit the buffers. */
static int bind_port(struct listener *listener, const struct listener_config *config)
{
	struct sockaddr_storage address;
	int in = (int)config->socket_buffer;
	int out = (int)config->socket_buffer;
	int status;

	if (config->fd >= 0)
		return uv_tcp_open(&listener->port, config->fd);
	status = resolve(config, &address);
	if (status == 0)
		status = uv_tcp_bind(&listener->port, (struct sockaddr *)&address, 0);
	if (status == 0)
		status = uv_recv_buffer_size((uv_handle_t *)&listener->port, &in);
	if (status == 0)
		status = uv_send_buffer_size((uv_handle_t *)&listener->port, &out);
	return status;
}

static void on_connection(uv_stream_t *port, int status);

int listener_open(struct listener *listener, const struct listener_config *config)
{
	int status;

	PRE(!listener->opened);
	listener->connections_max = config->connections_max;
	status = uv_tcp_init(listener->net.loop, &listener->port);
	if (status != 0)
		return status;
	listener->opened = true;
	listener->n_handles++;
	status = bind_port(listener, config);
	if (status == 0)
		status = uv_listen((uv_stream_t *)&listener->port, BACKLOG, on_connection);
	return status;
}

unsigned listener_port(const struct listener *listener)
{
	struct sockaddr_storage address = {0};
	int size = sizeof address;

	uv_tcp_getsockname(&listener->port, (struct sockaddr *)&address, &size);
	/* The port stands at the same place in both families. */
	return ntohs(((struct sockaddr_in *)&address)->sin_port);
}

/* ---- Accepting ---- */

static uint64_t first_bytes(const void *bytes, size_t n)
{
	uint64_t key = 0;

	memcpy(&key, bytes, n);
	return key;
}

/* An IPv4 address that came in over IPv6 is an IPv4 address. */
static void set_source(struct conn *conn)
{
	struct sockaddr_storage address = {0};
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&address;
	struct sockaddr_in *v4 = (struct sockaddr_in *)&address;
	int size = sizeof address;
	int family = AF_INET;
	const void *bytes = &v4->sin_addr;

	if (uv_tcp_getpeername(&conn->tcp, (struct sockaddr *)&address, &size) != 0)
		return;
	if (address.ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr)) {
		bytes = v6->sin6_addr.s6_addr + 12;
	} else if (address.ss_family == AF_INET6) {
		family = AF_INET6;
		bytes = &v6->sin6_addr;
	}
	conn->source_key = first_bytes(bytes, family == AF_INET ? 4 : 8);
	inet_ntop(family, bytes, conn->peer.source, sizeof conn->peer.source);
}

/* Closes the oldest connection without a login, of the new one's source or of all, when there
 * are too many: a stranger can crowd out strangers, not people at work. */
static void make_room(struct net *net, const struct conn *fresh)
{
	struct conn *oldest_here = NULL;
	unsigned n_here = 0;
	struct list *node;

	LIST_EACH(node, &net->unadmitted) {
		struct conn *conn = CONTAINER_OF(node, struct conn, unadmitted);

		if (conn->source_key != fresh->source_key)
			continue;
		if (!oldest_here)
			oldest_here = conn;
		n_here++;
	}
	if (n_here > net->limits.unadmitted_per_source)
		conn_close(oldest_here, CONN_END_CROWDED_SOURCE, NULL);
	else if (net->n_unadmitted > net->limits.unadmitted_max)
		conn_close(CONTAINER_OF(list_first(&net->unadmitted), struct conn, unadmitted),
			   CONN_END_CROWDED, NULL);
}

static void serve(struct net *net, struct conn *conn, uv_stream_t *port)
{
	int status = uv_accept(port, (uv_stream_t *)&conn->tcp);

	if (status != 0) {
		conn_close(conn, CONN_END_PEER_LOST, uv_err_name(status));
		return;
	}
	net->counters.accepted++;
	uv_tcp_nodelay(&conn->tcp, 1);
	uv_tcp_keepalive(&conn->tcp, 1, KEEPALIVE_S);
	set_source(conn);
	make_room(net, conn);
	conn_start(conn);
}

static void on_refused_closed(uv_handle_t *handle);

/* One at a time, so that it takes no memory, and a flood slows down to one for each turn of
 * the loop. */
static void refuse(struct listener *listener)
{
	listener->waiting = listener->refusing;
	if (listener->refusing || uv_tcp_init(listener->net.loop, &listener->refused) != 0)
		return;
	listener->refusing = true;
	listener->n_handles++;
	if (uv_accept((uv_stream_t *)&listener->port, (uv_stream_t *)&listener->refused) == 0)
		listener->net.counters.refused++;
	uv_close((uv_handle_t *)&listener->refused, on_refused_closed);
}

static void accept_one(struct listener *listener)
{
	struct net *net = &listener->net;
	struct conn *conn = NULL;

	if (net->n_conns < listener->connections_max)
		conn = conn_new(net);
	if (conn)
		serve(net, conn, (uv_stream_t *)&listener->port);
	else
		refuse(listener);
}

static void on_connection(uv_stream_t *port, int status)
{
	struct listener *listener = CONTAINER_OF(port, struct listener, port);

	if (status == 0) {
		accept_one(listener);
		return;
	}
	listener->net.counters.accept_errors++;
	log_warn("event=accept_error reason=%s", uv_err_name(status));
}

/* ---- While it runs ---- */

void listener_configure(struct listener *listener, const struct net_limits *limits)
{
	listener->net.limits = *limits;
}

void listener_set_tls(struct listener *listener, struct tls_context *tls)
{
	tls_context_free(listener->net.tls);
	listener->net.tls = tls;
}

unsigned listener_connections(const struct listener *listener)
{
	return listener->net.n_conns;
}

const struct net_counters *listener_counters(const struct listener *listener)
{
	return &listener->net.counters;
}

void listener_log_counters(const struct listener *listener)
{
	const struct net_counters *counters = &listener->net.counters;
	char ends[640];
	size_t len = 0;

	ends[0] = '\0';
	for (unsigned i = 0; i < CONN_END_COUNT && len < sizeof ends; i++)
		if (counters->ended[i] > 0)
			len += (size_t)snprintf(ends + len, sizeof ends - len, " %s=%" PRIu64,
						end_words[i], counters->ended[i]);
	log_info("event=counters conns=%u unadmitted=%u accepted=%" PRIu64 " refused=%" PRIu64
		 " accept_errors=%" PRIu64 " frames=%" PRIu64 " paused=%" PRIu64 "%s",
		 listener->net.n_conns, listener->net.n_unadmitted, counters->accepted,
		 counters->refused, counters->accept_errors, counters->frames, counters->paused,
		 ends);
}

/* ---- Closing ---- */

static void finish_closing(struct listener *listener)
{
	void (*closed)(void *owner) = listener->closed;
	void *owner = listener->owner;

	if (!closed || listener->n_handles > 0 || listener->net.n_conns > 0)
		return;
	tls_context_free(listener->net.tls);
	free(listener);
	closed(owner);
}

static void on_port_closed(uv_handle_t *handle)
{
	struct listener *listener = CONTAINER_OF(handle, struct listener, port);

	listener->n_handles--;
	finish_closing(listener);
}

static void on_turn_closed(uv_handle_t *handle)
{
	struct listener *listener = CONTAINER_OF(handle, struct listener, net.turn);

	listener->n_handles--;
	finish_closing(listener);
}

static void on_refused_closed(uv_handle_t *handle)
{
	struct listener *listener = CONTAINER_OF(handle, struct listener, refused);

	listener->n_handles--;
	listener->refusing = false;
	if (listener->waiting && listener->opened) {
		listener->waiting = false;
		accept_one(listener);
	}
	finish_closing(listener);
}

static void on_conn_freed(struct net *net)
{
	finish_closing(CONTAINER_OF(net, struct listener, net));
}

static void close_port(struct listener *listener)
{
	if (!listener->opened)
		return;
	listener->opened = false;
	uv_close((uv_handle_t *)&listener->port, on_port_closed);
}

/* Calls `verb` with each connection; it may close the one that it gets. */
static void for_each(struct listener *listener, void (*verb)(struct conn *conn))
{
	struct list *node;
	struct list *after;

	LIST_EACH_SAFE(node, after, &listener->net.conns)
		verb(CONTAINER_OF(node, struct conn, all));
}

static void goodbye(struct conn *conn)
{
	conn_end(conn, CONN_END_STOPPING, NULL);
}

static void drop(struct conn *conn)
{
	conn_close(conn, CONN_END_STOPPING, NULL);
}

void listener_goaway(struct listener *listener)
{
	close_port(listener);
	for_each(listener, conn_goaway);
}

void listener_end_lost(struct listener *listener, bool (*is_lost)(void *owner, const uint8_t *key), void *owner)
{
	struct list *node;
	struct list *after;

	LIST_EACH_SAFE(node, after, &listener->net.conns) {
		struct conn *conn = CONTAINER_OF(node, struct conn, all);

		if (conn->peer.has_device_key && is_lost(owner, conn->peer.device_key))
			conn_end(conn, CONN_END_REVOKED, NULL);
	}
}

void listener_end_all(struct listener *listener)
{
	for_each(listener, goodbye);
}

void listener_close(struct listener *listener, void (*closed)(void *owner), void *owner)
{
	listener->closed = closed;
	listener->owner = owner;
	close_port(listener);
	for_each(listener, drop);
	uv_close((uv_handle_t *)&listener->net.turn, on_turn_closed);
}
