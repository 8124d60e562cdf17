/* config: the sample file is the table printed; bad files name line and key; reload takes what
 * it may. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "config.h"

static char path[] = "/tmp/chibo-config-XXXXXX";

static void setup(void)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	close(fd);
}

static void teardown(void)
{
	unlink(path);
}

static void write_file(const char *text)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
}

static char *read_all(FILE *file)
{
	char *text = calloc(1, 65536);

	ck_assert_ptr_nonnull(text);
	ck_assert_uint_lt(fread(text, 1, 65535, file), 65535);
	return text;
}

static char *printed(const struct config *config)
{
	FILE *file = tmpfile();
	char *text;

	ck_assert_ptr_nonnull(file);
	ck_assert(config_print(config, file));
	rewind(file);
	text = read_all(file);
	fclose(file);
	return text;
}

START_TEST(sample_file_is_the_table)
{
	FILE *sample = fopen(CHIBO_SOURCE_DIR "/deploy/examples/chibod.conf", "r");
	struct config config;
	char *expected;
	char *found;

	ck_assert_ptr_nonnull(sample);
	ck_assert(config_init(&config));
	expected = printed(&config);
	found = read_all(sample);
	ck_assert_msg(strcmp(expected, found) == 0,
		      "run: chibod --print-config > deploy/examples/chibod.conf");
	free(expected);
	free(found);
	fclose(sample);
	config_free(&config);
}
END_TEST

START_TEST(what_is_printed_reads_back)
{
	struct config_error error;
	struct config config;
	struct config again;
	char *first;
	char *second;

	write_file("db_name = \"a\\\"b\\\\c\\${HOME}\"\nlisten_port = 1\n");
	ck_assert_msg(config_load(&config, path, &error), "%s", error.text);
	ck_assert_str_eq(config.db_name, "a\"b\\c${HOME}");
	first = printed(&config);
	write_file(first);
	ck_assert_msg(config_load(&again, path, &error), "%s", error.text);
	second = printed(&again);
	ck_assert_str_eq(first, second);
	free(first);
	free(second);
	config_free(&config);
	config_free(&again);
}
END_TEST

static const struct {
	const char *file;
	const char *error; /* a part of it, after the path */
} bad[] = {
	{"listen_port = 65536\n", ":1: listen_port = 65536: must be 0 to 65535"},
	{"listen_port = -1\n", ":1: listen_port = -1"},
	{"\n\nlisten_port = many\n", ":3: "},
	{"db_name = \"\"\n", ":1: db_name: must have 1 to 63 characters"},
	{"listen_prot = 7443\n", ":1: "},
	{"listen_port 7443\n", ":1: "},
	{"log_level = \"loud\"\n", "log_level = \"loud\""},
	{"device_keys = \"perhaps\"\n", "device_keys = \"perhaps\""},
	{"queue_stop = 4096\n", "queue_resume = 65536 is above queue_stop = 4096"},
	{"frame_max_new = 8192\nframe_max = 4096\n",
	 "frame_max_new = 8192 is above frame_max = 4096"},
	{"listen_port = 99999999999999999999\n", ":1: "},
};

START_TEST(bad_files_are_refused)
{
	struct config_error error;
	struct config config;

	write_file(bad[_i].file);
	ck_assert_msg(!config_load(&config, path, &error), "accepted: %s", bad[_i].file);
	ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "%s", error.text);
	ck_assert_msg(strstr(error.text, bad[_i].error), "%s: %s", bad[_i].file, error.text);
}
END_TEST

START_TEST(a_missing_file_is_named)
{
	struct config_error error;
	struct config config;

	ck_assert(!config_load(&config, "/nonexistent/chibod.conf", &error));
	ck_assert_str_eq(error.text, "/nonexistent/chibod.conf: No such file or directory");
}
END_TEST

static char stayed[256];

static void on_stays(const char *name)
{
	strcat(stayed, name);
	strcat(stayed, " ");
}

START_TEST(reload_takes_what_it_may)
{
	struct config config;
	struct config fresh;
	struct config_error error;

	ck_assert(config_init(&config));
	write_file("idle_timeout_ms = 1000\ntls_key_file = \"/new\"\nlisten_port = 1\nsql_dir = "
		   "\"/s\"\n");
	ck_assert_msg(config_load(&fresh, path, &error), "%s", error.text);
	config_reload(&config, &fresh, on_stays);
	ck_assert_uint_eq(config.idle_timeout_ms, 1000);
	ck_assert_str_eq(config.tls_key_file, "/new");
	ck_assert_uint_eq(config.listen_port, 7443);
	ck_assert_str_eq(config.sql_dir, "/usr/share/chibo/sql");
	ck_assert_str_eq(stayed, "listen_port sql_dir ");
	config_free(&config);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *tcase = tcase_create("config");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, sample_file_is_the_table);
	tcase_add_test(tcase, what_is_printed_reads_back);
	tcase_add_loop_test(tcase, bad_files_are_refused, 0, sizeof bad / sizeof bad[0]);
	tcase_add_test(tcase, a_missing_file_is_named);
	tcase_add_test(tcase, reload_takes_what_it_may);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
