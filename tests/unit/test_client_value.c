/* Values: what people type becomes the field, and the field becomes what people read. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "chibo/v1/member.pb-c.h"
#include "chibo/v1/report.pb-c.h"
#include "chibo/v1/session.pb-c.h"
#include "chibo/v1/unit.pb-c.h"
#include "clean.h"
#include "dates.h"
#include "forms.h"
#include "value.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena, 16 << 20, 16 << 20);
}

static void teardown(void)
{
	arena_close(&arena);
}

static const struct {
	const char *typed, *iso; /* NULL: refused */
} dates[] = {
	{"12/7/1985", "1985-07-12"},
	{"12-07-1985", "1985-07-12"},
	{"12.7.1985", "1985-07-12"},
	{"7/1985", "1985-07"},
	{"1985", "1985"},
	{"1985-07-12", "1985-07-12"},
	{"1985-07", "1985-07"},
	{"29/2/2020", "2020-02-29"},
	{"ngày 6 tháng 11 năm 2021", "2021-11-06"},
	{"Tháng 7 năm 1985", "1985-07"},
	{"29/2/2021", NULL},
	{"31/4/2000", NULL},
	{"0/1/2000", NULL},
	{"1/13/2000", NULL},
	{"12/7/85", NULL},
	{"1/1/1/2000", NULL},
	{"12/7/1985x", NULL},
	{"hôm nay", NULL},
	{"99999", NULL},
	{"-5", NULL},
	{"1700", NULL},
};

START_TEST(dates_in)
{
	char *iso = date_parse(&arena, dates[_i].typed);

	if (dates[_i].iso == NULL)
		ck_assert_msg(iso == NULL, "%s became %s", dates[_i].typed, iso);
	else
		ck_assert_str_eq(iso, dates[_i].iso);
}
END_TEST

START_TEST(dates_out)
{
	ck_assert_str_eq(date_show(&arena, "2021-11-06"), "06/11/2021");
	ck_assert_str_eq(date_show(&arena, "2021-11"), "11/2021");
	ck_assert_str_eq(date_show(&arena, "2021"), "2021");
	ck_assert_str_eq(date_show(&arena, "01-QĐ/TW"), "01-QĐ/TW");
}
END_TEST

START_TEST(instants)
{
	int64_t us;

	ck_assert(date_parse_instant("1970-01-01T07:00:00+07:00", &us) && us == 0);
	ck_assert(date_parse_instant("1970-01-01 07:00", &us) && us == 0);
	ck_assert(date_parse_instant("1970-01-01T00:00:01Z", &us) && us == 1000000);
	ck_assert(date_parse_instant("1/1/1970 07:00", &us) && us == 0);
	ck_assert(date_parse_instant("01/01/1970 07:00:01", &us) && us == 1000000);
	ck_assert(!date_parse_instant("31/2/1970", &us));
	ck_assert(!date_parse_instant("1/1/70 07:00", &us));
	ck_assert(!date_parse_instant("1/1 07:00", &us));
	ck_assert(!date_parse_instant("/1/1970", &us));
	ck_assert(!date_parse_instant("1970-01-01 25:00", &us));
	ck_assert(!date_parse_instant("1970-13-01", &us));
	ck_assert(!date_parse_instant("1970-01-01 07:00 now", &us));
	ck_assert_str_eq(date_instant(&arena, 0, DATE_ISO), "1970-01-01T07:00:00+07:00");
	ck_assert_str_eq(date_instant(&arena, 0, DATE_SHOWN), "01/01/1970 07:00");
}
END_TEST

/* The rule that refuses the text for a field of MemberCreateRequest; NULL: accepted. */
static const char *refused(const char *name, const char *text)
{
	ProtobufCMessage *message = value_new(&arena,
					      &chibo__v1__member_create_request__descriptor);
	static struct refusal refusal;

	if (value_set(&arena, message, value_field(message->descriptor, name), text, &refusal))
		return NULL;
	ck_assert_str_eq(refusal.field, name);
	return refusal.rule;
}

static const struct {
	const char *field, *text, *rule;
} values[] = {
	{"sex", "female", NULL},
	{"sex", "Nữ", NULL},
	{"sex", "nu", NULL},
	{"sex", "femal", "enum_value"},
	{"sex", "unspecified", "enum_value"},
	{"status", "chính thức", NULL},
	{"works_away", "yes", NULL},
	{"works_away", "Không", NULL},
	{"works_away", "x", NULL},
	{"works_away", "maybe", "bool_format"},
	{"id", "01890a5d-ac96-774b-bcce-b302099a8057", NULL},
	{"id", "01890a5d-ac96-774b-bcce-b302099a805", "uuid_format"},
	{"id", "01890a5dxac96-774b-bcce-b302099a8057", "uuid_format"},
	{"id", "g1890a5d-ac96-774b-bcce-b302099a8057", "uuid_format"},
	{"born_on", "1/1/1970", NULL},
	{"born_on", "1/1", "date_format"},
	{"given_name", "Lan", NULL},
	{"given_name", "La\x1bn", "control"},
	{"given_name", "\xff", "utf8"},
	{"given_name", "\xd0\x9d\x61", "look_alike"},
	{"given_name",
	 "L\xe2\x80\xae\xe2\x80\xac"
	 "an",
	 "control"},
};

START_TEST(fields_take_or_refuse)
{
	const char *rule = refused(values[_i].field, values[_i].text);

	if (values[_i].rule == NULL)
		ck_assert_msg(rule == NULL, "%s %s: %s", values[_i].field, values[_i].text, rule);
	else
		ck_assert_msg(rule != NULL && strcmp(rule, values[_i].rule) == 0, "%s %s: %s",
			      values[_i].field, values[_i].text, rule == NULL ? "accepted" : rule);
}
END_TEST

START_TEST(absent_and_empty_differ)
{
	Chibo__V1__MemberCreateRequest *message =
		(void *)value_new(&arena, &chibo__v1__member_create_request__descriptor);
	struct refusal refusal;

	ck_assert(value_set(&arena, &message->base,
			    value_field(message->base.descriptor, "middle_name"), "", &refusal));
	ck_assert_str_eq(message->middle_name, "");
	ck_assert_ptr_null(message->given_name);
	ck_assert(value_set(&arena, &message->base, value_field(message->base.descriptor, "sex"),
			    "", &refusal));
	ck_assert(!message->has_sex);
}
END_TEST

START_TEST(numbers)
{
	static const struct {
		const char *text;
		bool good;
		int32_t number;
	} cases[] = {
		{"12", true, 12},     {"-3", true, -3},	  {"1.234.567", true, 1234567},
		{"010", true, 10},    {"1.23", false, 0}, {"1234.567", false, 0},
		{"", true, 0},	      {"12a", false, 0},  {"2147483648", false, 0},
		{"1..234", false, 0}, {"-", false, 0},	  {".123", false, 0},
		{"1-2", false, 0},    {"0x10", false, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		Chibo__V1__UnitListRequest *message =
			(void *)value_new(&arena, &chibo__v1__unit_list_request__descriptor);
		struct refusal refusal;
		bool good = value_set(&arena, &message->base,
				      value_field(message->base.descriptor, "depth"), cases[i].text,
				      &refusal);

		ck_assert_msg(good == cases[i].good, "%s", cases[i].text);
		if (good && *cases[i].text != '\0')
			ck_assert_int_eq(message->depth, cases[i].number);
	}
}
END_TEST

static const struct {
	const char *field, *typed, *form;
} forms[] = {
	{"phone", "0912345678", "+84912345678"},
	{"phone", "0912.345.678", "+84912345678"},
	{"phone", " 0912 345 678 ", "+84912345678"},
	{"phone", "+84 912-345-678", "+84912345678"},
	{"phone", "0084912345678", "+84912345678"},
	{"phone", "(024) 3812 3456", "+842438123456"},
	{"phone", "912345678", "912345678"},
	{"phone", "0912x", "0912x"},
	{"phone", "84+912345678", "84+912345678"},
	{"phone", "", ""},
	{"phone", " ", " "},
	{"national_id", "001 185 012345", "001185012345"},
	{"national_id", "001.185.012345", "001185012345"},
	{"national_id", "CC 001", "CC 001"},
	{"address", "số 12. ngõ 3", "số 12. ngõ 3"},
};

START_TEST(numbers_are_written_in_one_form)
{
	ck_assert_str_eq(form_of(&arena, forms[_i].field, forms[_i].typed), forms[_i].form);
}
END_TEST

START_TEST(text_is_cleaned)
{
	const char *rule;

	ck_assert_str_eq(clean_input(&arena,
				     "  Nguyễn\xc2\xa0 Văn\t\xe2\x80\x8b"
				     "An \n",
				     &rule),
			 "Nguyễn Văn An");
	/* decomposed as macOS writes it; eth as a wrong keyboard does */
	ck_assert_str_eq(clean_input(&arena,
				     "Nguye\xcc\x82\xcc\x83n \xc3\x90\xe1\xbb\xa9"
				     "c",
				     &rule),
			 "Nguyễn Đức");
	ck_assert_str_eq(clean_fold(&arena, "Họ và Tên (khai sinh) ĐẢNG"),
			 "ho va ten khai sinh dang");
	ck_assert_str_eq(clean_shown(&arena, "a\x1b[31m\xe2\x80\xae\xe2\x80\xac\xff"),
			 "a\\u001b[31m\\u202e\\u202c\xef\xbf\xbd");
	ck_assert_uint_eq(clean_width("Thuỷ"), 4);
	ck_assert_str_eq(clean_wrap(&arena, "Phường Trung Tâm", 9), "Phường\nTrung Tâm");
	ck_assert_str_eq(clean_wrap(&arena, "abcdefgh", 3), "abc\ndef\ngh");
	ck_assert_uint_eq(clean_distance("lst", "list"), 1);
	ck_assert_uint_eq(clean_distance("lsit", "list"), 1);
	ck_assert_uint_eq(clean_distance("membr", "member"), 1);
	ck_assert_uint_eq(clean_distance("", "ab"), 2);
}
END_TEST

START_TEST(people_and_machines_read)
{
	Chibo__V1__SectorTotals totals = CHIBO__V1__SECTOR_TOTALS__INIT;
	Chibo__V1__MemberRow row = CHIBO__V1__MEMBER_ROW__INIT;
	char born_on[] = "1985-07-12";

	totals.has_members = 1;
	totals.members = 1234567;
	row.has_sex = 1;
	row.sex = CHIBO__V1__SEX__SEX_FEMALE;
	row.born_on = born_on;
	ck_assert_str_eq(value_human(&arena, LANG_VI, &totals.base,
				     value_field(totals.base.descriptor, "members")),
			 "1.234.567");
	ck_assert_str_eq(value_machine(&arena, &totals.base,
				       value_field(totals.base.descriptor, "members")),
			 "1234567");
	ck_assert_str_eq(value_human(&arena, LANG_VI, &row.base,
				     value_field(row.base.descriptor, "sex")),
			 "nữ");
	ck_assert_str_eq(value_human(&arena, LANG_EN, &row.base,
				     value_field(row.base.descriptor, "sex")),
			 "female");
	ck_assert_str_eq(value_machine(&arena, &row.base, value_field(row.base.descriptor, "sex")),
			 "female");
	ck_assert_str_eq(value_human(&arena, LANG_VI, &row.base,
				     value_field(row.base.descriptor, "born_on")),
			 "12/07/1985");
	ck_assert(!value_has(&row.base, value_field(row.base.descriptor, "id")));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_value");
	TCase *tcase = tcase_create("value");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, dates_in, 0, sizeof(dates) / sizeof(dates[0]));
	tcase_add_test(tcase, dates_out);
	tcase_add_test(tcase, instants);
	tcase_add_loop_test(tcase, fields_take_or_refuse, 0, sizeof(values) / sizeof(values[0]));
	tcase_add_test(tcase, absent_and_empty_differ);
	tcase_add_test(tcase, numbers);
	tcase_add_loop_test(tcase, numbers_are_written_in_one_form, 0,
			    sizeof(forms) / sizeof(forms[0]));
	tcase_add_test(tcase, text_is_cleaned);
	tcase_add_test(tcase, people_and_machines_read);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
