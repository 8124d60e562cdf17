/* A listener on a loop, and clients that talk to it from the same thread. */
#include "conn_world.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "chibo/v1/envelope.pb-c.h"
#include "deadline.h"
#include "log.h"

struct client clients[CLIENTS];
struct listener *listener;
struct net_limits limits;
char key_file[] = "/tmp/chibo-key-XXXXXX";

static uv_loop_t loop;
static struct deadlines deadlines;
static struct tls_context *client_context;
static bool closed;

/* ---- Clients ---- */

static void on_cipher(void *owner, const uint8_t *bytes, size_t n)
{
	struct client *client = owner;

	/* Small, so that the kernel takes it; a server that closed is no failure here. */
	if (send(client->fd, bytes, n, MSG_NOSIGNAL) < 0)
		client->eof = true;
}

static void on_plain(void *owner, const uint8_t *bytes, size_t n)
{
	struct client *client = owner;
	size_t used;

	while (n > 0) {
		if (frame_push(&client->reader, bytes, n, &used) == FRAME_READY) {
			client->frames++;
			client->last_len = client->reader.len;
			memcpy(client->last, client->reader.data,
			       client->reader.len < sizeof client->last ? client->reader.len
									: sizeof client->last);
			frame_next(&client->reader);
		}
		bytes += used;
		n -= used;
	}
}

static void client_read(struct client *client)
{
	uint8_t bytes[8192];
	ssize_t n;

	if (client->fd < 0 || client->deaf)
		return;
	n = recv(client->fd, bytes, sizeof bytes, MSG_DONTWAIT);
	if (n == 0 || (n < 0 && errno != EAGAIN))
		client->eof = true;
	if (n > 0 && client->tls.context && !tls_receive(&client->tls, bytes, (size_t)n))
		(void)tls_reason(&client->tls);
}

void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_read(&clients[i]);
	usleep(500);
}

void pass_ms(unsigned ms)
{
	uint64_t began = uv_hrtime();

	while (uv_hrtime() - began < ms * 1000000ULL)
		turn();
}

struct client *client_connect(unsigned i)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	struct client *client = &clients[i];

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	address.sin_port = htons((uint16_t)listener_port(listener));
	client->fd = socket(AF_INET, SOCK_STREAM, 0);
	ck_assert_int_eq(connect(client->fd, (struct sockaddr *)&address, sizeof address), 0);
	frame_reader_init(&client->reader, 1u << 20);
	return client;
}

struct client *client_start(unsigned i)
{
	struct client *client = client_connect(i);
	const struct tls_sink sink = {client, on_plain, on_cipher};

	ck_assert(tls_start(&client->tls, client_context, &sink));
	UNTIL(tls_state(&client->tls) == TLS_OPEN);
	return client;
}

void client_send(struct client *client, const char *text, size_t len)
{
	uint8_t header[FRAME_HEADER];

	frame_put_length(header, len);
	ck_assert(tls_send(&client->tls, header, sizeof header));
	ck_assert(tls_send(&client->tls, (const uint8_t *)text, len));
}

void client_say(struct client *client, const char *text)
{
	client_send(client, text, strlen(text));
}

void client_leave(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	tls_close(&client->tls);
	frame_reader_close(&client->reader);
}

void assert_notice(const struct client *client, unsigned code, const char *rule)
{
	Chibo__V1__Reply *reply = chibo__v1__reply__unpack(NULL, client->last_len, client->last);

	ck_assert_ptr_nonnull(reply);
	ck_assert(reply->has_id && reply->id == 0);
	ck_assert_ptr_nonnull(reply->status);
	ck_assert_uint_eq(reply->status->code, code);
	ck_assert_str_eq(reply->status->rule, rule);
	chibo__v1__reply__free_unpacked(reply, NULL);
}

uint64_t ended(enum conn_end end)
{
	return listener_counters(listener)->ended[end];
}

/* ---- Fixture ---- */

static struct tls_context *make_contexts(void)
{
	uint8_t pins[1][TLS_PIN];
	struct tls_error error;
	struct tls_context *server;

	close(mkstemp(key_file));
	unlink(key_file);
	ck_assert_msg(tls_key_create(key_file, &error), "%s", error.text);
	server = tls_server_context(key_file, &error);
	ck_assert_msg(server != NULL, "%s", error.text);
	ck_assert(tls_key_pin(key_file, pins[0]));
	client_context = tls_client_context((const uint8_t(*)[TLS_PIN])pins, 1, &error);
	ck_assert_ptr_nonnull(client_context);
	return server;
}

void set_up(void)
{
	const struct listener_config where = {
		.host = "127.0.0.1", .fd = -1, .connections_max = 4, .socket_buffer = 16384};

	limits = (struct net_limits){
		.unadmitted_max = 4,
		.unadmitted_per_source = 4,
		.handshake_timeout_ms = 2000,
		.token_timeout_ms = 2500,
		.idle_timeout_ms = 2500,
		.frame_timeout_ms = 2000,
		.frame_window_ms = 1000,
		.frame_rate_min = 256,
		.write_stall_ms = 2000,
		.linger_ms = 500,
		.frame_max_new = 4096,
		.frame_max = 262144,
		.queue_stop = 262144,
		.queue_resume = 65536,
		.queue_kill = 1048576,
		.frames_per_turn = 4,
		.calls_per_connection = 8,
		.goaway_delay_ms = 100,
	};
	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert(deadlines_init(&deadlines, &loop, 4 * listener_deadlines_per_connection()));
	listener = listener_new(&loop, NULL, &deadlines, make_contexts(), &limits);
	ck_assert_ptr_nonnull(listener);
	ck_assert_int_eq(listener_open(listener, &where), 0);
	for (unsigned i = 0; i < CLIENTS; i++)
		clients[i].fd = -1;
}

static void on_deadlines_closed(void *owner)
{
	(void)owner;
	closed = true;
}

static void on_listener_closed(void *owner)
{
	(void)owner;
	deadlines_close(&deadlines, on_deadlines_closed, NULL);
}

void tear_down(void)
{
	listener_close(listener, on_listener_closed, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert(closed);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_leave(&clients[i]);
	tls_context_free(client_context);
	unlink(key_file);
}

void configure(void)
{
	listener_configure(listener, &limits);
}
