/* Grids and answers in every format: words stay whole, cells cannot become formulas, machines get
 * exact values. */
#include <check.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chibo/v1/account.pb-c.h"
#include "chibo/v1/member.pb-c.h"
#include "clean.h"
#include "client.h"
#include "grid.h"
#include "render.h"

static struct client client;
static char *printed;
static size_t printed_len;

static void setup(void)
{
	ck_assert_ptr_nonnull(setlocale(LC_CTYPE, "C.UTF-8"));
	setenv("COLUMNS", "80", 1);
	client_init(&client);
	client.out = open_memstream(&printed, &printed_len);
}

static void teardown(void)
{
	client_close(&client);
	free(printed);
}

static const char *text(void)
{
	fflush(client.out);
	return printed;
}

static struct grid people(void)
{
	struct grid grid;
	const char **row;

	grid_init(&grid, &client.mem, 3);
	grid_title(&grid, 0, "Họ và tên", false);
	grid_title(&grid, 1, "Tuổi đảng", true);
	grid_title(&grid, 2, "Chi bộ", false);
	row = grid_row(&grid);
	row[0] = "Nguyễn Thị Hồng Giang";
	row[1] = "30";
	row[2] = "Tổ dân phố đường phố số 2";
	row = grid_row(&grid);
	row[0] = "Lò Văn Sơn";
	row[1] = "5";
	return grid;
}

START_TEST(a_wide_table_is_one_line_a_row)
{
	struct grid grid = people();

	ck_assert(grid_print_table(&grid, client.out, 80, true));
	ck_assert_str_eq(text(), "Họ và tên              Tuổi đảng  Chi bộ\n"
				 "Nguyễn Thị Hồng Giang         30  Tổ dân phố đường phố số 2\n"
				 "Lò Văn Sơn                     5\n");
}
END_TEST

START_TEST(a_narrow_table_breaks_between_words)
{
	struct grid grid = people();

	ck_assert(grid_print_table(&grid, client.out, 40, true));
	for (const char *line = text(); *line != '\0'; line = strchr(line, '\n') + 1)
		ck_assert_uint_le(clean_width(mem_copy(&client.mem, line, strcspn(line, "\n"))),
				  40);
	ck_assert_ptr_nonnull(strstr(text(), "Nguyễn"));
	ck_assert_ptr_nonnull(strstr(text(), "đường"));
}
END_TEST

START_TEST(a_very_narrow_one_is_a_list)
{
	struct grid grid = people();

	ck_assert(grid_print_table(&grid, client.out, 24, true));
	ck_assert_str_eq(text(), "Họ và tên: Nguyễn Thị\n           Hồng Giang\n"
				 "Tuổi đảng: 30\n"
				 "Chi bộ:    Tổ dân phố\n           đường phố số\n           2\n"
				 "\n"
				 "Họ và tên: Lò Văn Sơn\n"
				 "Tuổi đảng: 5\n");
}
END_TEST

START_TEST(csv_is_rfc_4180_and_no_formula)
{
	const struct csv_style style = {',', true, true};
	struct grid grid;
	const char **row;

	grid_init(&grid, &client.mem, 4);
	for (size_t i = 0; i < 4; i++)
		grid_title(&grid, i, "t", false);
	row = grid_row(&grid);
	row[0] = "=1+1";
	row[1] = "-5";
	row[2] = "a \"b\", c";
	row[3] = "+84 1";
	ck_assert(grid_print_csv(&grid, client.out, &style));
	ck_assert_str_eq(text(), "\xef\xbb\xbft,t,t,t\r\n'=1+1,-5,\"a \"\"b\"\", c\",'+84 1\r\n");
}
END_TEST

START_TEST(tsv_has_one_line_a_record)
{
	struct grid grid;
	const char **row;

	grid_init(&grid, &client.mem, 2);
	grid_title(&grid, 0, "a", false);
	grid_title(&grid, 1, "b", false);
	row = grid_row(&grid);
	row[0] = "x\ty\nz";
	ck_assert(grid_print_tsv(&grid, client.out, true));
	ck_assert_str_eq(text(), "a\tb\nx y z\t\n");
}
END_TEST

/* ---- Answers ---- */

static void answer(enum output output, const char *columns)
{
	static char names[][8] = {"lan", "son\x1b[1m"};
	Chibo__V1__Account accounts[2] = {CHIBO__V1__ACCOUNT__INIT, CHIBO__V1__ACCOUNT__INIT};
	Chibo__V1__Account *first[] = {&accounts[0]}, *second[] = {&accounts[1]};
	Chibo__V1__AccountListResponse pages[2] = {CHIBO__V1__ACCOUNT_LIST_RESPONSE__INIT,
						   CHIBO__V1__ACCOUNT_LIST_RESPONSE__INIT};
	ProtobufCMessage *list[] = {&pages[0].base, &pages[1].base};

	accounts[0].login_name = names[0];
	accounts[0].has_has_password = 1;
	accounts[0].has_created_at_us = 1;
	accounts[1].login_name = names[1];
	pages[0].n_accounts = pages[1].n_accounts = 1;
	pages[0].accounts = first;
	pages[1].accounts = second;
	client.globals.output = output;
	client.globals.output_given = true;
	ck_assert_int_eq(render_answer(&client, pages[0].base.descriptor, list, 2, columns),
			 EXIT_DONE);
}

START_TEST(pages_become_one_table)
{
	answer(OUTPUT_TABLE, "login_name,has_password,created_at_us,ended_at_us");
	ck_assert_str_eq(text(), "Tên đăng nhập  Có mật khẩu  Mở lúc\n"
				 "lan            không        01/01/1970 07:00\n"
				 "son\\u001b[1m\n");
}
END_TEST

START_TEST(json_is_one_array)
{
	answer(OUTPUT_JSON, "");
	ck_assert_ptr_nonnull(strstr(text(), "\"login_name\": \"lan\""));
	ck_assert_ptr_nonnull(strstr(text(), "\"has_password\": false"));
	ck_assert_ptr_nonnull(strstr(text(), "\"created_at_us\": \"1970-01-01T07:00:00+07:00\""));
	ck_assert_ptr_nonnull(strstr(text(), "\"ended_at_us\": null"));
	ck_assert_ptr_nonnull(strstr(text(), "son\\u001B[1m"));
	ck_assert_int_eq(text()[0], '[');
}
END_TEST

START_TEST(jsonl_is_one_object_a_line)
{
	answer(OUTPUT_JSONL, "");
	ck_assert_int_eq(strncmp(text(), "{\"id\":null,", 11), 0);
	ck_assert_ptr_nonnull(strstr(text(), "}\n{"));
}
END_TEST

START_TEST(columns_are_chosen)
{
	client.globals.columns = "has_password,login_name";
	answer(OUTPUT_TSV, "");
	ck_assert_str_eq(text(), "has_password\tlogin_name\nfalse\tlan\n\tson\\u001b[1m\n");
}
END_TEST

START_TEST(a_record_is_a_list_of_pairs)
{
	Chibo__V1__MemberGetResponse response = CHIBO__V1__MEMBER_GET_RESPONSE__INIT;
	Chibo__V1__Member member = CHIBO__V1__MEMBER__INIT;
	ProtobufCMessage *page = &response.base;
	char name[] = "Nguyễn Lan", born_on[] = "1985-07";

	member.full_name = name;
	member.born_on = born_on;
	response.member = &member;
	client.globals.output_given = true;
	ck_assert_int_eq(render_answer(&client, page->descriptor, &page, 1, ""), EXIT_DONE);
	ck_assert_str_eq(text(), "Họ và tên: Nguyễn Lan\nNgày sinh: 07/1985\n");
}
END_TEST

/* ---- Pages ---- */

static void expect(const char *page, const char *part)
{
	ck_assert_msg(strstr(page, part) != NULL, "no %s in\n%s", part, page);
}

START_TEST(a_page_is_one_file)
{
	const char *page;

	client.title = "Tài khoản <1>";
	answer(OUTPUT_HTML, "login_name,created_at_us");
	page = text();
	ck_assert_int_eq(strncmp(page, "<!DOCTYPE html>\n<html lang=\"vi\">", 32), 0);
	expect(page, "<meta charset=\"utf-8\">");
	expect(page, "<title>Tài khoản &lt;1&gt;</title>");
	expect(page, "@page { size: A4; margin: 20mm 15mm 20mm 30mm }");
	expect(page, "thead { display: table-header-group }");
	expect(page, "\"Times New Roman\", \"Liberation Serif\", serif");
	expect(page, "<th class=\"\">Tên đăng nhập</th>");
	expect(page, "<td class=\" k\">01/01/1970 07:00</td>");
	expect(page, "<td class=\"\">son\\u001b[1m</td>");
	ck_assert_ptr_null(strstr(page, "://"));
	ck_assert_ptr_null(strstr(page, "<script"));
}
END_TEST

START_TEST(a_page_escapes_what_it_is_told)
{
	Chibo__V1__MemberGetResponse response = CHIBO__V1__MEMBER_GET_RESPONSE__INIT;
	Chibo__V1__Member member = CHIBO__V1__MEMBER__INIT;
	ProtobufCMessage *page = &response.base;
	char name[] = "<b onclick='x(\"&\")'>\x1b\nLan";

	member.full_name = name;
	response.member = &member;
	client.globals.output = OUTPUT_HTML;
	client.globals.output_given = true;
	ck_assert_int_eq(render_answer(&client, page->descriptor, &page, 1, ""), EXIT_DONE);
	expect(text(), "<td>&lt;b onclick=&#39;x(&quot;&amp;&quot;)&#39;&gt;\\u001b\nLan</td>");
}
END_TEST

START_TEST(lines_of_a_text_stand_below_each_other)
{
	Chibo__V1__MemberGetResponse response = CHIBO__V1__MEMBER_GET_RESPONSE__INIT;
	Chibo__V1__Member member = CHIBO__V1__MEMBER__INIT;
	ProtobufCMessage *page = &response.base;
	char name[] = "Một\n\nHai ba\x1b";

	member.full_name = name;
	response.member = &member;
	client.globals.output_given = true;
	ck_assert_int_eq(render_answer(&client, page->descriptor, &page, 1, ""), EXIT_DONE);
	ck_assert_str_eq(text(), "Họ và tên: Một\n\n           Hai ba\\u001b\n");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_grid");
	TCase *tcase = tcase_create("grid");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_wide_table_is_one_line_a_row);
	tcase_add_test(tcase, a_narrow_table_breaks_between_words);
	tcase_add_test(tcase, a_very_narrow_one_is_a_list);
	tcase_add_test(tcase, csv_is_rfc_4180_and_no_formula);
	tcase_add_test(tcase, tsv_has_one_line_a_record);
	tcase_add_test(tcase, pages_become_one_table);
	tcase_add_test(tcase, json_is_one_array);
	tcase_add_test(tcase, jsonl_is_one_object_a_line);
	tcase_add_test(tcase, columns_are_chosen);
	tcase_add_test(tcase, a_record_is_a_list_of_pairs);
	tcase_add_test(tcase, a_page_is_one_file);
	tcase_add_test(tcase, a_page_escapes_what_it_is_told);
	tcase_add_test(tcase, lines_of_a_text_stand_below_each_other);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
