/* throttle: who may try when, on a clock of the test's own. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include <sodium.h>

#include "throttle.h"

static const struct throttle_config config = {
	.source_burst = 20, .source_interval_ms = 3000, .free_failures = 5, .wait_max_ms = 900000, .subjects_max = 64,
};

static const struct throttle_record nothing;

static struct throttle *throttle;
static uint64_t now;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	throttle = throttle_new(&config);
	ck_assert_ptr_nonnull(throttle);
	now = 10000000;
}

static void teardown(void)
{
	throttle_free(throttle);
}

/* A whole attempt, from a network of its own, that ends as `outcome` if it may be tried. */
static enum throttle_verdict attempt_at(const char *name, const struct throttle_record *record,
					enum throttle_outcome outcome)
{
	static unsigned n;
	char address[32];
	struct attempt attempt;
	enum throttle_verdict verdict;

	n++;
	snprintf(address, sizeof address, "10.%u.%u.1", n >> 8 & 255, n & 255);
	ck_assert_int_eq(throttle_begin(throttle, &attempt, address, now), THROTTLE_MAY_TRY);
	verdict = throttle_know(throttle, &attempt, name, record, now);
	throttle_end(throttle, &attempt, verdict == THROTTLE_MAY_TRY ? outcome : THROTTLE_DENIED, now);
	return verdict;
}

static enum throttle_verdict guess(const char *name)
{
	return attempt_at(name, &nothing, THROTTLE_FAILED);
}

START_TEST(networks)
{
	static const struct {
		const char *address, *network;
	} cases[] = {
		{"127.0.0.9", "127.0.0.0/24"},
		{"203.0.113.255", "203.0.113.0/24"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"::1", "::/64"},
		{"-", "-"},
	};
	char network[THROTTLE_NETWORK];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		throttle_network(cases[i].address, network);
		ck_assert_str_eq(network, cases[i].network);
	}
}
END_TEST

START_TEST(waits_double_up_to_the_longest)
{
	uint64_t wait = 1000;

	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(guess("lan"), THROTTLE_MAY_TRY);
	for (unsigned failures = 5; failures < 20; failures++) {
		now += wait - 1;
		ck_assert_int_eq(guess("lan"), THROTTLE_MUST_FAIL);
		now += 1;
		ck_assert_msg(guess("lan") == THROTTLE_MAY_TRY, "after %u failures", failures);
		wait = wait * 2 > config.wait_max_ms ? config.wait_max_ms : wait * 2;
	}
	ck_assert_uint_eq(wait, 900000);
}
END_TEST

START_TEST(a_hundred_block_for_good)
{
	unsigned tried = 0;

	for (unsigned i = 0; i < 1000; i++, now += config.wait_max_ms)
		tried += guess("lan") == THROTTLE_MAY_TRY;
	ck_assert_uint_eq(tried, THROTTLE_BLOCKED_AT);
	ck_assert_int_eq(attempt_at("lan", &(struct throttle_record){.cleared = 1}, THROTTLE_PASSED),
			 THROTTLE_MAY_TRY);
}
END_TEST

START_TEST(success_forgives)
{
	for (unsigned i = 0; i < 4; i++)
		(void)guess("lan");
	ck_assert_int_eq(attempt_at("lan", &nothing, THROTTLE_PASSED), THROTTLE_MAY_TRY);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(guess("lan"), THROTTLE_MAY_TRY);
	ck_assert_int_eq(guess("lan"), THROTTLE_MUST_FAIL);
}
END_TEST

START_TEST(the_database_remembers)
{
	const struct throttle_record ten = {.failures = 10, .failed_ago_ms = 31999};

	ck_assert_int_eq(attempt_at("lan", &ten, THROTTLE_FAILED), THROTTLE_MUST_FAIL);
	now += 1; /* it is the memory's turn: the age is that of the first sight */
	ck_assert_int_eq(attempt_at("lan", &ten, THROTTLE_FAILED), THROTTLE_MAY_TRY);
}
END_TEST

/* An answer of the database that was on its way while somebody failed or was forgiven. */
START_TEST(what_is_older_is_not_believed)
{
	for (unsigned i = 0; i < 5; i++)
		(void)guess("lan");
	ck_assert_int_eq(attempt_at("lan", &(struct throttle_record){.failures = 3}, THROTTLE_FAILED),
			 THROTTLE_MUST_FAIL);
	ck_assert_int_eq(attempt_at("lan", &(struct throttle_record){.cleared = 2}, THROTTLE_UNTRIED), THROTTLE_MAY_TRY);
	ck_assert_int_eq(attempt_at("lan", &(struct throttle_record){.failures = 50, .cleared = 1}, THROTTLE_UNTRIED),
			 THROTTLE_MAY_TRY);
}
END_TEST

START_TEST(attempts_under_way_count)
{
	struct attempt attempts[6];
	enum throttle_verdict verdict = THROTTLE_MAY_TRY;

	for (unsigned i = 0; i < 6; i++) {
		ck_assert_int_eq(throttle_begin(throttle, &attempts[i], "192.0.2.1", now), THROTTLE_MAY_TRY);
		verdict = throttle_know(throttle, &attempts[i], "lan", &nothing, now);
		ck_assert_int_eq(verdict, i < 5 ? THROTTLE_MAY_TRY : THROTTLE_BUSY);
	}
	for (unsigned i = 0; i < 6; i++)
		throttle_end(throttle, &attempts[i], THROTTLE_FAILED, now);
	now += 1000; /* one at a time from now on */
	ck_assert_int_eq(throttle_begin(throttle, &attempts[0], "192.0.3.1", now), THROTTLE_MAY_TRY);
	ck_assert_int_eq(throttle_know(throttle, &attempts[0], "lan", &nothing, now), THROTTLE_MAY_TRY);
	ck_assert_int_eq(guess("lan"), THROTTLE_MUST_FAIL);
	throttle_end(throttle, &attempts[0], THROTTLE_UNTRIED, now);
	ck_assert_int_eq(guess("lan"), THROTTLE_MAY_TRY);
}
END_TEST

static enum throttle_verdict begin_and_end(const char *address, enum throttle_outcome outcome, unsigned *retry)
{
	struct attempt attempt;
	enum throttle_verdict verdict = throttle_begin(throttle, &attempt, address, now);

	*retry = attempt.retry_after_ms;
	throttle_end(throttle, &attempt, outcome, now);
	return verdict;
}

START_TEST(a_network_pays_for_failures)
{
	unsigned retry;

	for (unsigned i = 0; i < 100; i++)
		ck_assert_int_eq(begin_and_end("192.0.2.7", THROTTLE_PASSED, &retry), THROTTLE_MAY_TRY);
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(begin_and_end("192.0.2.8", THROTTLE_FAILED, &retry), THROTTLE_MAY_TRY);
	now += 1000;
	ck_assert_int_eq(begin_and_end("192.0.2.9", THROTTLE_FAILED, &retry), THROTTLE_BUSY);
	ck_assert_uint_eq(retry, 2000);
	ck_assert_int_eq(begin_and_end("192.0.3.9", THROTTLE_FAILED, &retry), THROTTLE_MAY_TRY);
	now += retry + 2000;
	ck_assert_int_eq(begin_and_end("192.0.2.9", THROTTLE_FAILED, &retry), THROTTLE_MAY_TRY);
	ck_assert_int_eq(begin_and_end("192.0.2.9", THROTTLE_FAILED, &retry), THROTTLE_BUSY);
	now += 60000; /* the bucket is full again, and not fuller */
	for (unsigned i = 0; i < 20; i++)
		ck_assert_int_eq(begin_and_end("192.0.2.9", THROTTLE_DENIED, &retry), THROTTLE_MAY_TRY);
	ck_assert_int_eq(begin_and_end("192.0.2.9", THROTTLE_DENIED, &retry), THROTTLE_BUSY);
}
END_TEST

START_TEST(a_network_owes_what_it_owed)
{
	const struct throttle_record record = {.source_owes_ms = 58000};
	struct attempt attempt;
	unsigned retry;

	ck_assert_int_eq(throttle_begin(throttle, &attempt, "192.0.2.1", now), THROTTLE_MAY_TRY);
	ck_assert_int_eq(throttle_know(throttle, &attempt, "lan", &record, now), THROTTLE_BUSY);
	throttle_end(throttle, &attempt, THROTTLE_UNTRIED, now);
	ck_assert_int_eq(begin_and_end("192.0.2.1", THROTTLE_FAILED, &retry), THROTTLE_BUSY);
	now += 1000;
	ck_assert_int_eq(throttle_begin(throttle, &attempt, "192.0.2.1", now), THROTTLE_MAY_TRY);
	ck_assert_int_eq(throttle_know(throttle, &attempt, "lan", &record, now), THROTTLE_MAY_TRY);
	throttle_end(throttle, &attempt, THROTTLE_UNTRIED, now);
}
END_TEST

/* 64 names fit. Those that are held back stay while others come and go. */
START_TEST(whoever_is_held_back_is_forgotten_last)
{
	char name[16];

	for (unsigned n = 0; n < 8; n++)
		for (unsigned i = 0; i < 5; i++) {
			snprintf(name, sizeof name, "held.%u", n);
			(void)guess(name);
		}
	for (unsigned n = 0; n < 1000; n++) {
		snprintf(name, sizeof name, "passer.%u", n);
		ck_assert_int_eq(guess(name), THROTTLE_MAY_TRY);
	}
	for (unsigned n = 0; n < 8; n++) {
		snprintf(name, sizeof name, "held.%u", n);
		ck_assert_int_eq(guess(name), THROTTLE_MUST_FAIL);
	}
}
END_TEST

START_TEST(attempts_under_way_are_never_forgotten)
{
	struct attempt attempts[64], more;
	char name[16], address[32];

	for (unsigned n = 0; n < 64; n++) {
		snprintf(name, sizeof name, "name.%u", n);
		snprintf(address, sizeof address, "172.16.%u.1", n / 8);
		ck_assert_int_eq(throttle_begin(throttle, &attempts[n], address, now), THROTTLE_MAY_TRY);
		ck_assert_int_eq(throttle_know(throttle, &attempts[n], name, &nothing, now), THROTTLE_MAY_TRY);
	}
	ck_assert_int_eq(throttle_begin(throttle, &more, "172.17.0.1", now), THROTTLE_MAY_TRY);
	ck_assert_int_eq(throttle_know(throttle, &more, "another", &nothing, now), THROTTLE_BUSY);
	throttle_end(throttle, &more, THROTTLE_UNTRIED, now);
	for (unsigned n = 0; n < 64; n++)
		throttle_end(throttle, &attempts[n], THROTTLE_FAILED, now);
	ck_assert_int_eq(guess("another"), THROTTLE_MAY_TRY);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("throttle");
	TCase *tcase = tcase_create("throttle");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, networks);
	tcase_add_test(tcase, waits_double_up_to_the_longest);
	tcase_add_test(tcase, a_hundred_block_for_good);
	tcase_add_test(tcase, success_forgives);
	tcase_add_test(tcase, the_database_remembers);
	tcase_add_test(tcase, what_is_older_is_not_believed);
	tcase_add_test(tcase, attempts_under_way_count);
	tcase_add_test(tcase, a_network_pays_for_failures);
	tcase_add_test(tcase, a_network_owes_what_it_owed);
	tcase_add_test(tcase, whoever_is_held_back_is_forgotten_last);
	tcase_add_test(tcase, attempts_under_way_are_never_forgotten);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
