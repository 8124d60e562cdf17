/* conn and listener: real sockets and TLS on one loop, with a dispatch of our own behind them. */
#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <uv.h>

#include "admin_call.h"
#include "chibo/v1/envelope.pb-c.h"
#include "deadline.h"
#include "dispatch.h"
#include "frame.h"
#include "listener.h"
#include "log.h"
#include "tls.h"

enum { CLIENTS = 6, PATIENCE_MS = 3000, BIG = 100000 };

/* ---- The server's side: the first byte of a frame tells what dispatch does ---- */

static struct {
	unsigned frames;
	size_t last_len;
	unsigned gone;
	struct peer *held; /* of the last 'h' */
} fake;

static uint8_t big[BIG];

void dispatch_frame(struct dispatch *dispatch, struct peer *peer, const uint8_t *bytes, size_t len)
{
	(void)dispatch;
	fake.frames++;
	fake.last_len = len;
	switch (bytes[0]) {
	case 'a': /* admit */
		peer->phase = PEER_ADMITTED;
		peer->ops->phase(peer);
		break;
	case 'b': /* a big reply */ peer->ops->send(peer, big, sizeof big); return;
	case 'h': /* hold: the call stays in flight */
		peer->in_flight++;
		fake.held = peer;
		return;
	case 'x': /* a last word, then the end */
		peer->ops->send(peer, bytes, len);
		peer->ops->end(peer, "test");
		return;
	default: break;
	}
	peer->ops->send(peer, bytes, len);
}

void dispatch_peer_resumed(struct dispatch *dispatch, struct peer *peer)
{
	(void)dispatch;
	(void)peer;
}

void dispatch_peer_gone(struct dispatch *dispatch, struct peer *peer)
{
	(void)dispatch;
	(void)peer;
	fake.gone++;
}

void admin_run(struct dispatch *dispatch, const uint8_t *packed, size_t len, uint32_t uid,
	       void (*done)(void *owner, const struct refusal *refusal), void *owner)
{
	(void)dispatch;
	(void)packed;
	(void)len;
	(void)uid;
	done(owner, NULL);
}

static uv_loop_t loop;
static struct deadlines deadlines;
static struct listener *listener;
static struct net_limits limits;
static struct tls_context *client_context;
static char key_file[] = "/tmp/chibo-key-XXXXXX";
static bool closed;

/* ---- The client's side: a socket that never blocks, and the same TLS engine ---- */

struct client {
	int fd;
	struct tls tls;
	struct frame_reader reader;
	unsigned frames; /* that came */
	uint8_t last[NET_READ_SIZE];
	size_t last_len;
	bool eof;  /* end of the stream, or reset */
	bool deaf; /* does not read */
} clients[CLIENTS];

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

static void turn(void)
{
	uv_run(&loop, UV_RUN_NOWAIT);
	for (unsigned i = 0; i < CLIENTS; i++)
		client_read(&clients[i]);
	usleep(500);
}

/* Lets the world turn until the condition holds, and says so if it never does. */
#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		uint64_t began_ = uv_hrtime();                                                     \
		while (!(condition) && uv_hrtime() - began_ < PATIENCE_MS * 1000000ULL)            \
			turn();                                                                    \
		ck_assert_msg(condition, "never: %s", #condition);                                 \
	} while (0)

static void pass_ms(unsigned ms)
{
	uint64_t began = uv_hrtime();

	while (uv_hrtime() - began < ms * 1000000ULL)
		turn();
}

static struct client *client_connect(unsigned i)
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

static struct client *client_start(unsigned i)
{
	struct client *client = client_connect(i);
	const struct tls_sink sink = {client, on_plain, on_cipher};

	ck_assert(tls_start(&client->tls, client_context, &sink));
	UNTIL(tls_state(&client->tls) == TLS_OPEN);
	return client;
}

static void client_send(struct client *client, const char *text, size_t len)
{
	uint8_t header[FRAME_HEADER];

	frame_put_length(header, len);
	ck_assert(tls_send(&client->tls, header, sizeof header));
	ck_assert(tls_send(&client->tls, (const uint8_t *)text, len));
}

static void client_say(struct client *client, const char *text)
{
	client_send(client, text, strlen(text));
}

static void client_leave(struct client *client)
{
	if (client->fd >= 0)
		close(client->fd);
	client->fd = -1;
	tls_close(&client->tls);
	frame_reader_close(&client->reader);
}

/* The last frame is a notice of this rule. */
static void assert_notice(const struct client *client, unsigned code, const char *rule)
{
	Chibo__V1__Reply *reply = chibo__v1__reply__unpack(NULL, client->last_len, client->last);

	ck_assert_ptr_nonnull(reply);
	ck_assert(reply->has_id && reply->id == 0);
	ck_assert_ptr_nonnull(reply->status);
	ck_assert_uint_eq(reply->status->code, code);
	ck_assert_str_eq(reply->status->rule, rule);
	chibo__v1__reply__free_unpacked(reply, NULL);
}

static uint64_t ended(enum conn_end end)
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

static void setup(void)
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

static void teardown(void)
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

static void configure(void)
{
	listener_configure(listener, &limits);
}

/* ---- Talking ---- */

START_TEST(a_frame_is_answered)
{
	struct client *client = client_start(0);

	client_say(client, "echo!");
	UNTIL(client->frames == 1);
	ck_assert_uint_eq(client->last_len, 5);
	ck_assert_mem_eq(client->last, "echo!", 5);
}
END_TEST

START_TEST(many_frames_at_once_are_all_answered)
{
	struct client *client = client_start(0);

	for (int i = 0; i < 100; i++)
		client_say(client, "e");
	UNTIL(client->frames == 100);
}
END_TEST

START_TEST(a_frame_may_come_in_single_bytes)
{
	struct client *client = client_start(0);
	const uint8_t bytes[] = {0, 0, 0, 2, 'e', 'f'};

	for (size_t i = 0; i < sizeof bytes; i++) {
		ck_assert(tls_send(&client->tls, &bytes[i], 1));
		turn();
	}
	UNTIL(client->frames == 1);
	ck_assert_uint_eq(client->last_len, 2);
}
END_TEST

START_TEST(large_frames_only_after_a_login)
{
	struct client *client = client_start(0);
	char *text = calloc(1, 200000);

	client_say(client, "a");
	UNTIL(client->frames == 1);
	memset(text, 'h', 200000);
	client_send(client, text, 200000);
	UNTIL(fake.frames == 2);
	ck_assert_uint_eq(fake.last_len, 200000);
	free(text);
}
END_TEST

static const struct {
	const char *name;
	uint8_t header[FRAME_HEADER];
} bad_headers[] = {
	{"0", {0, 0, 0, 0}},
	{"max + 1", {0, 0, 0x10, 1}},
	{"4 GiB - 1", {255, 255, 255, 255}},
};

START_TEST(a_bad_frame_gets_an_answer_and_the_end)
{
	struct client *client = client_start(0);

	ck_assert(tls_send(&client->tls, bad_headers[_i].header, FRAME_HEADER));
	UNTIL(client->eof);
	ck_assert_msg(client->frames == 1, "%s", bad_headers[_i].name);
	assert_notice(client, STATUS_INVALID_ARGUMENT, "bad_frame");
	client_leave(client);
	UNTIL(ended(CONN_END_BAD_FRAME) == 1);
	ck_assert_uint_eq(fake.frames, 0);
}
END_TEST

START_TEST(the_last_word_arrives)
{
	struct client *client = client_start(0);

	client_say(client, "x");
	client_say(client, "not read any more");
	UNTIL(client->eof);
	ck_assert_uint_eq(client->frames, 1);
	ck_assert_uint_eq(fake.frames, 1);
	ck_assert_uint_eq(fake.gone, 1);
	client_leave(client);
	UNTIL(ended(CONN_END_DISPATCH) == 1);
}
END_TEST

/* ---- Deadlines ---- */

START_TEST(silence_ends_at_the_handshake_deadline)
{
	struct client *client;

	limits.handshake_timeout_ms = 50;
	configure();
	client = client_connect(0);
	UNTIL(client->eof);
	ck_assert_uint_eq(ended(CONN_END_HANDSHAKE_TIMEOUT), 1);
}
END_TEST

START_TEST(no_login_ends_at_the_token_deadline)
{
	struct client *stranger;
	struct client *known;

	limits.token_timeout_ms = 200;
	configure();
	stranger = client_start(0);
	known = client_start(1);
	client_say(known, "a");
	UNTIL(stranger->eof);
	ck_assert_uint_eq(ended(CONN_END_TOKEN_TIMEOUT), 1);
	pass_ms(100);
	ck_assert(!known->eof);
}
END_TEST

START_TEST(a_slow_frame_ends)
{
	struct client *client = client_start(0);
	const uint8_t start[] = {0, 0, 1, 0, 'e'};

	limits.frame_window_ms = 50;
	configure();
	ck_assert(tls_send(&client->tls, start, sizeof start));
	UNTIL(client->eof);
	ck_assert_uint_eq(ended(CONN_END_FRAME_SLOW), 1);
}
END_TEST

START_TEST(a_frame_has_an_absolute_deadline)
{
	struct client *client = client_start(0);
	const uint8_t header[] = {0, 0, 0x0f, 0xff};

	limits.frame_timeout_ms = 150;
	limits.frame_window_ms = 50;
	limits.frame_rate_min = 1;
	configure();
	ck_assert(tls_send(&client->tls, header, sizeof header));
	while (!client->eof && ended(CONN_END_FRAME_TIMEOUT) == 0) {
		ck_assert(tls_send(&client->tls, (const uint8_t *)"e", 1));
		pass_ms(10);
	}
	ck_assert_uint_eq(ended(CONN_END_FRAME_TIMEOUT), 1);
}
END_TEST

START_TEST(an_idle_connection_is_sent_away)
{
	struct client *client;

	limits.idle_timeout_ms = 100;
	configure();
	client = client_start(0);
	client_say(client, "a");
	UNTIL(client->eof);
	assert_notice(client, STATUS_UNAVAILABLE, "goaway");
	client_leave(client);
	UNTIL(ended(CONN_END_IDLE) == 1);
}
END_TEST

/* ---- Backpressure ---- */

START_TEST(too_many_calls_stop_the_reading)
{
	struct client *client = client_start(0);

	client_say(client, "a");
	for (int i = 0; i < 20; i++)
		client_say(client, "h");
	UNTIL(fake.frames == 9);
	pass_ms(30);
	ck_assert_uint_eq(fake.frames, 9);
	fake.held->in_flight = 0;
	fake.held->ops->drained(fake.held);
	UNTIL(fake.frames == 17);
}
END_TEST

START_TEST(before_a_login_there_is_one_call)
{
	struct client *client = client_start(0);

	for (int i = 0; i < 3; i++)
		client_say(client, "h");
	UNTIL(fake.frames == 1);
	pass_ms(30);
	ck_assert_uint_eq(fake.frames, 1);
	fake.held->in_flight = 0;
	fake.held->ops->drained(fake.held);
	UNTIL(fake.frames == 2);
}
END_TEST

START_TEST(a_slow_reader_stops_the_reading_and_may_catch_up)
{
	struct client *client = client_start(0);

	client->deaf = true;
	for (int i = 0; i < 40; i++)
		client_say(client, "b");
	pass_ms(50);
	ck_assert_uint_lt(fake.frames, 15);
	ck_assert_uint_ge(listener_counters(listener)->paused, 1);
	client->deaf = false;
	UNTIL(client->frames == 40);
	ck_assert_uint_eq(client->last_len, BIG);
}
END_TEST

START_TEST(a_reader_that_never_reads_is_closed)
{
	struct client *client = client_start(0);

	limits.write_stall_ms = 100;
	configure();
	client->deaf = true;
	for (int i = 0; i < 40; i++)
		client_say(client, "b");
	UNTIL(ended(CONN_END_WRITE_STALLED) == 1);
}
END_TEST

START_TEST(a_queue_has_an_end)
{
	struct client *client = client_start(0);

	client->deaf = true;
	client_say(client, "h");
	UNTIL(fake.held);
	for (int i = 0; i < 60; i++)
		fake.held->ops->send(fake.held, big, sizeof big);
	UNTIL(ended(CONN_END_QUEUE_FULL) == 1);
	ck_assert_uint_eq(fake.gone, 1);
}
END_TEST

/* ---- Crowds ---- */

START_TEST(the_oldest_stranger_makes_room)
{
	struct client *known;

	limits.unadmitted_per_source = 2;
	configure();
	known = client_start(0);
	client_say(known, "a");
	UNTIL(known->frames == 1);
	client_start(1);
	client_start(2);
	client_start(3);
	UNTIL(clients[1].eof);
	ck_assert_uint_eq(ended(CONN_END_CROWDED_SOURCE), 1);
	pass_ms(20);
	ck_assert(!known->eof && !clients[2].eof && !clients[3].eof);
}
END_TEST

START_TEST(beyond_the_number_nobody_gets_in)
{
	for (unsigned i = 0; i < 4; i++) {
		client_start(i);
		client_say(&clients[i], "a");
		UNTIL(clients[i].frames == 1);
	}
	client_connect(4);
	client_connect(5);
	UNTIL(clients[4].eof && clients[5].eof);
	ck_assert_uint_eq(listener_counters(listener)->refused, 2);
	client_leave(&clients[0]);
	UNTIL(listener_connections(listener) == 3);
	clients[4].eof = false;
	close(clients[4].fd);
	client_start(4);
}
END_TEST

/* ---- Ends ---- */

START_TEST(plain_http_gets_an_alert)
{
	static const char text[] = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
	struct client *client = client_connect(0);

	ck_assert_int_gt(send(client->fd, text, sizeof text - 1, 0), 0);
	UNTIL(client->eof);
	client_leave(client);
	UNTIL(ended(CONN_END_TLS) == 1);
}
END_TEST

START_TEST(who_leaves_leaves_his_calls)
{
	struct client *client = client_start(0);

	client_say(client, "h");
	UNTIL(fake.held);
	client_leave(client);
	UNTIL(fake.gone == 1);
	UNTIL(listener_connections(listener) == 0);
}
END_TEST

START_TEST(stopping_says_goodbye)
{
	struct client *client = client_start(0);

	client_say(client, "a");
	UNTIL(client->frames == 1);
	listener_goaway(listener);
	UNTIL(client->frames == 2);
	assert_notice(client, STATUS_UNAVAILABLE, "goaway");
	client_say(client, "still answered");
	UNTIL(client->frames == 3);
	listener_end_all(listener);
	UNTIL(client->eof);
	client_leave(client);
	UNTIL(listener_connections(listener) == 0);
	ck_assert_uint_eq(ended(CONN_END_STOPPING), 1);
}
END_TEST

START_TEST(closing_takes_everyone_along)
{
	client_start(0);
	client_connect(1);
	client_say(&clients[0], "h");
	UNTIL(fake.held); /* teardown closes */
}
END_TEST

START_TEST(a_new_key_is_for_new_connections)
{
	struct client *before = client_start(0);
	struct tls_error error;

	listener_set_tls(listener, tls_server_context(key_file, &error));
	client_start(1);
	client_say(before, "e");
	client_say(&clients[1], "e");
	UNTIL(before->frames == 1 && clients[1].frames == 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("conn");
	TCase *tcase = tcase_create("conn");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(tcase, 10);
	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_frame_is_answered);
	tcase_add_test(tcase, many_frames_at_once_are_all_answered);
	tcase_add_test(tcase, a_frame_may_come_in_single_bytes);
	tcase_add_test(tcase, large_frames_only_after_a_login);
	tcase_add_loop_test(tcase, a_bad_frame_gets_an_answer_and_the_end, 0,
			    sizeof bad_headers / sizeof bad_headers[0]);
	tcase_add_test(tcase, the_last_word_arrives);
	tcase_add_test(tcase, silence_ends_at_the_handshake_deadline);
	tcase_add_test(tcase, no_login_ends_at_the_token_deadline);
	tcase_add_test(tcase, a_slow_frame_ends);
	tcase_add_test(tcase, a_frame_has_an_absolute_deadline);
	tcase_add_test(tcase, an_idle_connection_is_sent_away);
	tcase_add_test(tcase, too_many_calls_stop_the_reading);
	tcase_add_test(tcase, before_a_login_there_is_one_call);
	tcase_add_test(tcase, a_slow_reader_stops_the_reading_and_may_catch_up);
	tcase_add_test(tcase, a_reader_that_never_reads_is_closed);
	tcase_add_test(tcase, a_queue_has_an_end);
	tcase_add_test(tcase, the_oldest_stranger_makes_room);
	tcase_add_test(tcase, beyond_the_number_nobody_gets_in);
	tcase_add_test(tcase, plain_http_gets_an_alert);
	tcase_add_test(tcase, who_leaves_leaves_his_calls);
	tcase_add_test(tcase, stopping_says_goodbye);
	tcase_add_test(tcase, closing_takes_everyone_along);
	tcase_add_test(tcase, a_new_key_is_for_new_connections);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
