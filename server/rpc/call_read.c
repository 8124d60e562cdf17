/* Everything that can be refused without asking the database is refused here, cheapest first. */
#include "call_read.h"

#include <string.h>

#include <sodium.h>

#include "dispatch_internal.h"
#include "wire_check.h"

enum { ENVELOPE_ELEMENTS = 32 };

static bool refuse(struct call *call, enum status code, const char *rule, const char *field)
{
	refusal_set(&call->refusal, code, rule, field);
	return false;
}

/* The peer broke the protocol: it gets an answer, then the connection ends. */
static bool refuse_and_close(struct call *call, enum status code, const char *rule, const char *field)
{
	call->closes = true;
	return refuse(call, code, rule, field);
}

/* A value may be wrong by accident; a broken structure is no client of ours. */
static bool is_only_a_value(const char *rule)
{
	return strcmp(rule, "utf8") == 0 || strcmp(rule, "nul") == 0 || strcmp(rule, "enum_value") == 0;
}

static ProtobufCMessage *unpack(struct call *call, const ProtobufCMessageDescriptor *type, const uint8_t *bytes,
				size_t len, unsigned elements)
{
	struct wire_limits limits = {WIRE_DEPTH, elements, WIRE_UNKNOWN};
	ProtobufCMessage *message;

	if (!wire_check(type, bytes, len, &limits, &call->refusal)) {
		call->closes = !is_only_a_value(call->refusal.rule);
		return NULL;
	}
	message = protobuf_c_message_unpack(type, arena_allocator(&call->arena), len, bytes);
	if (!message)
		(void)refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
	return message;
}

/* ---- the envelope ---- */

/* Ids only grow, so a reused one is seen without remembering them all. */
static bool read_id(struct call *call)
{
	struct peer *peer = call->peer;

	if (!call->request->has_id || call->request->id <= peer->last_request_id)
		return refuse_and_close(call, STATUS_FAILED_PRECONDITION, "request_id", "id");
	call->request_id = call->request->id;
	peer->last_request_id = call->request->id;
	return true;
}

/* Strangers must leave room for whoever is logged in. */
static unsigned calls_max(const struct call *call)
{
	unsigned max = call->dispatch->config.calls_max;

	return call->peer->phase == PEER_ADMITTED ? max : max / 2;
}

static bool check_load(struct call *call)
{
	if (call->dispatch->stopping)
		return refuse(call, STATUS_UNAVAILABLE, "goaway", NULL);
	if (call->dispatch->in_flight > calls_max(call))
		return refuse(call, STATUS_UNAVAILABLE, "busy", NULL);
	return true;
}

static bool bytes_are(const ProtobufCBinaryData *bytes, protobuf_c_boolean present, size_t len)
{
	return present && bytes->len == len;
}

static bool is_handler(const struct call *call, const char *method)
{
	return call->route->handler && strcmp(call->route->method, method) == 0;
}

static bool check_phase(struct call *call)
{
	bool hello = is_handler(call, "Hello");

	if (hello != (call->peer->phase == PEER_NEW))
		return refuse_and_close(call, STATUS_FAILED_PRECONDITION, hello ? "state" : "hello_first", NULL);
	if (!hello && is_handler(call, "Enrol") != call->peer->enrols)
		return refuse_and_close(call, STATUS_FAILED_PRECONDITION, "enrol_only", NULL);
	if (route_is_public(call->route))
		return true;
	if (!call->request->has_token)
		return refuse_and_close(call, STATUS_FAILED_PRECONDITION, "login_first", "token");
	return true;
}

static bool check_ids(struct call *call)
{
	const Chibo__V1__Request *r = call->request;

	if (r->has_token && !bytes_are(&r->token, 1, TOKEN_LEN))
		return refuse(call, STATUS_UNAUTHENTICATED, "login_required", "token");
	if (r->has_grant_id && !bytes_are(&r->grant_id, 1, ID_LEN))
		return refuse(call, STATUS_INVALID_ARGUMENT, "id_length", "grant_id");
	if (!r->has_device_seq && (!call->route || call->route->kind != KIND_WRITE))
		return true;
	if (!r->has_op_id)
		return refuse(call, STATUS_INVALID_ARGUMENT, "required", "op_id");
	return bytes_are(&r->op_id, 1, ID_LEN) || refuse(call, STATUS_INVALID_ARGUMENT, "id_length", "op_id");
}

/* An operation of a computer carries its place in the chain. From here on the envelope is whole: whatever refuses the
 * operation can be kept with it. A rehearsal has no place. */
static bool read_chain(struct call *call)
{
	const Chibo__V1__Request *r = call->request;

	if (!r->has_device_seq || (r->has_dry_run && r->dry_run))
		return true;
	if (!bytes_are(&r->device_id, r->has_device_id, ID_LEN))
		return refuse(call, STATUS_INVALID_ARGUMENT, r->has_device_id ? "id_length" : "required", "device_id");
	if (r->device_seq == 0 || r->device_seq > INT64_MAX)
		return refuse(call, STATUS_INVALID_ARGUMENT, "out_of_range", "device_seq");
	if (!bytes_are(&r->prev_hash, r->has_prev_hash, HASH_LEN))
		return refuse(call, STATUS_INVALID_ARGUMENT, r->has_prev_hash ? "length" : "required", "prev_hash");
	call->is_chained = call->keeps = true;
	return true;
}

/* A method that this server does not know is answered like any other: a newer client's queue must not stand still.
 * Strangers have no queue, and without a name there is no operation. */
static bool refuse_method(struct call *call)
{
	const Chibo__V1__Request *r = call->request;

	if (call->peer->phase != PEER_NEW && !call->peer->enrols && r->method && r->has_token && check_ids(call))
		(void)read_chain(call);
	return refuse(call, STATUS_UNIMPLEMENTED, "unknown_method", "method");
}

static bool read_route(struct call *call)
{
	call->route = call->request->method ? route_find(call->request->method) : NULL;
	if (!call->route)
		return refuse_method(call);
	call->statements = statement_set_find(call->dispatch->statements, route_method(call->route));
	return check_phase(call) && check_ids(call) && read_chain(call);
}

static void read_deadline(struct call *call)
{
	uint64_t limit = call->dispatch->config.deadline_max_ms;

	if (call->request->has_deadline_ms && call->request->deadline_ms < limit)
		limit = call->request->deadline_ms;
	call->deadline = uv_now(call->dispatch->loop) + limit;
}

/* ---- the body ---- */

/* Of the bytes as received: a message packed again may differ (pitfalls W17). */
static void take_hashes(struct call *call)
{
	const Chibo__V1__Request *r = call->request;
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)r->method, strlen(r->method) + 1);
	crypto_hash_sha256_update(&state, r->body.data, r->body.len);
	crypto_hash_sha256_final(&state, call->request_hash);
	crypto_hash_sha256(call->token_hash, r->token.data, r->token.len);
}

static bool read_body(struct call *call)
{
	const ProtobufCBinaryData *body = &call->request->body;
	const ProtobufCMessageDescriptor *type = route_method(call->route)->input;

	/* a batch: its lines, and as many array elements again */
	if (call->route->elements > WIRE_ELEMENTS && call->peer->phase == PEER_ADMITTED)
		call->arena.live_max = call->arena.total_max;
	call->input = unpack(call, type, body->data, body->len, call->route->elements);
	return call->input != NULL;
}

static bool read_operation(struct call *call)
{
	if (!read_route(call))
		return false;
	if (call->is_chained && call->route->kind != KIND_WRITE)
		return refuse(call, STATUS_INVALID_ARGUMENT, "not_a_write", "device_seq");
	return read_body(call);
}

bool call_read(struct call *call, const uint8_t *bytes, size_t len)
{
	bool is_read;

	call->request = (Chibo__V1__Request *)(void *)unpack(call, &chibo__v1__request__descriptor, bytes, len,
							     ENVELOPE_ELEMENTS);
	if (!call->request) {
		call->closes = true;
		return false;
	}
	if (!read_id(call) || !check_load(call))
		return false;
	read_deadline(call);
	is_read = read_operation(call);
	if (is_read || call->is_chained)
		take_hashes(call); /* last: it costs more than all refusals before it */
	return is_read;
}
