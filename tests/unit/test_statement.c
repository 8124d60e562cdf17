/* Folders of statement files: what is included, by whom, and what is prepared for all who share it. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <check.h>

#include "chibo/v1/post.pb-c.h"
#include "statement.h"

static char dir[32];
static char reason[512];
static struct statement_set *set;

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	(void)snprintf(path, sizeof path, "%s/post/%s.sql", dir, name);
	file = fopen(path, "we");
	ck_assert_ptr_nonnull(file);
	ck_assert_int_ge(fputs(text, file), 0);
	ck_assert_int_eq(fclose(file), 0);
}

/* The internal service as it is, and of the posts what a test puts there. */
static void setup(void)
{
	char path[64];

	strcpy(dir, "/tmp/statement-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(dir));
	(void)snprintf(path, sizeof path, "%s/internal", dir);
	ck_assert_int_eq(symlink(CHIBO_SOURCE_DIR "/server/sql/internal", path), 0);
	(void)snprintf(path, sizeof path, "%s/post", dir);
	ck_assert_int_eq(mkdir(path, 0700), 0);
	set = NULL;
	reason[0] = '\0';
}

static void remove_post(const char *name)
{
	char path[128];

	(void)snprintf(path, sizeof path, "%s/post/%s.sql", dir, name);
	(void)unlink(path);
}

static void teardown(void)
{
	static const char *const names[] = {"_record", "_other", "create", "end", "get"};
	char path[64];

	statement_set_free(set);
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove_post(names[i]);
	(void)snprintf(path, sizeof path, "%s/post", dir);
	ck_assert_int_eq(rmdir(path), 0);
	(void)snprintf(path, sizeof path, "%s/internal", dir);
	ck_assert_int_eq(unlink(path), 0);
	ck_assert_int_eq(rmdir(dir), 0);
}

static bool load(void)
{
	static const ProtobufCServiceDescriptor *const services[] = {&chibo__v1__post_service__descriptor};

	set = statement_set_load(dir, NULL, services, 1, reason, sizeof reason);
	return set != NULL;
}

static const struct method_statements *find(const char *method)
{
	return statement_set_find(set, protobuf_c_service_descriptor_get_method_by_name(
					       &chibo__v1__post_service__descriptor, method));
}

static unsigned times_prepared(const char *sql)
{
	unsigned n = 0;

	for (size_t i = 0; i < statement_set_count(set); i++)
		n += strcmp(statement_set_at(set, i)->sql, sql) == 0;
	return n;
}

START_TEST(an_answer_is_included_and_prepared_once)
{
	const struct statement *create, *end;

	put("_record", "-- of the post\n-- args: id!\nselect title from post where id = $1::uuid\n");
	put("create", "-- args: id!, title\ninsert into post values ($1, $2)\n;\n-- include: post/_record\n");
	put("end", "-- include: post/_record\n");
	ck_assert_msg(load(), "%s", reason);
	ck_assert_uint_eq(find("Create")->n, 2);
	ck_assert_uint_eq(find("End")->n, 1);
	create = &find("Create")->items[1];
	end = &find("End")->items[0];

	ck_assert_str_eq(create->name, "post/create:2");
	ck_assert_str_eq(create->place, "post/create:2 (post/_record:2)");
	ck_assert_str_eq(end->name, "post/end:1");
	ck_assert_str_eq(end->prepared, create->name);
	ck_assert_ptr_eq(create->same, end);
	ck_assert_uint_eq(times_prepared(end->sql), 1);

	/* Each is bound from its own request and fills its own response. */
	ck_assert_ptr_eq(create->method->input, &chibo__v1__post_create_request__descriptor);
	ck_assert_ptr_eq(end->method->input, &chibo__v1__post_end_request__descriptor);
	ck_assert(create->is_main && end->is_main && create->columns != end->columns && create->params != end->params);
}
END_TEST

START_TEST(a_statement_of_its_own_is_prepared_under_its_name)
{
	put("create", "-- args: id!\nselect title from post where id = $1::uuid\n");
	put("end", "-- args: id!\nselect title from post where id = $1::uuid and true\n");
	ck_assert_msg(load(), "%s", reason);
	ck_assert_str_eq(find("End")->items->prepared, "post/end:1");
	ck_assert_str_eq(find("End")->items->place, "post/end:1");
	ck_assert_ptr_null(find("Create")->items->same);
}
END_TEST

static bool fits_nothing(struct statement *statement)
{
	const struct statement_description other = {.n_params = 7};

	return statement_fit(statement, &other, NULL, reason, sizeof reason);
}

START_TEST(a_misfit_is_named_for_each_that_shares_the_text)
{
	put("_record", "\n\n-- args: id!\nselect title from post where id = $1::uuid\n");
	put("create", "-- include: post/_record\n");
	put("end", "-- include: post/_record\n");
	ck_assert_msg(load(), "%s", reason);
	ck_assert(!fits_nothing(find("Create")->items));
	ck_assert_str_eq(reason, "post/create:1 (post/_record:3): args '' are not as many as the placeholders");
	ck_assert(!fits_nothing(find("Create")->items->same));
	ck_assert_str_eq(reason, "post/end:1 (post/_record:3): args '' are not as many as the placeholders");
}
END_TEST

static const struct {
	const char *name, *create, *record, *other, *reason;
} refused[] = {
	{"included by nobody", "-- include: post/_record\n", "-- args: id!\nselect 1\n", "-- args:\nselect 2\n",
	 "post/_other.sql is included by no method"},
	{"unknown", "\n-- include: post/_none\n", NULL, NULL,
	 "post/create.sql:2: include: there is no such file, or it is too long"},
	{"a method's own file", "-- include: post/create\n", NULL, NULL,
	 "post/create.sql:1: include: there is no such file, or it is too long"},
	{"nested", "-- include: post/_record\n", "-- args: id!\nselect 1\n;\n-- include: post/_other\n",
	 "-- args:\nselect 2\n", "post/_record:4: an included file includes no other"},
	{"wrong in it", "-- include: post/_record\n", "-- args: id!\n\nselect $2\n", NULL,
	 "post/_record:3: a placeholder has no argument"},
	{"no field of the request", "-- args: id!\nselect 1\n;\n-- include: post/_record\n",
	 "\n-- args: unknown\nselect $1\n", NULL,
	 "post/create:2 (post/_record:2): args: chibo.v1.PostCreateRequest has no field 'unknown'"},
};

START_TEST(refusals_say_where)
{
	put("create", refused[_i].create);
	if (refused[_i].record)
		put("_record", refused[_i].record);
	if (refused[_i].other)
		put("_other", refused[_i].other);
	ck_assert_msg(!load(), "%s", refused[_i].name);
	ck_assert_msg(strstr(reason, refused[_i].reason) != NULL, "%s: %s", refused[_i].name, reason);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statement");
	TCase *tc = tcase_create("folders");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, an_answer_is_included_and_prepared_once);
	tcase_add_test(tc, a_statement_of_its_own_is_prepared_under_its_name);
	tcase_add_test(tc, a_misfit_is_named_for_each_that_shares_the_text);
	tcase_add_loop_test(tc, refusals_say_where, 0, sizeof refused / sizeof *refused);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
