/* Statuses carry google.rpc names and numbers; refusals always fit and stay valid UTF-8. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "status.h"

START_TEST(names_and_numbers_are_those_of_google_rpc)
{
	ck_assert_str_eq(status_name(STATUS_OK), "OK");
	ck_assert_str_eq(status_name(STATUS_NOT_FOUND), "NOT_FOUND");
	ck_assert_str_eq(status_name(STATUS_UNAUTHENTICATED), "UNAUTHENTICATED");
	ck_assert_uint_eq(STATUS_INVALID_ARGUMENT, 3);
	ck_assert_uint_eq(STATUS_RESOURCE_EXHAUSTED, 8);
	ck_assert_uint_eq(STATUS_UNAVAILABLE, 14);
	ck_assert_uint_eq(STATUS_UNAUTHENTICATED, 16);
	ck_assert_str_eq(status_name((enum status)99), "UNKNOWN");
}
END_TEST

START_TEST(a_refusal_starts_afresh)
{
	struct refusal refusal;

	memset(&refusal, 0xAA, sizeof refusal);
	refusal_set(&refusal, STATUS_ABORTED, "conflict", "base_version");
	refusal_param(&refusal, "version", "%d", 7);
	ck_assert_uint_eq(refusal.code, STATUS_ABORTED);
	ck_assert_str_eq(refusal.rule, "conflict");
	ck_assert_str_eq(refusal.field, "base_version");
	ck_assert_uint_eq(refusal.n_params, 1);
	ck_assert_str_eq(refusal.params[0].name, "version");
	ck_assert_str_eq(refusal.params[0].value, "7");
	ck_assert_uint_eq(refusal.retry_after_ms, 0);
	refusal_set(&refusal, STATUS_NOT_FOUND, "not_found", NULL);
	ck_assert_str_eq(refusal.field, "");
	ck_assert_uint_eq(refusal.n_params, 0);
}
END_TEST

START_TEST(params_beyond_the_last_are_dropped)
{
	struct refusal refusal;
	int i;

	refusal_set(&refusal, STATUS_ABORTED, "conflict", NULL);
	for (i = 0; i < 9; i++)
		refusal_param(&refusal, "n", "%d", i);
	ck_assert_uint_eq(refusal.n_params, REFUSAL_PARAMS);
	ck_assert_str_eq(refusal.params[REFUSAL_PARAMS - 1].value, "3");
}
END_TEST

/* Texts of a few ASCII characters and then only `character`, so that the cut falls at every offset
 * in it. */
static void check_cut(const char *character, size_t ascii)
{
	struct refusal refusal;
	char text[400] = "aaaa";
	size_t width = strlen(character), len = ascii;
	size_t room = sizeof refusal.field - 1;

	while (len + width < sizeof text) {
		memcpy(text + len, character, width + 1);
		len += width;
	}
	refusal_set(&refusal, STATUS_ABORTED, "rule", text);
	refusal_param(&refusal, "n", "%s", text);
	ck_assert_uint_eq(strlen(refusal.field), ascii + (room - ascii) / width * width);
	ck_assert(memcmp(refusal.field, text, strlen(refusal.field)) == 0);
	ck_assert_str_eq(refusal.params[0].value, refusal.field);
}

START_TEST(long_texts_are_cut_between_characters)
{
	static const char *const characters[] = { "a", "đ", "ệ", "𠀀" };
	size_t i, ascii;

	for (i = 0; i < sizeof characters / sizeof *characters; i++) {
		for (ascii = 0; ascii < 4; ascii++)
			check_cut(characters[i], ascii);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("status");
	TCase *tests = tcase_create("status");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, names_and_numbers_are_those_of_google_rpc);
	tcase_add_test(tests, a_refusal_starts_afresh);
	tcase_add_test(tests, params_beyond_the_last_are_dropped);
	tcase_add_test(tests, long_texts_are_cut_between_characters);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
