/* log: one line per event whatever the values are, levels, call numbers, errno. */
#include <check.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "log.h"

static int ends[2];
static char line[8192];

static void setup(void)
{
	unsetenv("JOURNAL_STREAM");
	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
	log_open(ends[1], LOG_LEVEL_INFO);
}

/* What was written since the last call; empty if nothing was. */
static const char *written(void)
{
	ssize_t n = read(ends[0], line, sizeof line - 1);

	line[n > 0 ? n : 0] = '\0';
	return line;
}

static void assert_ends_with(const char *text, const char *end)
{
	size_t have = strlen(text);

	ck_assert_msg(have >= strlen(end) && strcmp(text + have - strlen(end), end) == 0,
		      "\"%s\" does not end with \"%s\"", text, end);
}

START_TEST(a_line_has_time_level_and_event)
{
	log_info("event=closed conn=%d", 7);
	ck_assert_int_eq(strncmp(written(), "time=2", 6), 0);
	assert_ends_with(line, "Z level=info event=closed conn=7\n");
}
END_TEST

START_TEST(levels_below_are_silent)
{
	log_debug("event=x");
	ck_assert_str_eq(written(), "");
	log_set_level(LOG_LEVEL_ERROR);
	log_warn("event=x");
	log_info("event=x");
	ck_assert_str_eq(written(), "");
	log_error("event=x");
	assert_ends_with(written(), "level=error event=x\n");
}
END_TEST

START_TEST(journald_gets_a_priority_and_no_time)
{
	struct stat st;
	char stream[64];

	ck_assert_int_eq(fstat(ends[1], &st), 0);
	snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)st.st_dev, (uintmax_t)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open(ends[1], LOG_LEVEL_INFO);
	log_warn("event=x");
	ck_assert_str_eq(written(), "<4>level=warn event=x\n");
	setenv("JOURNAL_STREAM", "1:1", 1); /* somebody else's */
	log_open(ends[1], LOG_LEVEL_INFO);
	log_warn("event=x");
	ck_assert_int_eq(strncmp(written(), "time=", 5), 0);
}
END_TEST

START_TEST(the_call_is_on_every_line)
{
	uint64_t before = log_enter(17);

	ck_assert_uint_eq(before, 0);
	log_info("event=x");
	assert_ends_with(written(), "level=info call=17 event=x\n");
	log_leave(before);
	log_info("event=x");
	assert_ends_with(written(), "level=info event=x\n");
}
END_TEST

START_TEST(a_value_cannot_start_a_field_or_a_line)
{
	log_info("login=%s", LOG_TEXT("x\" level=error\n<0>event=fake\\"));
	assert_ends_with(written(), "login=\"x\\\" level=error\\x0a<0>event=fake\\\\\"\n");
	log_info("login=%s", "forgotten\nquotes\x1b[0m");
	assert_ends_with(written(), "login=forgotten?quotes?[0m\n");
	log_info("name=%s", LOG_TEXT("Hồ Sỹ Đoài"));
	assert_ends_with(written(), "name=\"Hồ Sỹ Đoài\"\n");
	log_info("a=%s b=%s", LOG_TEXT(NULL), LOG_BYTES("x\0y", 3));
	assert_ends_with(written(), "a=\"\" b=\"x\\x00y\"\n");
}
END_TEST

START_TEST(long_values_and_lines_are_cut)
{
	char text[5000];

	memset(text, '\n', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	log_info("a=%s b=%s", LOG_TEXT(text), LOG_TEXT("b"));
	assert_ends_with(written(), "\\x0a\" b=\"b\"\n");
	ck_assert_uint_lt(strlen(line), 300);
	memset(text, 'x', sizeof text - 1);
	log_info("a=%s", text);
	assert_ends_with(written(), "xxx\n");
	ck_assert_uint_le(strlen(line), 2048);
}
END_TEST

START_TEST(ids_are_hexadecimal)
{
	const unsigned char id[20] = {0x01, 0x8f, 0xff};

	log_info("id=%s short=%s", LOG_HEX(id, sizeof id), LOG_HEX(id, 3));
	assert_ends_with(written(), "id=018fff00000000000000000000000000 short=018fff\n");
}
END_TEST

START_TEST(errno_is_kept)
{
	close(ends[0]);
	close(ends[1]); /* the write fails */
	errno = ENOSPC;
	log_info("event=x");
	ck_assert_int_eq(errno, ENOSPC);
}
END_TEST

START_TEST(level_names)
{
	enum log_level level;

	ck_assert(log_level_parse("debug", &level));
	ck_assert_int_eq(level, LOG_LEVEL_DEBUG);
	ck_assert(!log_level_parse("err", &level));
	ck_assert(!log_level_parse("", &level));
}
END_TEST

START_TEST(fatal_says_why_and_exits)
{
	log_fatal(78, "event=refused");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("log");
	TCase *tcase = tcase_create("log");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, a_line_has_time_level_and_event);
	tcase_add_test(tcase, levels_below_are_silent);
	tcase_add_test(tcase, journald_gets_a_priority_and_no_time);
	tcase_add_test(tcase, the_call_is_on_every_line);
	tcase_add_test(tcase, a_value_cannot_start_a_field_or_a_line);
	tcase_add_test(tcase, long_values_and_lines_are_cut);
	tcase_add_test(tcase, ids_are_hexadecimal);
	tcase_add_test(tcase, errno_is_kept);
	tcase_add_test(tcase, level_names);
	tcase_add_exit_test(tcase, fatal_says_why_and_exits, 78);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
