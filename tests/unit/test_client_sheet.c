/* Sheets as offices hand them in: encodings, delimiters, titles, names, totals, signatures. */
#include <check.h>
#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#include "chibo/v1/catalogue.pb-c.h"
#include "chibo/v1/member.pb-c.h"
#include "client.h"
#include "lines.h"
#include "sheet.h"

static struct client client;
static struct sheet sheet;
static struct lines_map map;
static struct lines lines;

static void setup(void)
{
	client_init(&client);
	client.globals.quiet = true;
}

static void teardown(void)
{
	client_close(&client);
}

static enum sheet_state parse(const char *bytes, size_t n)
{
	unsigned bad_line;

	return sheet_parse(&client.mem, bytes, n, NULL, &sheet, &bad_line);
}

static void read_members(const char *text)
{
	ck_assert_int_eq(parse(text, strlen(text)), SHEET_READ);
	ck_assert(lines_map(&client.mem, &sheet, &chibo__v1__member_line__descriptor, &map));
	lines_read(&client, &sheet, &map, &lines);
}

static const Chibo__V1__MemberLine *member(size_t n)
{
	return (const void *)lines.items[n].message;
}

static const struct {
	const char *text;
	char delimiter;
} delimited[] = {
	{"a;b;c\n1;2,5;3\n", ';'},
	{"a,b,c\n1,2,3\n", ','},
	{"a\tb\tc\n1\t2\t3\n", '\t'},
	{"sep=;\r\na;b;c\r\n1;2;3\r\n", ';'},
	{"\xef\xbb\xbf\"a;,;,\";b;c\n", ';'},
	{"\"x\ny,,,,\"\na;b;c\n", ';'},
};

START_TEST(delimiters_are_found)
{
	ck_assert_int_eq(parse(delimited[_i].text, strlen(delimited[_i].text)), SHEET_READ);
	ck_assert_int_eq(sheet.delimiter, delimited[_i].delimiter);
}
END_TEST

START_TEST(bom_and_sep_line_vanish)
{
	ck_assert_int_eq(parse("\xef\xbb\xbfsep=;\r\na;b\r\n", 15), SHEET_READ);
	ck_assert_uint_eq(sheet.n_rows, 1);
	ck_assert_str_eq(sheet.rows[0].cells[0], "a");
	ck_assert_uint_eq(sheet.rows[0].line, 2);
}
END_TEST

START_TEST(lines_are_those_of_the_file)
{
	const char *text = "a,b\n\n\n1,\"x\ny\"\n2,z\n";

	ck_assert_int_eq(parse(text, strlen(text)), SHEET_READ);
	ck_assert_uint_eq(sheet.n_rows, 3);
	ck_assert_uint_eq(sheet.rows[1].line, 4);
	ck_assert_uint_eq(sheet.rows[2].line, 6);
}
END_TEST

START_TEST(encodings_are_found)
{
	static const char *const names[] = {"UTF-16LE", "WINDOWS-1258"};
	/* CP1258 has ễ only as ê and a tone mark of its own. */
	char precomposed[] = "Họ,Tên\nNguyễn,Đức\n";
	char decomposed[] = "Ho\xcc\xa3,T\xc3\xaan\nNguy\xc3\xaa\xcc\x83n,\xc4\x90\xc6\xb0\xcc\x81"
			    "c\n";
	char *in = _i == 0 ? precomposed : decomposed;
	char bytes[256] = "\xff\xfe", *out = bytes + (_i == 0 ? 2 : 0);
	size_t left = strlen(in), room = 200;
	iconv_t converter = iconv_open(names[_i], "UTF-8");

	ck_assert(converter != (iconv_t)-1);
	ck_assert_uint_ne(iconv(converter, &in, &left, &out, &room), (size_t)-1);
	iconv_close(converter);
	ck_assert_int_eq(parse(bytes, (size_t)(out - bytes)), SHEET_READ);
	ck_assert_uint_eq(sheet.n_rows, 2);
	ck_assert(lines_map(&client.mem, &sheet, &chibo__v1__member_line__descriptor, &map));
	lines_read(&client, &sheet, &map, &lines);
	ck_assert_str_eq(member(0)->family_name, "Nguyễn");
	ck_assert_str_eq(member(0)->given_name, "Đức");
}
END_TEST

static const struct {
	const char *bytes;
	size_t n;
	enum sheet_state state;
} bad[] = {
	{"PK\x03\x04zip", 7, SHEET_IS_ZIP},
	{"a,b\n\"x\"y,2\n", 11, SHEET_BAD_QUOTES},
	{"a,b\n\"open,2\n", 12, SHEET_BAD_QUOTES},
	{"a\0b,c\n", 6, SHEET_BAD_ENCODING},
};

START_TEST(bad_files_are_refused)
{
	ck_assert_int_eq(parse(bad[_i].bytes, bad[_i].n), bad[_i].state);
}
END_TEST

START_TEST(a_list_of_an_office)
{
	read_members("ĐẢNG BỘ PHƯỜNG;;;;;\r\n"
		     "DANH SÁCH ĐẢNG VIÊN;;;;;\r\n"
		     ";;;;;\r\n"
		     "STT;Họ và tên;Giới tính;Ngày sinh (dd/mm/yyyy);Mã đơn vị;Ngày vào Đảng\r\n"
		     "1;2;3;4;5;6\r\n"
		     "1;Nguyễn Thị Thu Lan;Nữ;12/7/1985;TT-01;3/2/2010\r\n"
		     "2;Lò Văn Sơn;Nam;1950;TT-02;1975\r\n"
		     ";Tổng cộng: 2;;;;\r\n"
		     ";;T/M ĐẢNG ỦY;;;NGƯỜI LẬP\r\n");
	ck_assert_uint_eq(map.header, 3);
	ck_assert_uint_eq(lines.n, 2);
	ck_assert_uint_eq(lines.n_problems, 0);
	ck_assert_int_eq(member(0)->row_no, 6);
	ck_assert_str_eq(member(0)->family_name, "Nguyễn");
	ck_assert_str_eq(member(0)->middle_name, "Thị Thu");
	ck_assert_str_eq(member(0)->given_name, "Lan");
	ck_assert_int_eq(member(0)->sex, CHIBO__V1__SEX__SEX_FEMALE);
	ck_assert_str_eq(member(0)->born_on, "1985-07-12");
	ck_assert_str_eq(member(1)->unit_code, "TT-02");
	ck_assert_str_eq(member(1)->joined_on, "1975");
}
END_TEST

START_TEST(names_in_two_columns)
{
	read_members("Họ và chữ đệm,Tên,Ngày sinh\nLò Thị,Mai,1990\nLò,Sơn,1991\n");
	ck_assert_str_eq(member(0)->family_name, "Lò");
	ck_assert_str_eq(member(0)->middle_name, "Thị");
	ck_assert_str_eq(member(0)->given_name, "Mai");
	ck_assert_ptr_null(member(1)->middle_name);
}
END_TEST

START_TEST(field_names_are_titles_too)
{
	read_members("family_name,given_name,born_on,card_no\nNguyễn,An,1990-01-02,00012345\n");
	ck_assert_str_eq(member(0)->given_name, "An");
	ck_assert_str_eq(member(0)->card_no, "00012345");
}
END_TEST

START_TEST(problems_name_row_column_and_value)
{
	read_members(
		"Họ và tên,Giới tính,Ngày sinh\nNguyễn An,Nam,31/2/1990\nLê Bình,Khác,1990,thừa\n");
	ck_assert_uint_eq(lines.n, 2);
	ck_assert_uint_eq(lines.n_problems, 3);
	ck_assert(lines.items[0].bad && lines.items[1].bad);
	ck_assert_uint_eq(lines.problems[0].row, 2);
	ck_assert_str_eq(lines.problems[0].column, "Ngày sinh");
	ck_assert_str_eq(lines.problems[0].value, "31/2/1990");
	ck_assert_str_eq(lines.problems[0].refusal.rule, "date_format");
	ck_assert_str_eq(lines.problems[1].refusal.rule, "enum_value");
	ck_assert_str_eq(lines.problems[2].refusal.rule, "row_mixed");
}
END_TEST

START_TEST(no_titles_no_list)
{
	ck_assert_int_eq(parse("1,2\n3,4\n", 8), SHEET_READ);
	ck_assert(!lines_map(&client.mem, &sheet, &chibo__v1__member_line__descriptor, &map));
}
END_TEST

START_TEST(other_messages_have_lines_too)
{
	const char *text = "sector,label,order_no\nhamlet,\"Thôn, bản\",1\n";

	ck_assert_int_eq(parse(text, strlen(text)), SHEET_READ);
	ck_assert(lines_map(&client.mem, &sheet, &chibo__v1__scheme_line__descriptor, &map));
	lines_read(&client, &sheet, &map, &lines);
	ck_assert_uint_eq(lines.n, 1);
	ck_assert_str_eq(
		((const Chibo__V1__SchemeLine *)(const void *)lines.items[0].message)->label,
		"Thôn, bản");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_sheet");
	TCase *tcase = tcase_create("sheet");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, delimiters_are_found, 0,
			    sizeof(delimited) / sizeof(delimited[0]));
	tcase_add_test(tcase, bom_and_sep_line_vanish);
	tcase_add_test(tcase, lines_are_those_of_the_file);
	tcase_add_loop_test(tcase, encodings_are_found, 0, 2);
	tcase_add_loop_test(tcase, bad_files_are_refused, 0, sizeof(bad) / sizeof(bad[0]));
	tcase_add_test(tcase, a_list_of_an_office);
	tcase_add_test(tcase, names_in_two_columns);
	tcase_add_test(tcase, field_names_are_titles_too);
	tcase_add_test(tcase, problems_name_row_column_and_value);
	tcase_add_test(tcase, no_titles_no_list);
	tcase_add_test(tcase, other_messages_have_lines_too);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
