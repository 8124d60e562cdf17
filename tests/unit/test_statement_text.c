/* The statement file format: what is read, what is rendered, what is refused with file and line. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "statement_text.h"

static struct arena arena;
static char reason[256];

static void setup(void)
{
	arena_init(&arena, 1 << 20, 1 << 20);
	reason[0] = '\0';
}

static void teardown(void)
{
	arena_close(&arena);
}

/* The files that may be included. */
static char *read_part(void *owner, const char *name)
{
	static const struct {
		const char *name, *text;
	} parts[] = {
		{"x/_record", "-- of the record\n-- args: id!\nselect a, b, $1\n;\n-- args: id!\n-- into: parts\n"
			      "select session_user limit 3\n"},
		{"x/_wrong", "-- args: a\n\nselect $2\n"},
		{"x/_nested", "-- include: x/_record\n"},
	};

	(void)owner;
	for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
		if (strcmp(parts[i].name, name) == 0)
			return arena_dup(&arena, parts[i].text, strlen(parts[i].text) + 1);
	return NULL;
}

static struct statement_text *parse(const char *file, size_t *n)
{
	const struct statement_includes includes = {.read = read_part};
	char *text = arena_dup(&arena, file, strlen(file) + 1);

	*n = 0;
	return statement_text_parse(&arena, text, "x.sql", &includes, n, reason, sizeof reason);
}

START_TEST(args_are_named_in_order)
{
	size_t n;
	struct statement_text *st = parse("-- args: id!, unit_id, lines.born_on\nselect $1, $2, $3\n", &n);

	ck_assert_uint_eq(n, 1);
	ck_assert_uint_eq(st->n_args, 3);
	ck_assert_str_eq(st->args[0].path, "id");
	ck_assert(st->args[0].mandatory && !st->args[1].mandatory);
	ck_assert_str_eq(st->args[2].path, "lines.born_on");
	ck_assert_str_eq(st->keyword, "select");
}
END_TEST

START_TEST(settings_are_rendered_and_the_rest_is_renumbered)
{
	size_t n;
	struct statement_text *st =
		parse("-- args: a, session.person_id, op.id, b\ninsert into t values ($4, $2, $1, $3)\n", &n);

	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(st->sql,
			 "insert into t values ($2, (select nullif(current_setting('app.person_id', true), '')::uuid),"
			 " $1, (select nullif(current_setting('app.op_id', true), '')::uuid))\n");
	st = parse("-- args: session.role, session.meeting_id\nselect $1, $2\n", &n);
	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(st->sql, "select (select nullif(current_setting('app.role', true), '')::text),"
				  " (select nullif(current_setting('app.meeting_id', true), '')::uuid)\n");
}
END_TEST

START_TEST(some_settings_are_words)
{
	size_t n;
	struct statement_text *st = parse("-- args: session.reach\nselect $1\n", &n);

	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(st->sql, "select (select nullif(current_setting('app.reach', true), '')::text)\n");
}
END_TEST

START_TEST(forms_are_taken_off_the_path)
{
	size_t n;
	struct statement_text *st =
		parse("-- args: id!, sealed.phone!, keyed.phone, told.phone, sealedphone\nselect $1, $2, $3, $4, $5\n", &n);

	ck_assert_uint_eq(n, 1);
	ck_assert_int_eq(st->args[0].form, FORM_PLAIN);
	ck_assert_int_eq(st->args[1].form, FORM_SEALED);
	ck_assert_int_eq(st->args[2].form, FORM_KEYED);
	ck_assert_int_eq(st->args[3].form, FORM_TOLD);
	ck_assert_int_eq(st->args[4].form, FORM_PLAIN);
	ck_assert_str_eq(st->args[1].path, "phone");
	ck_assert(st->args[1].mandatory && !st->args[2].mandatory);
	ck_assert_str_eq(st->sql, "select $1, $2, $3, $4, $5\n");
}
END_TEST

START_TEST(opened_columns_are_named)
{
	size_t n;
	struct statement_text *st = parse("-- args: id!\n-- opens: phone, notes\nselect id, phone, notes from t\n;\n"
					  "-- args:\nselect 1\n", &n);

	ck_assert_uint_eq(n, 2);
	ck_assert_uint_eq(st[0].n_opens, 2);
	ck_assert_str_eq(st[0].opens[0], "phone");
	ck_assert_str_eq(st[0].opens[1], "notes");
	ck_assert_uint_eq(st[1].n_opens, 0);
}
END_TEST

START_TEST(a_dollar_in_quotes_is_text)
{
	size_t n;
	struct statement_text *st = parse("-- args: a\nselect '$1', $1\n", &n);

	ck_assert_uint_eq(n, 1);
	ck_assert_str_eq(st->sql, "select '$1', $1\n");
}
END_TEST

START_TEST(statements_are_split_and_aimed)
{
	size_t n;
	struct statement_text *st = parse("-- what it does, args: none of it\n-- args: a\ninsert into t values ($1)\n;\n"
					  "-- args: a!   into: posts\nselect x from t limit 1\n;\n"
					  "-- args:\n-- into: totals\nselect 1\n",
					  &n);

	ck_assert_uint_eq(n, 3);
	ck_assert_str_eq(st[0].into, "");
	ck_assert_str_eq(st[1].into, "posts");
	ck_assert_uint_eq(st[1].n_args, 1);
	ck_assert_str_eq(st[2].into, "totals");
	ck_assert_uint_eq(st[2].n_args, 0);
	ck_assert(st[1].has_limit && !st[2].has_limit);
}
END_TEST

START_TEST(a_star_and_a_limit_are_words)
{
	size_t n;
	struct statement_text *st = parse("-- args:\nselect count(*) from limits\n;\n-- args:\nselect  * from t\n", &n);

	ck_assert_uint_eq(n, 2);
	ck_assert(!st[0].has_star && !st[0].has_limit);
	ck_assert(st[1].has_star);
}
END_TEST

START_TEST(shared_statements_are_included)
{
	size_t n;
	struct statement_text *st = parse("-- args: a\ninsert into t values ($1)\n;\n-- include:  x/_record\n;\n"
					  "-- args: c\nselect $1, 'a longer one than what was included'\n", &n);

	ck_assert_uint_eq(n, 4);
	ck_assert_str_eq(st[0].sql, "insert into t values ($1)\n");
	ck_assert_str_eq(st[1].sql, "select a, b, $1\n");
	ck_assert(st[1].n_args == 1 && st[1].args[0].mandatory);
	ck_assert_str_eq(st[2].into, "parts");
	ck_assert(st[2].has_limit);
	ck_assert_str_eq(st[3].sql, "select $1, 'a longer one than what was included'\n");
}
END_TEST

static const struct {
	const char *name, *file, *reason;
} refused[] = {
	{"an unknown file", "\n-- include: x/_none\n", "x.sql:2: include: there is no such file, or it is too long"},
	{"within a statement", "-- args: a\n-- include: x/_record\n", "x.sql:2: include: stands between statements"},
	{"wrong in what is included", "-- include: x/_wrong\n", "x/_wrong:3: a placeholder has no argument"},
	{"nested", "-- include: x/_nested\n", "x/_nested:1: an included file includes no other"},
	{"wrong behind what is included", "-- include: x/_record\n;\n-- args:\nselect $1\n",
	 "x.sql:4: a placeholder has no argument"},
	{"no args line", "select 1\n", "x.sql:2: a statement has no '-- args:' line"},
	{"no statement", "-- args: a\n;\n", "x.sql:2: an args line has no statement"},
	{"placeholder without argument", "-- args: a\nselect $2\n", "x.sql:2: a placeholder has no argument"},
	{"placeholder zero", "-- args: a\nselect $0\n", "x.sql:2: a placeholder has no argument"},
	{"two statements in one", "-- args:\nselect 1; select 2\n", "x.sql:2: ';' stands on a line of its own"},
	{"opens nothing", "-- args: a\n-- opens:\nselect 1\n", "x.sql:2: opens: names no column"},
	{"opens a gap", "-- args: a\n-- opens: a, , b\nselect 1\n",
	 "x.sql:2: opens: names columns, separated by commas"},
	{"opens too many", "-- args: a\n-- opens: a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a,a\nselect 1\n",
	 "x.sql:2: opens: names columns, separated by commas"},
	{"nothing", "\n", "x.sql:2: the file holds no statement"},
};

START_TEST(refusals_name_file_and_line)
{
	size_t n;

	ck_assert_msg(parse(refused[_i].file, &n) == NULL, "%s", refused[_i].name);
	ck_assert_str_eq(reason, refused[_i].reason);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statement_text");
	TCase *tc = tcase_create("format");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, args_are_named_in_order);
	tcase_add_test(tc, settings_are_rendered_and_the_rest_is_renumbered);
	tcase_add_test(tc, some_settings_are_words);
	tcase_add_test(tc, forms_are_taken_off_the_path);
	tcase_add_test(tc, opened_columns_are_named);
	tcase_add_test(tc, a_dollar_in_quotes_is_text);
	tcase_add_test(tc, statements_are_split_and_aimed);
	tcase_add_test(tc, a_star_and_a_limit_are_words);
	tcase_add_test(tc, shared_statements_are_included);
	tcase_add_loop_test(tc, refusals_name_file_and_line, 0, sizeof refused / sizeof *refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
