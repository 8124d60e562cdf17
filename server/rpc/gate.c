/* Who may use a route comes from Identify, and from there into the connection's cache. */
#include "gate.h"

#include <string.h>

#include "call.h"
#include "constant.h"
#include "dispatch_internal.h"
#include "internal.pb-c.h"

_Static_assert(sizeof((struct gate_key *)0)->token_hash == HASH_LEN &&
		       sizeof((struct gate_key *)0)->grant_id == ID_LEN,
	       "a key holds them whole");

static struct gate_key key_of(const struct call *call)
{
	struct gate_key key = {.has_grant = call->request->has_grant_id != 0};

	memcpy(key.token_hash, call->token_hash, HASH_LEN);
	if (key.has_grant)
		memcpy(key.grant_id, call->request->grant_id.data, ID_LEN);
	return key;
}

/* ---- routes ---- */

static bool has_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = words; *at; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		if (n == len && memcmp(at, word, len) == 0)
			return true;
		at += n;
	}
	return false;
}

/* A session is enough for SELF; PUBLIC never asks. */
static struct route_set permitted_by(const char *permissions)
{
	struct route_set set = {{0}};

	for (unsigned i = 0; i < n_routes; i++)
		if (route_is_self(&routes[i]) || has_word(permissions, routes[i].permission))
			route_set_add(&set, i);
	return set;
}

bool gate_permits(const struct call *call)
{
	struct gate_key key;
	const struct route_set *known;

	if (route_is_public(call->route))
		return true;
	key = key_of(call);
	known = gate_cache_find(&call->peer->known, &key);
	return known && route_set_has(known, route_number(call->route));
}

/* ---- asking ---- */

bool gate_ask(struct call *call)
{
	Chibo__Internal__IdentifyRequest request = CHIBO__INTERNAL__IDENTIFY_REQUEST__INIT;

	call->epoch = call->peer->known.epoch;
	request.has_token_hash = 1;
	request.token_hash = (ProtobufCBinaryData){HASH_LEN, call->token_hash};
	request.has_grant_id = call->request->has_grant_id;
	request.grant_id = call->request->grant_id;
	return segment_add_all(&call->segment, statement_set_internal(call->dispatch->statements, "Identify"),
			       &request.base, &call->arena);
}

/* The session lives, but not every session acts in a grant. */
static bool lacks_only_a_grant(const struct segment *segment)
{
	return segment->outcome == SEGMENT_REFUSED && (strcmp(segment->refusal.rule, "grant_required") == 0 ||
						       strcmp(segment->refusal.rule, "grant_ended") == 0);
}

/* As auth.enter says it. */
static bool deny(struct call *call)
{
	refusal_set(&call->refusal, STATUS_PERMISSION_DENIED, "permission_denied", NULL);
	refusal_param(&call->refusal, "permission", "%s", call->route->permission);
	return false;
}

static bool broken(struct call *call)
{
	refusal_set(&call->refusal, STATUS_INTERNAL, "internal", NULL);
	return false;
}

bool gate_learn(struct call *call)
{
	Chibo__Internal__IdentifyResponse found = CHIBO__INTERNAL__IDENTIFY_RESPONSE__INIT;
	struct gate_key key = key_of(call);
	struct route_set known;

	if (call->segment.outcome != SEGMENT_COMMITTED && !lacks_only_a_grant(&call->segment))
		return false;
	if (!segment_fill_all(&call->segment, 0, &call->arena, &found.base))
		return broken(call);
	call_promote(call, PEER_ADMITTED); /* the session lives, whatever it may do */
	known = permitted_by(found.permissions ? found.permissions : "");
	if (call->peer)
		gate_cache_put(&call->peer->known, &key, &known, call->epoch);
	return route_set_has(&known, route_number(call->route)) || deny(call);
}

void gate_forget(struct call *call)
{
	if (call->peer)
		gate_cache_forget(&call->peer->known);
}

/* ---- targets ---- */

static bool wrong_length(struct call *call, const struct target *target)
{
	refusal_set(&call->segment.refusal, STATUS_INVALID_ARGUMENT, "id_length", target->field->name);
	return false;
}

/* What auth.check_targets is told. Binding copies the arrays. */
struct named {
	Chibo__Internal__CheckTargetsRequest check;
	char *entities[TARGETS_MAX], *fields[TARGETS_MAX];
	ProtobufCBinaryData ids[TARGETS_MAX];
};

static void name(struct named *named, const struct target *target, const ProtobufCBinaryData *id)
{
	size_t n = named->check.n_ids++;

	named->entities[n] = constant(target->entity);
	named->fields[n] = constant(target->field->name);
	named->ids[n] = *id;
}

bool gate_add_targets(struct call *call)
{
	const struct target_list *targets = &call->dispatch->targets[route_number(call->route)];
	struct named named = {.check = CHIBO__INTERNAL__CHECK_TARGETS_REQUEST__INIT};

	for (unsigned i = 0; i < targets->n; i++) {
		const ProtobufCBinaryData *id = target_id(&targets->items[i], call->input);

		if (id && id->len != ID_LEN)
			return wrong_length(call, &targets->items[i]);
		if (id)
			name(&named, &targets->items[i], id);
	}
	if (named.check.n_ids == 0)
		return true;
	named.check.n_entities = named.check.n_fields = named.check.n_ids;
	named.check.entities = named.entities;
	named.check.ids = named.ids;
	named.check.fields = named.fields;
	return segment_add_all(&call->segment, statement_set_internal(call->dispatch->statements, "CheckTargets"),
			       &named.check.base, &call->arena);
}
