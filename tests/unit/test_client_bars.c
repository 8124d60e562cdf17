/* Bars: in proportion, marked, beyond the whole, and never wider than the terminal. */
#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bars.h"
#include "chart.h"
#include "chibo/v1/report.pb-c.h"
#include "clean.h"
#include "client.h"

static struct client client;
static char *printed;
static size_t printed_len;

static void setup(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	client_init(&client);
	client.out = open_memstream(&printed, &printed_len);
}

static void teardown(void)
{
	client_close(&client);
	free(printed);
}

static const char *drawn(const struct bar *bars, size_t n, size_t width)
{
	rewind(client.out);
	ck_assert(bars_print(&client.mem, bars, n, client.out, width));
	fflush(client.out);
	return mem_copy(&client.mem, printed, printed_len);
}

START_TEST(a_bar_is_as_long_as_its_share)
{
	const struct bar bars[] = {
		{"A", 500, BARS_NONE, "50,0 %"},
		{"Bb", 1000, BARS_NONE, "100,0 %"},
		{"C", 0, BARS_NONE, "0,0 %"},
		{"D", 1, BARS_NONE, "0,1 %"},
	};

	ck_assert_str_eq(drawn(bars, 4, 33), "A   ██████████            50,0 %\n"
					     "Bb  ████████████████████  100,0 %\n"
					     "C                         0,0 %\n"
					     "D   █                     0,1 %\n");
}
END_TEST

START_TEST(a_mark_stands_where_the_bar_ought_to_be)
{
	const struct bar bars[] = {
		{"A", 255, 416, "25,5 %"},
		{"B", 800, 400, "80,0 %"},
		{"C", 0, 0, "0,0 %"},
	};

	ck_assert_str_eq(drawn(bars, 3, 31), "A  █████  |              25,5 %\n"
					     "B  ███████|████████      80,0 %\n"
					     "C  |                     0,0 %\n");
}
END_TEST

START_TEST(what_is_beyond_the_whole_is_seen)
{
	const struct bar bars[] = {{"A", 1080, BARS_NONE, "108,0 %"}, {"B", 1000, 1000, "100,0 %"}};
	const struct bar far[] = {{"A", 9000, BARS_NONE, "900,0 %"}, {"B", 1000, BARS_NONE, "100,0 %"}};

	ck_assert_str_eq(drawn(bars, 2, 39), "A  █████████████████████████▓▓  108,0 %\n"
					     "B  ████████████████████████|    100,0 %\n");
	ck_assert_str_eq(drawn(far, 2, 32), "A  ██████████▓▓▓▓▓▓▓▓▓▶  900,0 %\n"
					    "B  ██████████            100,0 %\n");
}
END_TEST

START_TEST(a_row_without_a_target_says_so)
{
	const struct bar bars[] = {{"A", BARS_NONE, BARS_NONE, "–"}, {"B", BARS_NONE, BARS_NONE, ""}};

	ck_assert_str_eq(drawn(bars, 2, 20), "A                  –\n"
					     "B\n");
}
END_TEST

START_TEST(nothing_is_wider_than_the_terminal)
{
	const struct bar bars[] = {
		{"Đảng bộ phường Trung Tâm, tổ dân phố đường phố số 2", 1080, 416, "108,0 %"},
		{"Chi bộ", 12345678, 5000, "1.234.567,8 %"},
	};

	for (size_t width = 40; width <= 120; width += 20) {
		for (const char *line = drawn(bars, 2, width); *line != '\0'; line = strchr(line, '\n') + 1) {
			size_t n = strcspn(line, "\n");

			ck_assert_uint_le(clean_width(mem_copy(&client.mem, line, n)), width);
			ck_assert(n == 0 || line[n - 1] != ' ');
		}
	}
	ck_assert_ptr_nonnull(strstr(printed, "phố số 2"));
}
END_TEST

START_TEST(tenths_are_read_exactly)
{
	ck_assert_int_eq(bars_tenths("44.6"), 446);
	ck_assert_int_eq(bars_tenths("200"), 2000);
	ck_assert_int_eq(bars_tenths("0.0"), 0);
	ck_assert_int_eq(bars_tenths(""), BARS_NONE);
	ck_assert_int_eq(bars_tenths("-1.0"), BARS_NONE);
	ck_assert_int_eq(bars_tenths("1.25"), BARS_NONE);
	ck_assert_int_eq(bars_tenths("12345678901234567890"), BARS_NONE);
}
END_TEST

/* R08 of a unit with one row below it. */
static void chart_of(char *year_pct, char *term_pct, size_t width)
{
	Chibo__V1__ProgressRow row = CHIBO__V1__PROGRESS_ROW__INIT, total = CHIBO__V1__PROGRESS_ROW__INIT;
	Chibo__V1__ProgressRow *rows = &row, *totals = &total;
	Chibo__V1__ReportProgressResponse answer = CHIBO__V1__REPORT_PROGRESS_RESPONSE__INIT;
	ProtobufCMessage *page = &answer.base;
	char name[] = "Đội 1", whole[] = "Ngô Quyền", due[] = "83.3";

	row.unit_name = name;
	total.unit_name = whole;
	total.year_pct = year_pct;
	total.term_pct = term_pct;
	total.pro_rata = year_pct != NULL ? due : NULL;
	total.has_year_target = year_pct != NULL;
	total.year_target = 200;
	answer.n_rows = answer.n_totals = 1;
	answer.rows = &rows;
	answer.totals = &totals;
	chart_print(&client, &page, 1, width);
	fflush(client.out);
}

START_TEST(progress_is_drawn_against_the_year)
{
	char year[] = "25.5", term[] = "44.6";

	client.lang = LANG_VI;
	chart_of(year, term, 39);
	ck_assert_ptr_nonnull(strstr(printed, "% chỉ tiêu năm"));
	ck_assert_ptr_nonnull(strstr(printed, "Ngô Quyền  █████  |              25,5 %\n"));
	ck_assert_ptr_null(strstr(printed, "Đội 1")); /* it has no target */
}
END_TEST

START_TEST(without_a_target_of_the_year_against_the_term)
{
	char term[] = "108.0";

	chart_of(NULL, term, 40);
	ck_assert_ptr_nonnull(strstr(printed, "▓  108"));
	ck_assert_ptr_null(strstr(printed, "███|"));
}
END_TEST

START_TEST(without_any_there_is_no_chart)
{
	chart_of(NULL, NULL, 40);
	ck_assert_str_eq(printed, "");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_bars");
	TCase *tcase = tcase_create("bars");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_bar_is_as_long_as_its_share);
	tcase_add_test(tcase, a_mark_stands_where_the_bar_ought_to_be);
	tcase_add_test(tcase, what_is_beyond_the_whole_is_seen);
	tcase_add_test(tcase, a_row_without_a_target_says_so);
	tcase_add_test(tcase, nothing_is_wider_than_the_terminal);
	tcase_add_test(tcase, tenths_are_read_exactly);
	tcase_add_test(tcase, progress_is_drawn_against_the_year);
	tcase_add_test(tcase, without_a_target_of_the_year_against_the_term);
	tcase_add_test(tcase, without_any_there_is_no_chart);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
