/* Three internal statements in one segment: the history that this database is in, and what is held against routes.def. */
#include "start_check.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "internal.pb-c.h"
#include "list.h"
#include "pg_pool.h"
#include "route.h"
#include "segment.h"

enum { MEMORY_MAX = 1024 * 1024, DEADLINE_MS = 10000 };

struct check {
	struct arena arena;
	struct segment segment;
	void (*done)(void *owner, const char *reason);
	void *owner;
	char reason[320];
};

#define CHECK_FAIL(check, ...) ((void)snprintf((check)->reason, sizeof(check)->reason, __VA_ARGS__), false)

static void finish(struct check *check)
{
	check->done(check->owner, check->reason[0] ? check->reason : NULL);
	segment_clear(&check->segment);
	arena_close(&check->arena);
	free(check);
}

/* ---- routes ---- */

static const Chibo__Internal__Method *find_method(const Chibo__Internal__ListMethodsResponse *known, const char *name)
{
	for (size_t i = 0; i < known->n_methods; i++)
		if (known->methods[i]->method && strcmp(known->methods[i]->method, name) == 0)
			return known->methods[i];
	return NULL;
}

static bool check_route(struct check *check, const Chibo__Internal__ListMethodsResponse *known,
			const struct route *route)
{
	const Chibo__Internal__Method *method = find_method(known, route->name);

	if (!method)
		return CHECK_FAIL(check, "auth.method has no %s, which stands in routes.def", route->name);
	if (!method->permission || strcmp(method->permission, route->permission) != 0)
		return CHECK_FAIL(check, "%s needs %s in auth.method and %s in routes.def", route->name,
				  method->permission ? method->permission : "nothing", route->permission);
	if (method->writes != (route->kind == KIND_WRITE))
		return CHECK_FAIL(check, "%s %s by auth.method, and not by routes.def", route->name,
				  method->writes ? "writes" : "only reads");
	return method->is_held ||
	       CHECK_FAIL(check, "%s needs %s, which no role has", route->name, route->permission);
}

static bool check_routes(struct check *check, const Chibo__Internal__ListMethodsResponse *known)
{
	for (size_t i = 0; i < n_routes; i++)
		if (!check_route(check, known, &routes[i]))
			return false;
	for (size_t i = 0; i < known->n_methods; i++)
		if (!route_find(known->methods[i]->method))
			return CHECK_FAIL(check, "routes.def has no %s, which stands in auth.method",
					  known->methods[i]->method);
	return true;
}

/* ---- what the database says ---- */

static bool check_rules(struct check *check, const Chibo__Internal__LintResponse *lint)
{
	return lint->n_findings == 0 || CHECK_FAIL(check, "meta.lint: %s", lint->findings[0]->finding);
}

static bool judge(struct check *check)
{
	Chibo__Internal__ListMethodsResponse known = CHIBO__INTERNAL__LIST_METHODS_RESPONSE__INIT;
	Chibo__Internal__LintResponse lint = CHIBO__INTERNAL__LINT_RESPONSE__INIT;
	struct segment *segment = &check->segment;

	if (segment->outcome != SEGMENT_COMMITTED)
		return CHECK_FAIL(check, "the database did not list its routes and rules: %s",
				  segment->outcome == SEGMENT_REFUSED ? segment->refusal.rule : "connection lost");
	if (!segment_fill_all(segment, 0, &check->arena, &known.base) ||
	    !segment_fill_all(segment, 0, &check->arena, &lint.base))
		return CHECK_FAIL(check, "memory");
	return check_routes(check, &known) && check_rules(check, &lint);
}

static void segment_done(struct segment *segment)
{
	struct check *check = CONTAINER_OF(segment, struct check, segment);

	(void)judge(check);
	finish(check);
}

static bool plan(struct check *check, const struct statement_set *statements)
{
	Chibo__Internal__ListMethodsRequest methods = CHIBO__INTERNAL__LIST_METHODS_REQUEST__INIT;
	Chibo__Internal__LintRequest lint = CHIBO__INTERNAL__LINT_REQUEST__INIT;
	Chibo__Internal__RefreshHistoryRequest history = CHIBO__INTERNAL__REFRESH_HISTORY_REQUEST__INIT;

	return segment_add_all(&check->segment, statement_set_internal(statements, "RefreshHistory"), &history.base,
			       &check->arena) &&
	       segment_add_all(&check->segment, statement_set_internal(statements, "ListMethods"), &methods.base,
			       &check->arena) &&
	       segment_add_all(&check->segment, statement_set_internal(statements, "Lint"), &lint.base, &check->arena);
}

void start_check(uv_loop_t *loop, struct pg_pool *pool, const struct statement_set *statements,
		 void (*done)(void *owner, const char *reason), void *owner)
{
	struct check *check = calloc(1, sizeof *check);

	if (!check) {
		done(owner, "memory");
		return;
	}
	check->done = done;
	check->owner = owner;
	arena_init(&check->arena, MEMORY_MAX, MEMORY_MAX);
	segment_init(&check->segment, LANE_SLOW, uv_now(loop) + DEADLINE_MS, segment_done);
	if (plan(check, statements) && pg_pool_submit(pool, &check->segment))
		return;
	(void)CHECK_FAIL(check, "the start check found no place in the queue");
	finish(check);
}
