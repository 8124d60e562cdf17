/* The route table as a whole: complete, unambiguous, and almost free of handlers. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "route.h"
#include "services.h"

START_TEST(every_method_has_one_route)
{
	size_t n = 0;

	for (size_t i = 0; i < chibo_n_services; i++)
		n += chibo_services[i]->n_methods;
	ck_assert_uint_eq(n, n_routes);
	for (size_t i = 0; i < n_routes; i++) {
		ck_assert_msg(route_method(&routes[i]) != NULL, "%s", routes[i].name);
		ck_assert_msg(route_find(routes[i].name) == &routes[i], "%s stands twice", routes[i].name);
	}
	ck_assert_ptr_null(route_find("MemberService/list"));
	ck_assert_ptr_null(route_find("MemberService/"));
	ck_assert_ptr_null(route_find(""));
}
END_TEST

/* Before a token there are only Hello, the two ways to get one, and a computer's first word. */
START_TEST(what_is_public_is_a_handler)
{
	size_t n_public = 0;

	for (size_t i = 0; i < n_routes; i++) {
		if (!route_is_public(&routes[i]))
			continue;
		n_public++;
		ck_assert(strcmp(routes[i].service, "SessionService") == 0 ||
			  strcmp(routes[i].name, "DeviceService/Enrol") == 0);
		ck_assert_int_eq(routes[i].kind, KIND_HANDLER);
		ck_assert(routes[i].handler != NULL);
	}
	ck_assert_uint_eq(n_public, 4);
}
END_TEST

/* If more than one RPC in five needs C, the declarative core has failed. */
START_TEST(at_most_one_method_in_five_is_a_handler)
{
	size_t handlers = 0;

	for (size_t i = 0; i < n_routes; i++)
		handlers += routes[i].kind == KIND_HANDLER;
	printf("# %zu of %zu methods are handlers in C: %.1f %%\n", handlers, n_routes,
	       100.0 * (double)handlers / (double)n_routes);
	ck_assert_uint_le(handlers * 5, n_routes);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("route");
	TCase *tc = tcase_create("table");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_test(tc, every_method_has_one_route);
	tcase_add_test(tc, what_is_public_is_a_handler);
	tcase_add_test(tc, at_most_one_method_in_five_is_a_handler);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
