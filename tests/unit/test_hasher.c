/* hasher: places, turns, and hashes that nobody has. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <uv.h>

#include "hasher.h"

/* About 10 ms each. */
static const struct hasher_config config = {
	.at_once = 2, .waiting_max = 3, .wait_ms = 5000, .ops = 1, .bytes = 8 << 20,
};

static uv_loop_t loop;
static struct hasher hasher;
static unsigned n_done;
static enum hash_result results[16];
static char made[crypto_pwhash_STRBYTES];

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert(hasher_init(&hasher, &loop, &config));
}

static void teardown(void)
{
	uv_run(&loop, UV_RUN_DEFAULT);
	hasher_close(&hasher);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}

static void done(void *owner, enum hash_result result, const char *hash)
{
	(void)owner;
	results[n_done++] = result;
	if (hash)
		strncpy(made, hash, sizeof made - 1);
}

static uint64_t run_ns(void)
{
	uint64_t before = uv_hrtime();

	uv_run(&loop, UV_RUN_DEFAULT);
	return uv_hrtime() - before;
}

START_TEST(a_password_matches_its_hash_alone)
{
	ck_assert(hasher_make(&hasher, "right", done, NULL));
	(void)run_ns();
	ck_assert(hasher_check(&hasher, "right", made, done, NULL));
	(void)run_ns();
	ck_assert(hasher_check(&hasher, "wrong", made, done, NULL));
	(void)run_ns();
	ck_assert(hasher_check(&hasher, "right", NULL, done, NULL));
	(void)run_ns();
	ck_assert_int_eq(results[0], HASH_MADE);
	ck_assert_int_eq(results[1], HASH_MATCHES);
	ck_assert_int_eq(results[2], HASH_DIFFERS);
	ck_assert_int_eq(results[3], HASH_DIFFERS);
}
END_TEST

/* The dummy is no hash of anything, but argon2 must not see that before it has done its work. */
START_TEST(a_dummy_and_a_pause_take_as_long)
{
	uint64_t real = 0, dummy = 0, pause = 0;

	ck_assert(hasher_make(&hasher, "right", done, NULL));
	(void)run_ns();
	for (unsigned i = 0; i < 40; i++, n_done = 0) {
		(void)hasher_check(&hasher, "wrong", made, done, NULL);
		real += run_ns();
		(void)hasher_check(&hasher, "wrong", NULL, done, NULL);
		dummy += run_ns();
		(void)hasher_pause(&hasher, done, NULL);
		pause += run_ns();
	}
	ck_assert_uint_eq(hasher.counters.hashed, 81);
	ck_assert_uint_eq(hasher.counters.paused, 40);
	ck_assert_msg(dummy > real / 2 && dummy < real * 2, "%llu, dummy %llu", (unsigned long long)real / 40,
		      (unsigned long long)dummy / 40);
	ck_assert_msg(pause > real / 2 && pause < real * 2, "%llu, pause %llu", (unsigned long long)real / 40,
		      (unsigned long long)pause / 40);
}
END_TEST

START_TEST(a_hash_of_cheaper_days_takes_as_long)
{
	struct hasher_config dear = config;
	uint64_t took;

	ck_assert(hasher_make(&hasher, "right", done, NULL));
	(void)run_ns();
	dear.ops = 12;
	hasher_configure(&hasher, &dear);
	(void)hasher_check(&hasher, "wrong", NULL, done, NULL);
	(void)run_ns();
	ck_assert_uint_eq(hasher.n_times, 1); /* those of before are forgotten */
	(void)hasher_check(&hasher, "wrong", made, done, NULL);
	took = run_ns();
	ck_assert_uint_ge(took, hasher.times_ns[0] / 2); /* that of before takes a quarter */
	ck_assert_uint_eq(hasher.n_times, 1); /* and its own time does not count */
}
END_TEST

START_TEST(two_at_once_then_a_queue)
{
	for (unsigned i = 0; i < 5; i++) {
		ck_assert(hasher_enter(&hasher));
		ck_assert(i % 2 ? hasher_pause(&hasher, done, NULL) : hasher_check(&hasher, "x", NULL, done, NULL));
	}
	ck_assert(!hasher_enter(&hasher));
	(void)run_ns();
	ck_assert_uint_eq(n_done, 5);
	ck_assert_uint_eq(hasher.counters.running_max, 2);
	ck_assert_uint_eq(hasher.counters.waiting_max, 3);
	ck_assert_uint_eq(hasher.counters.full, 1);
	for (unsigned i = 0; i < 5; i++)
		hasher_leave(&hasher);
	ck_assert(hasher_enter(&hasher));
	hasher_leave(&hasher);
}
END_TEST

START_TEST(whoever_waits_too_long_is_too_late)
{
	struct hasher_config hasty = config;

	hasty.wait_ms = 1;
	hasty.at_once = 1;
	hasher_configure(&hasher, &hasty);
	ck_assert(hasher_check(&hasher, "x", NULL, done, NULL));
	ck_assert(hasher_check(&hasher, "y", NULL, done, NULL));
	(void)run_ns();
	ck_assert_int_eq(results[0], HASH_DIFFERS);
	ck_assert_int_eq(results[1], HASH_TOO_LATE);
	ck_assert_uint_eq(hasher.counters.hashed, 1);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("hasher");
	TCase *tcase = tcase_create("hasher");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, a_password_matches_its_hash_alone);
	tcase_add_test(tcase, a_dummy_and_a_pause_take_as_long);
	tcase_add_test(tcase, a_hash_of_cheaper_days_takes_as_long);
	tcase_add_test(tcase, two_at_once_then_a_queue);
	tcase_add_test(tcase, whoever_waits_too_long_is_too_late);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
