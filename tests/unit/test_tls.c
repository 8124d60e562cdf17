/* The engine against itself and against short memory: pitfalls T2 to T17 by name. */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls_pair.h"

/* OpenSSL's memory goes through here: counted, and the n-th allocation from now fails (0: none
 * does). */
static size_t memory_in_use;
static int fail_at;

static void *counted_realloc(void *pointer, size_t size, const char *file, int line)
{
	size_t before = pointer ? malloc_usable_size(pointer) : 0;

	(void)file, (void)line;
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	pointer = realloc(pointer, size);
	if (pointer)
		memory_in_use += malloc_usable_size(pointer) - before;
	return pointer;
}

static void *counted_malloc(size_t size, const char *file, int line)
{
	return counted_realloc(NULL, size, file, line);
}

static void counted_free(void *pointer, const char *file, int line)
{
	(void)file, (void)line;
	memory_in_use -= pointer ? malloc_usable_size(pointer) : 0;
	free(pointer);
}

START_TEST(both_ends_talk_whatever_the_chunks)
{
	static const size_t chunks[] = { 1, 7, 1000, 5000, SIZE_MAX };
	size_t i;

	for (i = 0; i < sizeof chunks / sizeof *chunks; i++) {
		stop(&client);
		stop(&server);
		start(&server, server_context);
		start(&client, client_context);
		settle(chunks[i]);
		expect_open();
		say(&client, "Chi bộ");
		say(&server, "xin chào");
		settle(chunks[i]);
		expect_heard(&server, "Chi bộ");
		expect_heard(&client, "xin chào");
	}
}
END_TEST

START_TEST(a_sink_may_answer_and_hang_up)
{
	settle(SIZE_MAX);
	server.habit = ECHO;
	say(&client, "một");
	say(&client, "hai");
	settle(SIZE_MAX);
	expect_heard(&client, "mộthai");
	server.habit = HANG_UP;
	say(&client, "ba");
	say(&client, "dropped");
	settle(SIZE_MAX);
	expect_heard(&server, "mộthaiba");
	expect_dead(&client, "closed");
	expect_dead(&server, "closed");
}
END_TEST

START_TEST(nothing_is_sent_before_the_handshake)
{
	size_t hello = client.cipher.len;

	ck_assert(!tls_send(&client.tls, (const uint8_t *)"x", 1));
	ck_assert_uint_eq(tls_state(&client.tls), TLS_HANDSHAKE);
	ck_assert_uint_eq(client.cipher.len, hello);
	tls_shutdown(&client.tls);
	expect_dead(&client, "stopped");
}
END_TEST

START_TEST(t2_the_alert_comes_out_before_the_end)
{
	settle(SIZE_MAX);
	say(&client, "tampered");
	client.cipher.data[client.cipher.len - 1] ^= 1;
	carry(&client, &server, SIZE_MAX);
	expect_dead(&server, "protocol");
	ck_assert_uint_gt(server.cipher.len, 0);
	settle(SIZE_MAX);
	expect_dead(&client, "alert");
	ck_assert_uint_eq(server.plain.len, 0);
}
END_TEST

START_TEST(t3_one_bad_engine_does_not_kill_a_healthy_one)
{
	int i;

	settle(SIZE_MAX);
	say(&client, "healthy");
	for (i = 0; i < 3; i++) {
		struct end bad;
		start(&bad, server_context);
		ck_assert(!tls_receive(&bad.tls, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18));
		/* What that left behind in this thread meets a read that finds too little. */
		ck_assert_uint_ne(ERR_peek_error(), 0);
		ck_assert(tls_receive(&server.tls, client.cipher.data + i, 1));
		stop(&bad);
	}
	ck_assert(tls_receive(&server.tls, client.cipher.data + i, client.cipher.len - 3));
	expect_heard(&server, "healthy");
	empty(&client.cipher);
	say(&server, "so am I");
	settle(SIZE_MAX);
	expect_heard(&client, "so am I");
}
END_TEST

START_TEST(t3_a_stale_error_does_not_break_a_handshake)
{
	while (client.cipher.len + server.cipher.len > 0) {
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		carry(&client, &server, SIZE_MAX);
		ERR_raise(ERR_LIB_SSL, SSL_R_BAD_PACKET);
		carry(&server, &client, 10);
	}
	expect_open();
}
END_TEST

enum { MEGABYTE = 1 << 20 };

static uint8_t *pattern(void)
{
	uint8_t *bytes = malloc(MEGABYTE);
	uint32_t i;

	for (i = 0; i < MEGABYTE; i++)
		bytes[i] = (uint8_t)(i * 2654435761u >> 24);
	return bytes;
}

START_TEST(t4_t5_t8_t9_a_megabyte_in_one_call)
{
	uint8_t *bytes = pattern();
	BUF_MEM *memory;

	settle(SIZE_MAX);
	ck_assert(tls_send(&client.tls, bytes, MEGABYTE));
	/* T4, T9: all of it came out, nothing waits inside, uncounted. */
	ck_assert_uint_gt(client.cipher.len, MEGABYTE);
	ck_assert_int_eq(BIO_pending(client.tls.out), 0);
	/* T5: many records in one receive. */
	carry(&client, &server, SIZE_MAX);
	ck_assert_uint_eq(server.plain.len, MEGABYTE);
	ck_assert_mem_eq(server.plain.data, bytes, MEGABYTE);
	/* T8: fed in small pieces, so the buffer stayed small. */
	BIO_get_mem_ptr(server.tls.in, &memory);
	ck_assert_uint_le(memory->max, 8192);
	free(bytes);
}
END_TEST

START_TEST(t5_several_records_in_one_receive)
{
	settle(SIZE_MAX);
	say(&client, "một,");
	say(&client, "hai,");
	say(&client, "ba");
	ck_assert(tls_receive(&server.tls, client.cipher.data, client.cipher.len));
	expect_heard(&server, "một,hai,ba");
}
END_TEST

START_TEST(t6_an_end_without_goodbye_is_a_lost_connection)
{
	settle(SIZE_MAX);
	say(&client, "half");
	ck_assert(tls_receive(&server.tls, client.cipher.data, client.cipher.len - 1));
	/* The transport sees FIN now: not DEAD means lost. */
	ck_assert_uint_eq(tls_state(&server.tls), TLS_OPEN);
	ck_assert_uint_eq(server.plain.len, 0);
}
END_TEST

START_TEST(t6_a_goodbye_is_answered)
{
	settle(SIZE_MAX);
	say(&client, "bye");
	tls_shutdown(&client.tls);
	ck_assert_uint_eq(tls_state(&client.tls), TLS_CLOSING);
	ck_assert(!tls_send(&client.tls, (const uint8_t *)"x", 1));
	tls_shutdown(&client.tls);
	settle(SIZE_MAX);
	expect_heard(&server, "bye");
	expect_dead(&server, "closed");
	expect_dead(&client, "closed");
}
END_TEST

START_TEST(t7_the_dead_stay_silent)
{
	settle(SIZE_MAX);
	ck_assert(!tls_receive(&server.tls, (const uint8_t *)"\x17\x03\x03\x00\x05hello", 10));
	expect_dead(&server, "protocol");
	empty(&server.cipher);
	tls_shutdown(&server.tls);
	ck_assert(!tls_send(&server.tls, (const uint8_t *)"x", 1));
	ck_assert(!tls_receive(&server.tls, (const uint8_t *)"x", 1));
	ck_assert_uint_eq(server.cipher.len, 0);
	tls_close(&server.tls);
	tls_close(&server.tls);
	expect_dead(&server, "protocol");
}
END_TEST

/* One conversation; false if memory was short for one of the ends, which must then be DEAD or never
 * began. */
static bool converse(void)
{
	struct tls_sink server_sink = sink_of(&server), client_sink = sink_of(&client);
	bool heard;

	memset(&server, 0, sizeof server);
	memset(&client, 0, sizeof client);
	if (tls_start(&server.tls, server_context, &server_sink) &&
	    tls_start(&client.tls, client_context, &client_sink)) {
		settle(SIZE_MAX);
		if (tls_state(&client.tls) == TLS_OPEN &&
		    tls_send(&client.tls, (const uint8_t *)"hello", 5))
			settle(SIZE_MAX);
	}
	heard = server.plain.len == 5;
	if (!heard)
		ck_assert(tls_state(&server.tls) == TLS_DEAD ||
			  tls_state(&client.tls) == TLS_DEAD || !client.tls.context);
	stop(&server);
	stop(&client);
	return heard;
}

/* OpenSSL lives on without some allocations (caches, error texts), so success does not end the
 * sweep. */
START_TEST(t10_short_memory_closes_at_any_allocation)
{
	size_t before;
	bool reached = true;
	int n, failures = 0;

	settle(SIZE_MAX);
	stop(&server);
	stop(&client);
	ck_assert(converse());
	before = memory_in_use;
	for (n = 1; reached; n += 1 + n / 100) { /* thousands of them: the later, the fewer */
		fail_at = n;
		failures += !converse();
		reached = fail_at == 0;
		fail_at = 0;
		ERR_clear_error();
	}
	ck_assert_int_gt(failures, 100);
	ck_assert_msg(memory_in_use < before + 4096, "%zu bytes more", memory_in_use - before);
	ck_assert(converse());
}
END_TEST

START_TEST(t12_no_tickets)
{
	carry(&client, &server, SIZE_MAX);
	carry(&server, &client, SIZE_MAX);
	carry(&client, &server, SIZE_MAX);
	expect_open();
	ck_assert_uint_eq(server.cipher.len, 0);
	ck_assert(!SSL_SESSION_is_resumable(SSL_get0_session(client.tls.ssl)));
}
END_TEST

START_TEST(t13_an_idle_connection_is_small)
{
	enum { PAIRS = 20 };
	static struct end ends[2 * PAIRS];
	size_t before;
	int i;

	settle(SIZE_MAX); /* what OpenSSL keeps for all is there now */
	before = memory_in_use;
	for (i = 0; i < PAIRS; i++) {
		start(&ends[2 * i], server_context);
		start(&ends[2 * i + 1], client_context);
		while (ends[2 * i].cipher.len + ends[2 * i + 1].cipher.len > 0) {
			carry(&ends[2 * i], &ends[2 * i + 1], SIZE_MAX);
			carry(&ends[2 * i + 1], &ends[2 * i], SIZE_MAX);
		}
		ck_assert_uint_eq(tls_state(&ends[2 * i].tls), TLS_OPEN);
	}
	ck_assert_uint_lt((memory_in_use - before) / (2 * PAIRS), 20 * 1024);
	for (i = 0; i < 2 * PAIRS; i++)
		stop(&ends[i]);
}
END_TEST

START_TEST(t15_a_wrong_pin_ends_it_before_anything_is_said)
{
	uint8_t wrong[TLS_PIN];
	struct tls_context *context;

	memcpy(wrong, pin, TLS_PIN);
	wrong[TLS_PIN - 1] ^= 1;
	context = client_with((const uint8_t (*)[TLS_PIN])wrong, 1);
	stop(&client);
	start(&client, context);
	settle(SIZE_MAX);
	expect_dead(&client, "server_key");
	expect_dead(&server, "key_refused");
	ck_assert(!tls_send(&client.tls, (const uint8_t *)"x", 1));
	ck_assert_uint_eq(server.plain.len, 0);
	tls_context_free(context);
}
END_TEST

START_TEST(t15_the_second_pin_is_as_good)
{
	uint8_t pins[2][TLS_PIN];
	struct tls_context *context;

	ck_assert(tls_key_pin(other_key_file, pins[0]));
	memcpy(pins[1], pin, TLS_PIN);
	context = client_with((const uint8_t (*)[TLS_PIN])pins, 2);
	stop(&client);
	start(&client, context);
	settle(SIZE_MAX);
	expect_open();
	tls_context_free(context);
}
END_TEST

START_TEST(t16_a_context_lives_as_long_as_its_engines)
{
	tls_context_free(server_context);
	tls_context_free(client_context);
	server_context = client_context = NULL;
	settle(SIZE_MAX);
	expect_open();
}
END_TEST

START_TEST(t17_what_is_not_tls_is_called_so)
{
	ck_assert(!tls_receive(&server.tls, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18));
	expect_dead(&server, "not_tls");
	ck_assert(
		!tls_receive(&client.tls, (const uint8_t *)"HTTP/1.1 400 Bad Request\r\n\r\n", 28));
	expect_dead(&client, "not_tls");
	stop(&server);
	start(&server, server_context);
	ck_assert(!tls_receive(&server.tls, (const uint8_t *)"\x16\x03\x01\x00\x05hello", 10));
	expect_dead(&server, "protocol");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls");
	TCase *tests = tcase_create("tls");
	SRunner *runner = srunner_create(suite);
	int failed;

	if (!CRYPTO_set_mem_functions(counted_malloc, counted_realloc, counted_free))
		return EXIT_FAILURE;
	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, both_ends_talk_whatever_the_chunks);
	tcase_add_test(tests, a_sink_may_answer_and_hang_up);
	tcase_add_test(tests, nothing_is_sent_before_the_handshake);
	tcase_add_test(tests, t2_the_alert_comes_out_before_the_end);
	tcase_add_test(tests, t3_one_bad_engine_does_not_kill_a_healthy_one);
	tcase_add_test(tests, t3_a_stale_error_does_not_break_a_handshake);
	tcase_add_test(tests, t4_t5_t8_t9_a_megabyte_in_one_call);
	tcase_add_test(tests, t5_several_records_in_one_receive);
	tcase_add_test(tests, t6_an_end_without_goodbye_is_a_lost_connection);
	tcase_add_test(tests, t6_a_goodbye_is_answered);
	tcase_add_test(tests, t7_the_dead_stay_silent);
	tcase_add_test(tests, t10_short_memory_closes_at_any_allocation);
	tcase_add_test(tests, t12_no_tickets);
	tcase_add_test(tests, t13_an_idle_connection_is_small);
	tcase_add_test(tests, t15_a_wrong_pin_ends_it_before_anything_is_said);
	tcase_add_test(tests, t15_the_second_pin_is_as_good);
	tcase_add_test(tests, t16_a_context_lives_as_long_as_its_engines);
	tcase_add_test(tests, t17_what_is_not_tls_is_called_so);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
