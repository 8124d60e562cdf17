/* deadline: the heap on a clock of our own, then one timer of a loop. */
#include <check.h>
#include <stdlib.h>

#include "deadline.h"
#include "list.h"

enum { MANY = 200 };

static struct deadline_heap heap;
static struct deadline waiting[MANY];
static uint64_t rang[MANY];
static unsigned n_rang;

static void note(struct deadline *deadline)
{
	ck_assert_uint_eq(deadline->place, 0);
	rang[n_rang++] = deadline->at_ms;
}

static void setup(void)
{
	ck_assert(deadline_heap_init(&heap, MANY));
	for (unsigned i = 0; i < MANY; i++)
		waiting[i] = (struct deadline){.expired = note};
	n_rang = 0;
}

static void teardown(void)
{
	deadline_heap_free(&heap);
}

static void assert_is_heap(void)
{
	for (size_t i = 1; i <= heap.n; i++) {
		ck_assert_uint_eq(heap.items[i]->place, i);
		if (i > 1)
			ck_assert_uint_le(heap.items[i / 2]->at_ms, heap.items[i]->at_ms);
	}
}

START_TEST(rings_in_order_and_only_when_due)
{
	deadline_heap_set(&heap, &waiting[0], 30);
	deadline_heap_set(&heap, &waiting[1], 10);
	deadline_heap_set(&heap, &waiting[2], 20);
	deadline_heap_expire(&heap, 9);
	ck_assert_uint_eq(n_rang, 0);
	deadline_heap_expire(&heap, 20);
	ck_assert_uint_eq(n_rang, 2);
	ck_assert_uint_eq(rang[0], 10);
	ck_assert_uint_eq(rang[1], 20);
	ck_assert_uint_eq(heap.n, 1);
}
END_TEST

START_TEST(may_be_moved_and_cleared)
{
	deadline_heap_set(&heap, &waiting[0], 10);
	deadline_heap_set(&heap, &waiting[1], 20);
	deadline_heap_set(&heap, &waiting[0], 30);
	ck_assert_uint_eq(heap.n, 2);
	deadline_heap_clear(&heap, &waiting[1]);
	deadline_heap_clear(&heap, &waiting[1]); /* once more does nothing */
	deadline_heap_expire(&heap, 29);
	ck_assert_uint_eq(n_rang, 0);
	deadline_heap_expire(&heap, 30);
	ck_assert_uint_eq(n_rang, 1);
}
END_TEST

START_TEST(stays_a_heap_under_a_storm)
{
	srand(1);
	for (unsigned step = 0; step < 20000; step++) {
		struct deadline *one = &waiting[rand() % MANY];

		if (rand() % 3 == 0)
			deadline_heap_clear(&heap, one);
		else
			deadline_heap_set(&heap, one, (uint64_t)(rand() % 1000));
		if (step % 100 == 0)
			assert_is_heap();
	}
	deadline_heap_expire(&heap, 1000);
	ck_assert_uint_eq(heap.n, 0);
	for (unsigned i = 1; i < n_rang; i++)
		ck_assert_uint_le(rang[i - 1], rang[i]);
}
END_TEST

static void rings_and_clears_the_next(struct deadline *deadline)
{
	note(deadline);
	deadline_heap_clear(&heap, &waiting[1]);
	deadline_heap_set(&heap, deadline, deadline->at_ms + 100);
}

START_TEST(a_callback_may_set_and_clear)
{
	waiting[0].expired = rings_and_clears_the_next;
	deadline_heap_set(&heap, &waiting[0], 10);
	deadline_heap_set(&heap, &waiting[1], 20);
	deadline_heap_expire(&heap, 50);
	ck_assert_uint_eq(n_rang, 1);
	ck_assert_uint_eq(heap.n, 1);
}
END_TEST

START_TEST(has_no_more_room_than_promised)
{
	struct deadline one_more = {.expired = note};

	for (unsigned i = 0; i < MANY; i++)
		deadline_heap_set(&heap, &waiting[i], i);
	deadline_heap_set(&heap, &one_more, 0);
}
END_TEST

static bool closed;

static void on_closed(void *owner)
{
	(void)owner;
	closed = true;
}

START_TEST(one_timer_serves_all)
{
	struct deadlines deadlines;
	uv_loop_t loop;
	uint64_t began;

	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert(deadlines_init(&deadlines, &loop, MANY));
	began = uv_now(&loop);
	deadlines_set(&deadlines, &waiting[0], 30);
	deadlines_set(&deadlines, &waiting[1], 10);
	deadlines_set(&deadlines, &waiting[2], 20);
	deadlines_clear(&deadlines, &waiting[2]);
	uv_run(&loop, UV_RUN_DEFAULT); /* until the timer has nothing left to wait for */
	ck_assert_uint_eq(n_rang, 2);
	ck_assert_uint_eq(rang[0], began + 10);
	ck_assert_uint_eq(rang[1], began + 30);
	ck_assert_uint_ge(uv_now(&loop), began + 30);
	deadlines_close(&deadlines, on_closed, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert(closed);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("deadline");
	TCase *tcase = tcase_create("deadline");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, rings_in_order_and_only_when_due);
	tcase_add_test(tcase, may_be_moved_and_cleared);
	tcase_add_test(tcase, stays_a_heap_under_a_storm);
	tcase_add_test(tcase, a_callback_may_set_and_clear);
	tcase_add_test_raise_signal(tcase, has_no_more_room_than_promised, 6);
	tcase_add_test(tcase, one_timer_serves_all);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
