/* Who is woken by what, and whose turn it is to look. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "watchers.h"

enum { PEOPLE = 4 };

/* Looks do not end by themselves: the test says when. */
static struct watchers watchers;
static struct watcher people[PEOPLE];
static unsigned looks[PEOPLE], order[64], n_order;
static struct watcher *leaves_when_looking;

static const uint8_t ward[FEED_ID] = "ward", other[FEED_ID] = "other", fresh[FEED_ID] = "fresh";

static void look(struct watcher *watcher)
{
	unsigned who = (unsigned)(watcher - people);

	looks[who]++;
	order[n_order++ % 64] = who;
	if (watcher == leaves_when_looking)
		watchers_remove(&watchers, watcher);
}

static void stop(struct watcher *watcher)
{
	if (!watcher->looking)
		watchers_remove(&watchers, watcher);
}

static void follow(unsigned who, const uint8_t *feed, int64_t position)
{
	ck_assert(feed_places_set(&people[who].places, feed, position));
}

static void setup(void)
{
	watchers_init(&watchers, 1);
	memset(people, 0, sizeof people);
	memset(looks, 0, sizeof looks);
	n_order = 0;
	leaves_when_looking = NULL;
	for (unsigned i = 0; i < PEOPLE; i++) {
		people[i].look = look;
		people[i].stop = stop;
		watchers_add(&watchers, &people[i]);
	}
	/* so that neither feed is new */
	watchers_saw(&watchers, ward, 0);
	watchers_saw(&watchers, other, 0);
	while (watchers.looking > 0)
		for (unsigned i = 0; i < PEOPLE; i++)
			if (people[i].looking)
				watchers_done(&watchers, &people[i], false);
	memset(looks, 0, sizeof looks);
	n_order = 0;
}

static void teardown(void)
{
	watchers.stopping = true;
	while (watchers.n > 0)
		watchers_remove(&watchers, CONTAINER_OF(list_first(&watchers.all), struct watcher, all));
	watchers_close(&watchers);
}

START_TEST(test_only_those_who_follow_the_feed_are_woken)
{
	follow(0, ward, 5);
	follow(1, other, 5);
	watchers_saw(&watchers, ward, 6);
	ck_assert_uint_eq(looks[0], 1);
	ck_assert_uint_eq(looks[1] + looks[2] + looks[3], 0);
}
END_TEST

START_TEST(test_whoever_stands_there_already_sleeps_on)
{
	follow(0, ward, 6);
	watchers_saw(&watchers, ward, 6);
	ck_assert_uint_eq(looks[0], 0);
}
END_TEST

START_TEST(test_the_same_news_twice_is_one_wake)
{
	follow(0, ward, 5);
	watchers_saw(&watchers, ward, 6);
	people[0].places.items[0].position = 6;
	watchers_done(&watchers, &people[0], false);
	watchers_saw(&watchers, ward, 6);
	watchers_saw(&watchers, ward, 5);
	ck_assert_uint_eq(looks[0], 1);
}
END_TEST

START_TEST(test_news_during_a_look_are_one_more_look)
{
	follow(0, ward, 5);
	watchers_saw(&watchers, ward, 6);
	watchers_saw(&watchers, ward, 7);
	watchers_saw(&watchers, ward, 8);
	ck_assert_uint_eq(looks[0], 1);
	people[0].places.items[0].position = 8;
	watchers_done(&watchers, &people[0], false);
	ck_assert_uint_eq(looks[0], 2);
}
END_TEST

/* It was committed after the look had read, and before it said where it stands. */
START_TEST(test_what_a_look_has_missed_is_looked_for)
{
	watchers_saw(&watchers, ward, 9);
	follow(0, ward, 8);
	watchers_done(&watchers, &people[0], false);
	ck_assert_uint_eq(looks[0], 1);
}
END_TEST

/* A restore: nobody can come up to a head that was. */
START_TEST(test_heads_go_down_when_all_are_seen_anew)
{
	watchers_saw(&watchers, ward, 9);
	watchers_saw(&watchers, other, 9);
	watchers_forget_heads(&watchers);
	watchers_saw(&watchers, ward, 3);
	follow(0, ward, 3);
	follow(0, other, 0); /* its feed is no more */
	watchers_done(&watchers, &people[0], false);
	ck_assert_uint_eq(looks[0], 0);
	watchers_saw(&watchers, ward, 4);
	ck_assert_uint_eq(looks[0], 1);
}
END_TEST

START_TEST(test_one_looks_at_a_time_in_the_order_of_waking)
{
	follow(0, ward, 1);
	follow(1, ward, 1);
	follow(2, other, 1);
	watchers_saw(&watchers, other, 2);
	watchers_saw(&watchers, ward, 2);
	ck_assert_uint_eq(n_order, 1);
	people[2].places.items[0].position = 2;
	watchers_done(&watchers, &people[2], true); /* more: behind the others */
	ck_assert_uint_eq(order[1], 0);
	people[0].places.items[0].position = 2;
	watchers_done(&watchers, &people[0], false);
	people[1].places.items[0].position = 2;
	watchers_done(&watchers, &people[1], false);
	ck_assert_uint_eq(n_order, 4);
	ck_assert_uint_eq(order[2], 1);
	ck_assert_uint_eq(order[3], 2);
}
END_TEST

START_TEST(test_a_new_feed_wakes_all)
{
	watchers_saw(&watchers, fresh, 1);
	for (unsigned i = 0; i < PEOPLE; i++) {
		ck_assert_uint_eq(looks[i], 1);
		watchers_done(&watchers, &people[i], false);
	}
}
END_TEST

START_TEST(test_whoever_is_held_looks_after_the_release_only)
{
	follow(0, ward, 5);
	watchers_saw(&watchers, ward, 6);
	watchers_hold(&watchers, &people[0]);
	watchers_saw(&watchers, ward, 7);
	watchers_wake_all(&watchers);
	ck_assert_uint_eq(looks[0], 1);
	for (unsigned i = 1; i < PEOPLE; i++) /* nobody waits for him */
		watchers_done(&watchers, &people[i], false);
	watchers_release(&watchers, &people[0]);
	watchers_tick(&watchers);
	ck_assert_uint_eq(looks[0], 2);
}
END_TEST

START_TEST(test_one_who_leaves_while_looking_blocks_nobody)
{
	follow(0, ward, 1);
	follow(1, ward, 1);
	leaves_when_looking = &people[0];
	watchers_saw(&watchers, ward, 2);
	ck_assert_uint_eq(looks[0], 1);
	ck_assert_uint_eq(looks[1], 1);
	ck_assert_uint_eq(watchers.n, PEOPLE - 1);
}
END_TEST

START_TEST(test_after_the_stop_nobody_looks)
{
	watchers_wake_all(&watchers);
	watchers_stop_all(&watchers);
	ck_assert_uint_eq(watchers.n, 1); /* in the middle of a look */
	watchers_remove(&watchers, &people[0]);
	ck_assert_uint_eq(n_order, 1);
}
END_TEST

START_TEST(test_places_are_found_in_any_order)
{
	struct feed_places places = {0};
	uint8_t feed[FEED_ID] = {0};

	for (int i = 0; i < 256; i++) {
		feed[3] = (uint8_t)(i * 37);
		ck_assert(feed_places_set(&places, feed, i));
		ck_assert(feed_places_set(&places, feed, i + 1000));
	}
	ck_assert_uint_eq(places.n, 256);
	for (int i = 0; i < 256; i++) {
		feed[3] = (uint8_t)(i * 37);
		ck_assert_int_eq(feed_places_find(&places, feed)->position, i + 1000);
	}
	feed[0] = 1;
	ck_assert_ptr_null(feed_places_find(&places, feed));
	feed_places_free(&places);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("watchers");
	TCase *tcase = tcase_create("watchers");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, test_only_those_who_follow_the_feed_are_woken);
	tcase_add_test(tcase, test_whoever_stands_there_already_sleeps_on);
	tcase_add_test(tcase, test_the_same_news_twice_is_one_wake);
	tcase_add_test(tcase, test_news_during_a_look_are_one_more_look);
	tcase_add_test(tcase, test_what_a_look_has_missed_is_looked_for);
	tcase_add_test(tcase, test_heads_go_down_when_all_are_seen_anew);
	tcase_add_test(tcase, test_one_looks_at_a_time_in_the_order_of_waking);
	tcase_add_test(tcase, test_a_new_feed_wakes_all);
	tcase_add_test(tcase, test_whoever_is_held_looks_after_the_release_only);
	tcase_add_test(tcase, test_one_who_leaves_while_looking_blocks_nobody);
	tcase_add_test(tcase, test_after_the_stop_nobody_looks);
	tcase_add_test(tcase, test_places_are_found_in_any_order);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
