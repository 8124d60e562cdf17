/* list: order, taking, moving, nodes alone. */
#include <check.h>
#include <stdlib.h>

#include "list.h"

struct item {
	int number;
	struct list link;
};

static struct list head;
static struct item items[4];

static void setup(void)
{
	list_init(&head);
	for (int i = 0; i < 4; i++) {
		items[i].number = i;
		list_init(&items[i].link);
	}
}

/* The numbers of a list as a decimal, first digit first: 123. */
static int digits(struct list *list)
{
	struct list *node;
	int all = 0;

	LIST_EACH(node, list)
		all = all * 10 + CONTAINER_OF(node, struct item, link)->number;
	return all;
}

START_TEST(keeps_order)
{
	ck_assert(list_empty(&head));
	ck_assert_ptr_null(list_first(&head));
	ck_assert_ptr_null(list_last(&head));
	list_append(&head, &items[2].link);
	list_append(&head, &items[3].link);
	list_prepend(&head, &items[1].link);
	ck_assert_int_eq(digits(&head), 123);
	ck_assert_ptr_eq(list_first(&head), &items[1].link);
	ck_assert_ptr_eq(list_last(&head), &items[3].link);
}
END_TEST

START_TEST(removed_node_stands_alone)
{
	list_append(&head, &items[1].link);
	list_append(&head, &items[2].link);
	list_remove(&items[1].link);
	ck_assert(!list_linked(&items[1].link));
	list_remove(&items[1].link); /* once more does nothing */
	ck_assert_int_eq(digits(&head), 2);
	list_append(&head, &items[1].link);
	ck_assert_int_eq(digits(&head), 21);
}
END_TEST

START_TEST(takes_from_the_front)
{
	list_append(&head, &items[1].link);
	list_append(&head, &items[2].link);
	ck_assert_ptr_eq(list_take(&head), &items[1].link);
	ck_assert_ptr_eq(list_take(&head), &items[2].link);
	ck_assert_ptr_null(list_take(&head));
}
END_TEST

START_TEST(moves_all_behind)
{
	struct list to;

	list_init(&to);
	list_move_all(&head, &to);
	ck_assert(list_empty(&to));
	list_append(&to, &items[1].link);
	list_append(&head, &items[2].link);
	list_append(&head, &items[3].link);
	list_move_all(&head, &to);
	ck_assert(list_empty(&head));
	ck_assert_int_eq(digits(&to), 123);
}
END_TEST

START_TEST(safe_walk_may_remove)
{
	struct list *node;
	struct list *after;

	for (int i = 1; i < 4; i++)
		list_append(&head, &items[i].link);
	LIST_EACH_SAFE(node, after, &head)
		if (CONTAINER_OF(node, struct item, link)->number != 2)
			list_remove(node);
	ck_assert_int_eq(digits(&head), 2);
}
END_TEST

START_TEST(refuses_a_node_twice)
{
	list_append(&head, &items[1].link);
	list_append(&head, &items[1].link);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("list");
	TCase *tcase = tcase_create("list");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, NULL);
	tcase_add_test(tcase, keeps_order);
	tcase_add_test(tcase, removed_node_stands_alone);
	tcase_add_test(tcase, takes_from_the_front);
	tcase_add_test(tcase, moves_all_behind);
	tcase_add_test(tcase, safe_walk_may_remove);
	tcase_add_test_raise_signal(tcase, refuses_a_node_twice, 6);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
