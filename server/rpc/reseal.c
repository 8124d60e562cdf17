/* Two segments for a batch, no lock between them: a value that somebody else has changed meanwhile stays. */
#include "reseal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "arena.h"
#include "dispatch_internal.h"
#include "internal.pb-c.h"
#include "log.h"
#include "seal.h"
#include "sealed_field.h"
#include "segment.h"

enum { RECORDS = 50, MEMORY_MAX = 16 * 1024 * 1024, DEADLINE_MS = 10000 };

struct reseal {
	struct arena arena;
	struct segment reading, writing; /* what was read is held until it is written */
	struct dispatch *dispatch;
	Chibo__Internal__StaleValuesResponse *stale;
	int64_t records_left;
	void (*done)(void *owner, const struct refusal *result);
	void *owner;
};

static void finish(struct reseal *reseal, const struct refusal *result)
{
	reseal->done(reseal->owner, result);
	segment_clear(&reseal->reading);
	segment_clear(&reseal->writing);
	arena_close(&reseal->arena);
	free(reseal);
}

static void fail(struct reseal *reseal, enum status code, const char *rule)
{
	struct refusal refusal;

	refusal_set(&refusal, code, rule, NULL);
	finish(reseal, &refusal);
}

static void succeed(struct reseal *reseal)
{
	const struct seal_keys *keys = statement_set_keys(reseal->dispatch->statements);
	struct refusal result;

	refusal_set(&result, STATUS_OK, "", NULL);
	refusal_param(&result, "key", "%u", seal_keys_newest(keys));
	refusal_param(&result, "sealed", "%zu", reseal->stale->n_values);
	refusal_param(&result, "left", "%" PRId64, reseal->records_left);
	finish(reseal, &result);
}

/* Ends the batch if it did not commit. */
static bool committed(struct reseal *reseal, const struct segment *segment)
{
	if (segment->outcome == SEGMENT_COMMITTED)
		return true;
	if (segment->outcome == SEGMENT_REFUSED)
		finish(reseal, &segment->refusal);
	else
		fail(reseal, STATUS_UNAVAILABLE, "busy");
	return false;
}

static void query(struct reseal *reseal, struct segment *segment, const char *internal, const ProtobufCMessage *request)
{
	const struct method_statements *statements = statement_set_internal(reseal->dispatch->statements, internal);

	segment->deadline = uv_now(reseal->dispatch->loop) + DEADLINE_MS;
	if (!segment_add_all(segment, statements, request, &reseal->arena))
		finish(reseal, &segment->refusal);
	else if (!dispatch_submit(reseal->dispatch, segment))
		fail(reseal, STATUS_UNAVAILABLE, "busy");
}

/* ---- the second half: sealed again, and back ---- */

static void put_back(struct segment *segment)
{
	struct reseal *reseal = CONTAINER_OF(segment, struct reseal, writing);

	if (committed(reseal, segment))
		succeed(reseal);
}

static bool fail_open(const Chibo__Internal__StaleValue *value)
{
	char hex[2 * SEAL_ID + 1];

	log_error("event=not_opened statement=reseal column=%s.%s id=%s key=%u", value->table_name, value->column_name,
		  sodium_bin2hex(hex, sizeof hex, value->id.data, SEAL_ID),
		  seal_key_id(value->value.data, value->value.len));
	return false;
}

/* The plain text is here for as long as this takes. */
static bool seal_again(struct reseal *reseal, const Chibo__Internal__StaleValue *value, ProtobufCBinaryData *fresh)
{
	const struct seal_keys *keys = statement_set_keys(reseal->dispatch->statements);
	const struct sealed_field *field = sealed_field_in(value->table_name, value->column_name);
	struct seal_place place = {value->table_name, value->column_name, value->id.data};
	uint8_t *plain = arena_alloc(&reseal->arena, value->value.len);
	bool ok;

	fresh->len = value->value.len;
	fresh->data = arena_alloc(&reseal->arena, fresh->len);
	if (!plain || !fresh->data)
		return false;
	if (!field || !seal_open(keys, &place, value->value.data, value->value.len, plain))
		return fail_open(value);
	ok = seal_bytes(keys, &place, plain, value->value.len - SEAL_EXTRA, fresh->data);
	sodium_memzero(plain, value->value.len);
	return ok;
}

static Chibo__Internal__ResealedValue *reseal_value(struct reseal *reseal, const Chibo__Internal__StaleValue *value)
{
	Chibo__Internal__ResealedValue *resealed = arena_alloc(&reseal->arena, sizeof *resealed);

	if (!resealed)
		return NULL;
	chibo__internal__resealed_value__init(resealed);
	resealed->column_name = value->column_name;
	resealed->has_id = resealed->has_old = resealed->has_fresh = 1;
	resealed->id = value->id;
	resealed->old = value->value;
	return seal_again(reseal, value, &resealed->fresh) ? resealed : NULL;
}

static Chibo__Internal__ResealRequest *make_request(struct reseal *reseal)
{
	Chibo__Internal__ResealRequest *request = arena_alloc(&reseal->arena, sizeof *request);
	size_t n = reseal->stale->n_values;

	if (!request)
		return NULL;
	chibo__internal__reseal_request__init(request);
	request->values = arena_alloc(&reseal->arena, n * sizeof *request->values);
	if (!request->values)
		return NULL;
	for (request->n_values = 0; request->n_values < n; request->n_values++) {
		request->values[request->n_values] = reseal_value(reseal, reseal->stale->values[request->n_values]);
		if (!request->values[request->n_values])
			return NULL;
	}
	return request;
}

/* ---- the first half ---- */

/* Values of one record follow each other. */
static int64_t count_records(const Chibo__Internal__StaleValuesResponse *stale)
{
	int64_t n = 0;

	for (size_t i = 0; i < stale->n_values; i++)
		n += i == 0 || memcmp(stale->values[i]->id.data, stale->values[i - 1]->id.data, SEAL_ID) != 0;
	return n;
}

static bool take_values(struct reseal *reseal)
{
	reseal->stale = arena_alloc(&reseal->arena, sizeof *reseal->stale);
	if (!reseal->stale)
		return false;
	chibo__internal__stale_values_response__init(reseal->stale);
	if (!segment_fill_all(&reseal->reading, 0, &reseal->arena, &reseal->stale->base))
		return false;
	reseal->records_left = reseal->stale->total->records - count_records(reseal->stale);
	return true;
}

static void seal_values(struct segment *segment)
{
	struct reseal *reseal = CONTAINER_OF(segment, struct reseal, reading);
	const Chibo__Internal__ResealRequest *request;

	if (!committed(reseal, segment))
		return;
	if (!take_values(reseal)) {
		fail(reseal, STATUS_RESOURCE_EXHAUSTED, "request_memory");
		return;
	}
	if (reseal->stale->n_values == 0) {
		succeed(reseal);
		return;
	}
	request = make_request(reseal);
	if (request)
		query(reseal, &reseal->writing, "Reseal", &request->base);
	else
		fail(reseal, STATUS_INTERNAL, "internal");
}

void reseal_start(struct dispatch *dispatch, void (*done)(void *owner, const struct refusal *result), void *owner)
{
	struct reseal *reseal = calloc(1, sizeof *reseal);
	Chibo__Internal__StaleValuesRequest *request;
	struct refusal no_memory;

	if (!reseal) {
		refusal_set(&no_memory, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		done(owner, &no_memory);
		return;
	}
	*reseal = (struct reseal){.dispatch = dispatch, .done = done, .owner = owner};
	arena_init(&reseal->arena, MEMORY_MAX, MEMORY_MAX);
	segment_init(&reseal->reading, LANE_SLOW, 0, seal_values);
	segment_init(&reseal->writing, LANE_SLOW, 0, put_back);
	request = arena_alloc(&reseal->arena, sizeof *request);
	if (!request) {
		fail(reseal, STATUS_RESOURCE_EXHAUSTED, "request_memory");
		return;
	}
	chibo__internal__stale_values_request__init(request);
	request->has_key = request->has_limit = 1;
	request->key = (int32_t)seal_keys_newest(statement_set_keys(dispatch->statements));
	request->limit = RECORDS;
	query(reseal, &reseal->reading, "StaleValues", &request->base);
}
