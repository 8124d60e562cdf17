/* SQLSTATE and constraint names become refusals, and nothing of a row leaks into them. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "iso_date.h"
#include "pg_error.h"

static const struct {
	struct pg_diagnostics error;
	enum segment_outcome outcome;
	enum status code;
	const char *rule, *field;
} cases[] = {
	{{.sqlstate = "23514", .constraint = "given_name__letters", .detail = "Failing row contains (Nguyễn)"},
	 SEGMENT_REFUSED, STATUS_INVALID_ARGUMENT, "letters", "given_name"},
	{{.sqlstate = "23505", .constraint = "code__taken", .detail = "Key (code)=(X1) already exists."},
	 SEGMENT_REFUSED, STATUS_ALREADY_EXISTS, "taken", "code"},
	{{.sqlstate = "23505", .constraint = "item_no__twice__agenda_item"}, SEGMENT_REFUSED, STATUS_ALREADY_EXISTS, "twice",
	 "item_no"},
	{{.sqlstate = "23503", .constraint = "unit_id__unknown"}, SEGMENT_REFUSED, STATUS_NOT_FOUND, "not_found",
	 "unit_id"},
	{{.sqlstate = "23P01", .constraint = "during__one_primary"}, SEGMENT_REFUSED, STATUS_FAILED_PRECONDITION,
	 "one_primary", "during"},
	{{.sqlstate = "23502", .column = "family_name"}, SEGMENT_REFUSED, STATUS_INVALID_ARGUMENT, "required",
	 "family_name"},
	{{.sqlstate = "42501"}, SEGMENT_REFUSED, STATUS_NOT_FOUND, "not_found", ""},
	{{.sqlstate = "22008"}, SEGMENT_REFUSED, STATUS_INVALID_ARGUMENT, "date_format", ""},
	{{.sqlstate = "57014"}, SEGMENT_REFUSED, STATUS_DEADLINE_EXCEEDED, "deadline", ""},
	{{.sqlstate = "53300"}, SEGMENT_REFUSED, STATUS_UNAVAILABLE, "busy", ""},
	{{.sqlstate = "40001"}, SEGMENT_CONFLICTED, STATUS_UNAVAILABLE, "busy", ""},
	{{.sqlstate = "40P01"}, SEGMENT_CONFLICTED, STATUS_UNAVAILABLE, "busy", ""},
	{{.sqlstate = "XX000", .message = "secret"}, SEGMENT_REFUSED, STATUS_INTERNAL, "internal", ""},
	{{.sqlstate = "CB010", .message = "conflict", .column = "base_version", .detail = "version=4"},
	 SEGMENT_REFUSED, STATUS_ABORTED, "conflict", "base_version"},
	{{.sqlstate = "CB016", .message = "session_expired"}, SEGMENT_REFUSED, STATUS_UNAUTHENTICATED,
	 "session_expired", ""},
};

START_TEST(errors_become_refusals)
{
	struct refusal refusal = {0};

	ck_assert_int_eq(pg_error_outcome(&cases[_i].error, &refusal), cases[_i].outcome);
	ck_assert_msg(refusal.code == cases[_i].code, "%s: %s", cases[_i].error.sqlstate, status_name(refusal.code));
	ck_assert_str_eq(refusal.rule, cases[_i].rule);
	ck_assert_str_eq(refusal.field, cases[_i].field);
}
END_TEST

START_TEST(only_our_own_details_become_params)
{
	struct pg_diagnostics own = {.sqlstate = "CB003", .message = "age", .detail = "min=216\nfound=200"};
	struct pg_diagnostics foreign = {.sqlstate = "23514", .constraint = "a__b", .detail = "x=1"};
	struct refusal refusal = {0};

	(void)pg_error_outcome(&own, &refusal);
	ck_assert_uint_eq(refusal.n_params, 2);
	ck_assert_str_eq(refusal.params[1].name, "found");
	ck_assert_str_eq(refusal.params[1].value, "200");
	(void)pg_error_outcome(&foreign, &refusal);
	ck_assert_uint_eq(refusal.n_params, 0);
}
END_TEST

START_TEST(success_in_disguise)
{
	struct refusal refusal = {0};

	ck_assert_int_eq(pg_error_outcome(&(struct pg_diagnostics){.sqlstate = "CB000"}, &refusal),
			 SEGMENT_ROLLED_BACK);
	ck_assert_int_eq(pg_error_outcome(&(struct pg_diagnostics){.sqlstate = "CB100"}, &refusal), SEGMENT_KNOWN);
	ck_assert(pg_error_needs_reconnect("0A000") && pg_error_needs_reconnect("26000"));
	ck_assert(!pg_error_needs_reconnect("23505"));
}
END_TEST

START_TEST(dates)
{
	static const char *const good[] = {"2021-11-06", "1965-07", "1965", "2020-02-29", "2000-02-29"};
	static const char *const bad[] = {"",           "2021-13",    "2021-11-31", "2021-2-3",   "1900-02-29", "06/11/2021",
					  "2021-11-6",  "20211106",   "0000-01-01", "2021-00-10", "2021-11-00", "2021-11-06 ",
					  "2021/11/06", "abcd-ef-gh", "1799"};

	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		ck_assert_msg(iso_date_valid(good[i]), "%s", good[i]);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!iso_date_valid(bad[i]), "%s", bad[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pg_error");
	TCase *tc = tcase_create("mapping");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_loop_test(tc, errors_become_refusals, 0, sizeof cases / sizeof *cases);
	tcase_add_test(tc, only_our_own_details_become_params);
	tcase_add_test(tc, success_in_disguise);
	tcase_add_test(tc, dates);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
