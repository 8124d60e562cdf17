/* The server's gate by itself: what a connection remembers, and how the targets column is read. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "chibo/v1/grant.pb-c.h"
#include "chibo/v1/member.pb-c.h"
#include "gate_cache.h"
#include "route.h"
#include "target.h"

static const ProtobufCMessageDescriptor *const grant = &chibo__v1__grant_create_request__descriptor;
static char reason[160];

/* ---- the cache ---- */

static struct gate_key key(uint8_t token, uint8_t grant_id)
{
	struct gate_key key = {.has_grant = grant_id != 0};

	key.token_hash[31] = token;
	key.grant_id[15] = grant_id;
	return key;
}

static struct route_set only(unsigned route)
{
	struct route_set set = {{0}};

	route_set_add(&set, route);
	return set;
}

static void put(struct gate_cache *cache, struct gate_key key, unsigned route)
{
	struct route_set set = only(route);

	gate_cache_put(cache, &key, &set, cache->epoch);
}

/* The one route that is known for a key; -1: nothing is known. */
static int known(const struct gate_cache *cache, struct gate_key key)
{
	const struct route_set *set = gate_cache_find(cache, &key);

	for (unsigned i = 0; set && i < ROUTES_MAX; i++)
		if (route_set_has(set, i))
			return (int)i;
	return -1;
}

START_TEST(a_set_holds_the_routes_put_into_it_and_no_other)
{
	static const unsigned chosen[] = {0, 1, 63, 64, 127};
	struct route_set set = {{0}};

	for (unsigned i = 0; i < 5; i++)
		route_set_add(&set, chosen[i]);
	for (unsigned i = 0; i < ROUTES_MAX; i++)
		ck_assert_msg(route_set_has(&set, i) == (i <= 1 || i == 63 || i == 64 || i == 127), "%u", i);
}
END_TEST

START_TEST(token_grant_and_the_lack_of_one_are_told_apart)
{
	struct gate_cache cache = {0};

	put(&cache, key(1, 0), 10);
	put(&cache, key(1, 7), 11);
	put(&cache, key(2, 0), 12);
	ck_assert_int_eq(known(&cache, key(1, 0)), 10);
	ck_assert_int_eq(known(&cache, key(1, 7)), 11);
	ck_assert_int_eq(known(&cache, key(2, 0)), 12);
	ck_assert_int_eq(known(&cache, key(2, 7)), -1);
	ck_assert_int_eq(known(&cache, key(3, 0)), -1);
}
END_TEST

START_TEST(what_is_learnt_again_replaces_what_was_known)
{
	struct gate_cache cache = {0};

	put(&cache, key(1, 0), 10);
	put(&cache, key(1, 0), 20);
	ck_assert_uint_eq(cache.n, 1);
	ck_assert_int_eq(known(&cache, key(1, 0)), 20);
}
END_TEST

START_TEST(the_oldest_makes_room)
{
	struct gate_cache cache = {0};

	for (unsigned i = 1; i <= 2 * GATE_ENTRIES + 1; i++)
		put(&cache, key((uint8_t)i, 0), i);
	for (unsigned i = 1; i <= 2 * GATE_ENTRIES + 1; i++)
		ck_assert_int_eq(known(&cache, key((uint8_t)i, 0)), i > GATE_ENTRIES + 1 ? (int)i : -1);
}
END_TEST

START_TEST(what_was_asked_before_all_was_forgotten_is_not_kept)
{
	struct gate_cache cache = {0};
	struct gate_key asked = key(1, 0);
	struct route_set answer = only(10);
	unsigned epoch = cache.epoch;

	put(&cache, key(2, 0), 11);
	gate_cache_forget(&cache);
	gate_cache_put(&cache, &asked, &answer, epoch);
	ck_assert_int_eq(known(&cache, key(1, 0)), -1);
	ck_assert_int_eq(known(&cache, key(2, 0)), -1);
	gate_cache_put(&cache, &asked, &answer, cache.epoch);
	ck_assert_int_eq(known(&cache, key(1, 0)), 10);
}
END_TEST

/* ---- targets ---- */

static bool parse(struct target_list *list, const char *text)
{
	reason[0] = '\0';
	return target_list_parse(list, text, grant, reason, sizeof reason);
}

START_TEST(targets_are_read_in_order)
{
	struct target_list list;

	ck_assert(parse(&list, "person person_id, unit unit_id"));
	ck_assert_uint_eq(list.n, 2);
	ck_assert_str_eq(list.items[0].entity, "person");
	ck_assert_str_eq(list.items[0].field->name, "person_id");
	ck_assert_str_eq(list.items[1].entity, "unit");
	ck_assert_str_eq(list.items[1].field->name, "unit_id");
	ck_assert(parse(&list, ""));
	ck_assert_uint_eq(list.n, 0);
}
END_TEST

START_TEST(what_does_not_fit_the_request_is_refused_by_name)
{
	static const struct {
		const char *text, *names;
	} cases[] = {
		{"village unit_id", "village"},      {"unit village_id", "village_id"},
		{"unit role", "role"}, /* a text */  {"unit", "unit"},
		{"unit unit_id person_id", "unit"},  {"unit unit_id,", "''"},
		{", unit unit_id", "''"},            {"Unit unit_id", "Unit"},
		{"unit id, unit id, unit id, unit id, unit id", "too many"},
	};
	struct target_list list;

	for (unsigned i = 0; i < sizeof cases / sizeof *cases; i++) {
		ck_assert_msg(!parse(&list, cases[i].text), "%s", cases[i].text);
		ck_assert_msg(strstr(reason, cases[i].names) != NULL, "%s: %s", cases[i].text, reason);
	}
}
END_TEST

START_TEST(a_repeated_message_names_no_record)
{
	struct target_list list;

	ck_assert(!target_list_parse(&list, "member lines", &chibo__v1__member_import_request__descriptor, reason,
				     sizeof reason));
}
END_TEST

START_TEST(an_absent_field_is_no_target)
{
	static uint8_t id[16] = {1};
	Chibo__V1__GrantCreateRequest request = CHIBO__V1__GRANT_CREATE_REQUEST__INIT;
	struct target_list list;

	ck_assert(parse(&list, "person person_id, unit unit_id"));
	request.has_unit_id = 1;
	request.unit_id = (ProtobufCBinaryData){sizeof id, id};
	ck_assert_ptr_null(target_id(&list.items[0], &request.base));
	ck_assert_ptr_eq(target_id(&list.items[1], &request.base)->data, id);
}
END_TEST

START_TEST(every_route_has_targets_that_fit)
{
	struct target_list list;

	for (size_t i = 0; i < n_routes; i++)
		ck_assert_msg(target_list_parse(&list, routes[i].targets, route_method(&routes[i])->input, reason,
						sizeof reason),
			      "%s: %s", routes[i].name, reason);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("gate");
	TCase *cache = tcase_create("cache"), *targets = tcase_create("targets");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(cache, a_set_holds_the_routes_put_into_it_and_no_other);
	tcase_add_test(cache, token_grant_and_the_lack_of_one_are_told_apart);
	tcase_add_test(cache, what_is_learnt_again_replaces_what_was_known);
	tcase_add_test(cache, the_oldest_makes_room);
	tcase_add_test(cache, what_was_asked_before_all_was_forgotten_is_not_kept);
	tcase_add_test(targets, targets_are_read_in_order);
	tcase_add_test(targets, what_does_not_fit_the_request_is_refused_by_name);
	tcase_add_test(targets, a_repeated_message_names_no_record);
	tcase_add_test(targets, an_absent_field_is_no_target);
	tcase_add_test(targets, every_route_has_targets_that_fit);
	suite_add_tcase(suite, cache);
	suite_add_tcase(suite, targets);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
