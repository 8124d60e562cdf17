/* conn and listener: real sockets and TLS on one loop, with a dispatch of our own behind them. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "admin_call.h"
#include "conn_world.h"
#include "dispatch.h"

enum { BIG = 100000 };

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
	UNTIL(fake.held); /* tear_down closes */
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
	tcase_add_checked_fixture(tcase, set_up, tear_down);
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
