/* Kept heads: the newest of each feed, and what contradicts them. */
#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "files.h"
#include "heads.h"

static struct arena arena;
static char home[] = "/tmp/chibo-test-XXXXXX";

static void setup(void)
{
	arena_init(&arena, 16 << 20, 16 << 20);
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("XDG_STATE_HOME", home, 1);
	ck_assert_int_ge(sodium_init(), 0);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void teardown(void)
{
	ck_assert_int_eq(nftw(home, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_close(&arena);
}

static struct head head_of(uint8_t feed, uint64_t position, uint8_t hash)
{
	struct head head = {.position = position};

	memset(head.feed, feed, HEAD_FEED);
	memset(head.hash, hash, HEAD_HASH);
	return head;
}

/* A write that was sent now and is answered with this receipt. */
static enum heads_result take(uint8_t feed, uint64_t position, uint8_t hash, bool replayed)
{
	struct head head = head_of(feed, position, hash);
	struct heads before;

	heads_read(&arena, "a", &before);
	return heads_take(&arena, "a", &before, &head, replayed);
}

static bool has_evidence(void)
{
	return access(heads_evidence_path(&arena, "a"), F_OK) == 0;
}

START_TEST(the_newest_of_each_feed_are_kept)
{
	struct heads heads;
	struct stat st;

	for (uint64_t i = 1; i <= 25; i++) {
		ck_assert_int_eq(take(2, i, 7, false), HEADS_AGREE);
		ck_assert_int_eq(take(1, i * 3, 8, false), HEADS_AGREE);
	}
	ck_assert_int_eq(take(3, UINT64_MAX, 9, false), HEADS_AGREE);
	heads_read(&arena, "a", &heads);
	ck_assert_uint_eq(heads.n, 2 * HEADS_KEPT + 1);
	for (size_t i = 0; i < HEADS_KEPT; i++) {
		struct head first = head_of(1, (i + 6) * 3, 8), second = head_of(2, i + 6, 7);

		ck_assert_mem_eq(&heads.items[i], &first, sizeof(first));
		ck_assert_mem_eq(&heads.items[HEADS_KEPT + i], &second, sizeof(second));
	}
	ck_assert_uint_eq(heads.items[heads.n - 1].position, UINT64_MAX);
	ck_assert_int_eq(stat(heads_path(&arena, "a"), &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	heads_read(&arena, "b", &heads);
	ck_assert_uint_eq(heads.n, 0);
	ck_assert(!has_evidence());
}
END_TEST

START_TEST(a_fresh_write_stands_behind_what_was_kept)
{
	struct heads before, after;

	ck_assert_int_eq(take(1, 10, 7, false), HEADS_AGREE);
	ck_assert_int_eq(take(2, 4, 7, false), HEADS_AGREE);
	heads_read(&arena, "a", &before);
	ck_assert_int_eq(take(1, 10, 7, false), HEADS_CONTRADICT);
	ck_assert_int_eq(take(1, 9, 7, false), HEADS_CONTRADICT);
	heads_read(&arena, "a", &after);
	ck_assert_uint_eq(after.n, before.n);
	ck_assert_mem_eq(after.items, before.items, before.n * sizeof(*before.items));
	ck_assert(has_evidence());
}
END_TEST

START_TEST(a_replay_may_be_old_but_not_another)
{
	ck_assert_int_eq(take(1, 10, 7, false), HEADS_AGREE);
	ck_assert_int_eq(take(1, 8, 6, true), HEADS_AGREE);
	ck_assert_int_eq(take(1, 10, 7, true), HEADS_AGREE);
	ck_assert(!has_evidence());
	ck_assert_int_eq(take(1, 10, 8, true), HEADS_CONTRADICT);
	ck_assert(has_evidence());
}
END_TEST

START_TEST(programs_side_by_side_do_not_alarm)
{
	struct head mine = head_of(1, 11, 7);
	struct heads before;

	ck_assert_int_eq(take(1, 10, 7, false), HEADS_AGREE);
	heads_read(&arena, "a", &before);
	/* another program's write came later and was kept first */
	ck_assert_int_eq(take(1, 12, 7, false), HEADS_AGREE);
	ck_assert_int_eq(heads_take(&arena, "a", &before, &mine, false), HEADS_AGREE);
	heads_read(&arena, "a", &before);
	ck_assert_uint_eq(before.n, 3);
	ck_assert_uint_eq(before.items[1].position, 11);
}
END_TEST

START_TEST(lines_that_say_nothing_are_left_out)
{
	static const char text[] =
		"\n# x\n01010101-0101-0101-0101-010101010101 5 "
		"0707070707070707070707070707070707070707070707070707070707070707\n"
		"01010101-0101-0101-0101-010101010101 6 07\n01010101 7 08\n";
	struct heads heads;

	ck_assert(file_write(&arena, heads_path(&arena, "a"), text, sizeof(text) - 1));
	heads_read(&arena, "a", &heads);
	ck_assert_uint_eq(heads.n, 1);
	ck_assert_uint_eq(heads.items[0].position, 5);
}
END_TEST

START_TEST(the_first_evidence_stays)
{
	char *first, *later;
	size_t n;

	ck_assert_int_eq(take(1, 10, 7, false), HEADS_AGREE);
	ck_assert_int_eq(take(1, 3, 7, false), HEADS_CONTRADICT);
	ck_assert_int_eq(file_read(&arena, heads_evidence_path(&arena, "a"), 1 << 16, &first, &n),
			 FILE_READ);
	ck_assert_int_eq(take(1, 4, 9, false), HEADS_CONTRADICT);
	ck_assert_int_eq(file_read(&arena, heads_evidence_path(&arena, "a"), 1 << 16, &later, &n),
			 FILE_READ);
	ck_assert_str_eq(first, later);
	ck_assert_ptr_nonnull(strstr(first, " 10 "));
	ck_assert_ptr_nonnull(strstr(first, "# 01010101-0101-0101-0101-010101010101 3 "));
}
END_TEST

START_TEST(what_is_set_aside_is_not_overwritten)
{
	const char *first, *second;
	char *text;
	size_t n;

	ck_assert_ptr_null(heads_set_aside(&arena, "a", "h1"));
	ck_assert_int_eq(take(1, 7, 7, false), HEADS_AGREE);
	first = heads_set_aside(&arena, "a", "h1");
	ck_assert_ptr_nonnull(first);
	ck_assert_int_eq(take(1, 3, 3, false), HEADS_AGREE); /* and the end of the history was not noted yet */
	second = heads_set_aside(&arena, "a", "h1");
	ck_assert(second != NULL && strcmp(first, second) != 0);
	ck_assert_int_eq(file_read(&arena, first, 4096, &text, &n), FILE_READ);
	ck_assert_ptr_nonnull(strstr(text, " 7 "));
	ck_assert_int_eq(file_read(&arena, second, 4096, &text, &n), FILE_READ);
	ck_assert_ptr_nonnull(strstr(text, " 3 "));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_heads");
	TCase *tcase = tcase_create("heads");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, the_newest_of_each_feed_are_kept);
	tcase_add_test(tcase, a_fresh_write_stands_behind_what_was_kept);
	tcase_add_test(tcase, a_replay_may_be_old_but_not_another);
	tcase_add_test(tcase, programs_side_by_side_do_not_alarm);
	tcase_add_test(tcase, lines_that_say_nothing_are_left_out);
	tcase_add_test(tcase, the_first_evidence_stays);
	tcase_add_test(tcase, what_is_set_aside_is_not_overwritten);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
