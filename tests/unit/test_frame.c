/* Frames come out whole whatever the chunks, and a promise of bytes costs nothing (pitfalls W20,
 * §15.1). */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "frame.h"

enum { MAX = 5000 };

static int fail_at; /* the n-th malloc from now fails; 0: none does */

void *__real_malloc(size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_malloc(size_t size)
{
	if (fail_at > 0 && --fail_at == 0)
		return NULL;
	return __real_malloc(size);
}

/* Four frames in a row: 1, 300, MAX and 7 bytes. */
struct dialog {
	uint8_t bytes[MAX + 400];
	size_t len;
};

static const size_t lengths[] = { 1, 300, MAX, 7 };

enum { FRAMES = sizeof lengths / sizeof *lengths };

static uint8_t payload_byte(size_t frame, size_t i)
{
	return (uint8_t)(frame * 31 + i);
}

static void record(struct dialog *dialog)
{
	size_t frame, i;

	dialog->len = 0;
	for (frame = 0; frame < FRAMES; frame++) {
		frame_put_length(dialog->bytes + dialog->len, lengths[frame]);
		dialog->len += FRAME_HEADER;
		for (i = 0; i < lengths[frame]; i++)
			dialog->bytes[dialog->len++] = payload_byte(frame, i);
	}
}

static void check_frame(const struct frame_reader *reader, size_t frame)
{
	size_t i = 0;

	ck_assert_uint_lt(frame, FRAMES);
	ck_assert_uint_eq(reader->len, lengths[frame]);
	while (i < reader->len && reader->data[i] == payload_byte(frame, i))
		i++;
	ck_assert_uint_eq(i, reader->len);
}

/* Pushes bytes[0..len) in chunks and checks each frame that comes out; returns how many did. */
static size_t read_dialog(struct frame_reader *reader, const uint8_t *bytes, size_t len,
			  size_t chunk, size_t frames)
{
	size_t at = 0, used;

	while (at < len) {
		size_t n = len - at < chunk ? len - at : chunk;
		enum frame_state state = frame_push(reader, bytes + at, n, &used);
		at += used;
		if (state == FRAME_READY) {
			check_frame(reader, frames++);
			frame_next(reader);
		} else if (state != FRAME_PARTIAL || used != n) {
			ck_abort_msg("state %d after %zu bytes", state, at);
		}
	}
	return frames;
}

START_TEST(any_chunk_size_gives_the_same_frames)
{
	struct dialog dialog;
	size_t chunk;

	record(&dialog);
	for (chunk = 1; chunk <= dialog.len; chunk += chunk < 20 ? 1 : 97) {
		struct frame_reader reader;
		frame_reader_init(&reader, MAX);
		ck_assert_uint_eq(read_dialog(&reader, dialog.bytes, dialog.len, chunk, 0), FRAMES);
		frame_reader_close(&reader);
	}
}
END_TEST

START_TEST(a_cut_at_every_offset_gives_the_same_frames)
{
	struct dialog dialog;
	size_t cut;

	record(&dialog);
	for (cut = 0; cut <= dialog.len; cut++) {
		struct frame_reader reader;
		size_t frames;
		frame_reader_init(&reader, MAX);
		frames = read_dialog(&reader, dialog.bytes, cut, SIZE_MAX, 0);
		frames = read_dialog(&reader, dialog.bytes + cut, dialog.len - cut, SIZE_MAX,
				     frames);
		ck_assert_msg(frames == FRAMES, "cut at %zu", cut);
		frame_reader_close(&reader);
	}
}
END_TEST

static void check_bad(size_t max, size_t len)
{
	struct frame_reader reader;
	uint8_t bytes[FRAME_HEADER + 1] = { 0 };
	size_t used;

	frame_put_length(bytes, len);
	frame_reader_init(&reader, max);
	ck_assert_uint_eq(frame_push(&reader, bytes, sizeof bytes, &used), FRAME_BAD);
	ck_assert_ptr_null(reader.data);
	ck_assert_uint_eq(frame_push(&reader, bytes, sizeof bytes, &used), FRAME_BAD);
	ck_assert_uint_eq(used, 0);
	frame_next(&reader);
	ck_assert_uint_eq(reader.state, FRAME_BAD);
	frame_reader_close(&reader);
}

START_TEST(bad_lengths_are_refused_before_allocating)
{
	check_bad(MAX, 0);
	check_bad(MAX, MAX + 1);
	check_bad(MAX, UINT32_MAX);
	check_bad(UINT32_MAX - 1, UINT32_MAX);
}
END_TEST

START_TEST(w20_a_promise_costs_nothing)
{
	struct frame_reader reader;
	uint8_t bytes[FRAME_HEADER + 1000] = { 0 };
	size_t used;

	frame_put_length(bytes, 200000);
	frame_reader_init(&reader, 256 * 1024);
	ck_assert_uint_eq(frame_push(&reader, bytes, FRAME_HEADER, &used), FRAME_PARTIAL);
	ck_assert_uint_eq(reader.capacity, 0);
	ck_assert_uint_eq(frame_push(&reader, bytes + FRAME_HEADER, 1000, &used), FRAME_PARTIAL);
	ck_assert_uint_le(reader.capacity, 2048);
	frame_reader_close(&reader);
}
END_TEST

START_TEST(an_idle_reader_gives_a_large_buffer_back)
{
	struct frame_reader reader;
	struct dialog dialog;

	record(&dialog);
	frame_reader_init(&reader, MAX);
	read_dialog(&reader, dialog.bytes,
		    FRAME_HEADER + 1 + FRAME_HEADER + 300 + FRAME_HEADER + MAX, 999, 0);
	ck_assert_uint_le(reader.capacity, 1024);
	frame_reader_close(&reader);
}
END_TEST

START_TEST(the_maximum_moves_with_the_phase)
{
	struct frame_reader reader;
	uint8_t header[FRAME_HEADER];
	size_t used;

	frame_put_length(header, MAX);
	frame_reader_init(&reader, 100);
	ck_assert_uint_eq(frame_push(&reader, header, 3, &used), FRAME_PARTIAL);
	frame_reader_set_max(&reader, MAX);
	ck_assert_uint_eq(frame_push(&reader, header + 3, 1, &used), FRAME_PARTIAL);
	frame_reader_set_max(&reader, MAX - 1);
	ck_assert_uint_eq(frame_push(&reader, header, 1, &used), FRAME_PARTIAL);
	frame_reader_close(&reader);
}
END_TEST

START_TEST(short_memory_is_a_state_at_any_allocation)
{
	struct dialog dialog;
	int n, failures = 0;

	record(&dialog);
	for (n = 1;; n++) {
		struct frame_reader reader;
		size_t at = 0, used, frames = 0;
		enum frame_state state = FRAME_PARTIAL;
		frame_reader_init(&reader, MAX);
		fail_at = n;
		while (at < dialog.len && state < FRAME_BAD) {
			state = frame_push(&reader, dialog.bytes + at, 1, &used);
			at += used;
			if (state == FRAME_READY) {
				frames++;
				frame_next(&reader);
			}
		}
		frame_reader_close(&reader);
		if (frames == FRAMES)
			break;
		ck_assert_uint_eq(state, FRAME_NO_MEMORY);
		failures++;
	}
	fail_at = 0;
	ck_assert_int_gt(failures, 2);
}
END_TEST

START_TEST(the_length_is_big_endian)
{
	uint8_t out[FRAME_HEADER];

	frame_put_length(out, 0x01020304);
	ck_assert_mem_eq(out, "\1\2\3\4", FRAME_HEADER);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("frame");
	TCase *tests = tcase_create("frame");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, any_chunk_size_gives_the_same_frames);
	tcase_add_test(tests, a_cut_at_every_offset_gives_the_same_frames);
	tcase_add_test(tests, bad_lengths_are_refused_before_allocating);
	tcase_add_test(tests, w20_a_promise_costs_nothing);
	tcase_add_test(tests, an_idle_reader_gives_a_large_buffer_back);
	tcase_add_test(tests, the_maximum_moves_with_the_phase);
	tcase_add_test(tests, short_memory_is_a_state_at_any_allocation);
	tcase_add_test(tests, the_length_is_big_endian);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
