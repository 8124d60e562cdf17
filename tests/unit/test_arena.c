/* The arena keeps to both caps, and unpacking into it fails cleanly wherever they bite (pitfalls
 * W2, W16). */
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "arena.h"
#include "kinds.pb-c.h"

static int fail_at; /* the n-th malloc from now fails, Check's own as well; 0: none does */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	return __real_malloc(size);
}

START_TEST(allocations_are_aligned_and_apart)
{
	struct arena arena;
	char *before = NULL;
	size_t size;

	arena_init(&arena, 1 << 20, 1 << 20);
	for (size = 0; size < 300; size++) {
		char *here = arena_alloc(&arena, size);
		ck_assert_ptr_nonnull(here);
		ck_assert_uint_eq((uintptr_t)here % 16, 0);
		ck_assert_ptr_ne(here, before);
		memset(here, 0x5A, size);
		before = here;
	}
	arena_close(&arena);
}
END_TEST

START_TEST(zalloc_and_dup_give_what_they_say)
{
	struct arena arena;
	char *bytes;

	arena_init(&arena, 1000, 1000);
	bytes = arena_alloc(&arena, 64);
	memset(bytes, 0xAA, 64);
	arena_free(&arena, bytes);
	ck_assert_ptr_eq(arena_zalloc(&arena, 64), bytes);
	ck_assert(bytes[0] == 0 && bytes[63] == 0);
	ck_assert_str_eq(arena_dup(&arena, "chi bộ!!", 8), "chi bộ");
	ck_assert_str_eq(arena_dup(&arena, NULL, 0), "");
	ck_assert_ptr_null(arena_dup(&arena, "", SIZE_MAX));
	arena_close(&arena);
}
END_TEST

START_TEST(both_caps_hold)
{
	struct arena arena;
	void *last;
	int i;

	arena_init(&arena, 64, 128);
	ck_assert_ptr_null(arena_alloc(&arena, 65));
	ck_assert_ptr_nonnull(arena_alloc(&arena, 48));
	for (i = 0; i < 5; i++) {
		last = arena_alloc(&arena, 16);
		ck_assert_ptr_nonnull(last);
		ck_assert_ptr_null(arena_alloc(&arena, 1)); /* live */
		arena_free(&arena, last);
	}
	ck_assert_ptr_null(arena_alloc(&arena, 1)); /* total, although 16 live bytes are left */
	ck_assert_uint_eq(arena.live, 48);
	ck_assert_uint_eq(arena.total, 128);
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX));
	ck_assert_ptr_null(arena_alloc(&arena, SIZE_MAX - 15));
	arena_reset(&arena);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 64));
	arena_close(&arena);
}
END_TEST

START_TEST(only_the_newest_is_given_back)
{
	struct arena arena;
	char *first, *second;

	arena_init(&arena, 1000, 1000);
	first = arena_alloc(&arena, 16);
	second = arena_alloc(&arena, 16);
	arena_free(&arena, first);
	arena_free(&arena, NULL);
	ck_assert_uint_eq(arena.live, 32);
	arena_free(&arena, second);
	ck_assert_uint_eq(arena.live, 16);
	arena_free(&arena, second);
	ck_assert_uint_eq(arena.live, 16);
	ck_assert_ptr_eq(arena_alloc(&arena, 16), second);
	arena_close(&arena);
}
END_TEST

START_TEST(reset_forgets_and_close_allows_reuse)
{
	struct arena arena;
	int round;

	arena_init(&arena, 1 << 20, 1 << 20);
	for (round = 0; round < 3; round++) {
		ck_assert_ptr_nonnull(arena_alloc(&arena, 100000));
		ck_assert_ptr_nonnull(arena_alloc(&arena, 10));
		ck_assert_ptr_nonnull(arena_alloc(&arena, 5000));
		arena_reset(&arena);
		ck_assert_uint_eq(arena.live + arena.total, 0);
	}
	arena_close(&arena);
	ck_assert_ptr_nonnull(arena_alloc(&arena, 10));
	arena_close(&arena);
}
END_TEST

/* A packed message with nested, repeated, oneof and unknown fields. */
static size_t pack_sample(uint8_t *out, size_t size)
{
	char *words[] = { (char[]){ "một" }, (char[]){ "hai" } };
	Test__Line line = TEST__LINE__INIT;
	Test__Line *lines[] = { &line, &line, &line };
	Test__Kinds kinds = TEST__KINDS__INIT;
	size_t len;

	line.text = (char[]){ "Tổ dân phố 1" };
	line.n_words = 2;
	line.words = words;
	kinds.string = line.text;
	kinds.bytes = (ProtobufCBinaryData){ .len = 3, .data = (uint8_t[]){ 1, 2, 3 } };
	kinds.has_bytes = 1;
	kinds.line = &line;
	kinds.n_lines = 3;
	kinds.lines = lines;
	kinds.choice_case = TEST__KINDS__CHOICE_NAMED_LINE;
	kinds.named_line = &line;
	len = test__kinds__get_packed_size(&kinds);
	ck_assert_uint_lt(len + 4, size);
	test__kinds__pack(&kinds, out);
	memcpy(out + len, "\xA2\x1F\x01x", 4); /* field 500, unknown */
	return len + 4;
}

static Test__Kinds *unpack(struct arena *arena, const uint8_t *bytes, size_t len)
{
	return test__kinds__unpack(arena_allocator(arena), len, bytes);
}

START_TEST(w16_unpack_fails_cleanly_at_every_cap)
{
	uint8_t bytes[1000];
	size_t len = pack_sample(bytes, sizeof bytes);
	size_t total;
	unsigned failures = 0;

	for (total = 0;; total += 16) {
		struct arena arena;
		Test__Kinds *kinds;
		arena_init(&arena, 1 << 20, total);
		kinds = unpack(&arena, bytes, len);
		ck_assert_uint_le(arena.total, total);
		if (kinds)
			ck_assert_str_eq(kinds->lines[2]->words[1], "hai");
		arena_close(&arena);
		if (kinds)
			break;
		failures++;
	}
	ck_assert_uint_gt(failures, 25);
}
END_TEST

START_TEST(w16_unpack_fails_cleanly_at_every_malloc)
{
	static uint8_t bytes[12000]; /* enough for several chunks */
	bool done = false;
	size_t len;
	int n;

	for (len = 0; len + 8 <= sizeof bytes; len += 8)
		memcpy(bytes + len, "\x92\x01\x05\x0A\x03xyz", 8); /* lines { text: "xyz" } */
	for (n = 1; !done; n++) {
		struct arena arena;
		bool survived;
		arena_init(&arena, 1 << 22, 1 << 22);
		fail_at = n;
		done = unpack(&arena, bytes, len) != NULL;
		survived = fail_at > 0;
		fail_at = 0;
		ck_assert(done == survived);
		arena_close(&arena);
	}
	ck_assert_int_gt(n, 10);
}
END_TEST

/* A singular message that comes again and again: protobuf-c merges its lists by copying, in
 * quadratic space. */
START_TEST(w2_the_cumulative_cap_stops_a_merge_bomb)
{
	static uint8_t bomb[64 * 1024];
	struct arena arena;
	size_t len;

	for (len = 0; len + 6 <= sizeof bomb; len += 6)
		memcpy(bomb + len, "\x8A\x01\x03\x1A\x01x", 6); /* line { words: "x" } */
	arena_init(&arena, 1 << 20, 4 << 20);
	ck_assert_ptr_null(unpack(&arena, bomb, len));
	ck_assert_uint_le(arena.total, arena.total_max);
	arena_close(&arena);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arena");
	TCase *tests = tcase_create("arena");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, allocations_are_aligned_and_apart);
	tcase_add_test(tests, zalloc_and_dup_give_what_they_say);
	tcase_add_test(tests, both_caps_hold);
	tcase_add_test(tests, only_the_newest_is_given_back);
	tcase_add_test(tests, reset_forgets_and_close_allows_reuse);
	tcase_add_test(tests, w16_unpack_fails_cleanly_at_every_cap);
	tcase_add_test(tests, w16_unpack_fails_cleanly_at_every_malloc);
	tcase_add_test(tests, w2_the_cumulative_cap_stops_a_merge_bomb);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
