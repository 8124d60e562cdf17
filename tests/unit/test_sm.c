/* sm: moves that the table allows happen and are traced, others abort. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "log.h"
#include "sm.h"

enum { CLOSED, OPENING, OPEN };

static const struct sm_state states[] = {
	[CLOSED] = {"closed", SM_BIT(OPENING)},
	[OPENING] = {"opening", SM_BIT(OPEN) | SM_BIT(CLOSED)},
	[OPEN] = {"open", SM_BIT(CLOSED)},
};

static const struct sm_table table = {"door", states, 3};

static struct sm sm;

static void setup(void)
{
	sm_init(&sm, &table, CLOSED, 7);
}

START_TEST(follows_the_table)
{
	ck_assert_str_eq(sm_name(&sm), "closed");
	sm_move(&sm, OPENING);
	sm_move(&sm, OPEN);
	ck_assert_uint_eq(sm_state(&sm), OPEN);
	ck_assert_str_eq(sm_name(&sm), "open");
	sm_move(&sm, CLOSED);
}
END_TEST

START_TEST(moves_are_traced)
{
	char line[256] = "";
	int ends[2];

	ck_assert_int_eq(pipe(ends), 0);
	log_open(ends[1], LOG_LEVEL_DEBUG);
	sm_move(&sm, OPENING);
	ck_assert_int_gt(read(ends[0], line, sizeof line - 1), 0);
	ck_assert_ptr_nonnull(
		strstr(line, "event=move machine=door number=7 from=closed to=opening\n"));
}
END_TEST

START_TEST(other_moves_abort)
{
	sm_move(&sm, OPEN);
}
END_TEST

START_TEST(a_state_follows_itself_only_if_told)
{
	sm_move(&sm, CLOSED);
}
END_TEST

START_TEST(numbers_outside_abort)
{
	sm_move(&sm, 3);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sm");
	TCase *tcase = tcase_create("sm");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, follows_the_table);
	tcase_add_test(tcase, moves_are_traced);
	tcase_add_test_raise_signal(tcase, other_moves_abort, SIGABRT);
	tcase_add_test_raise_signal(tcase, a_state_follows_itself_only_if_told, SIGABRT);
	tcase_add_test_raise_signal(tcase, numbers_outside_abort, SIGABRT);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
