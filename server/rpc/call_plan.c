/* The segment of a route: auth.enter first, ledger.publish last, one request, never two. */
#include "call_plan.h"

#include "call_chain.h"
#include "constant.h"
#include "dispatch_internal.h"
#include "gate.h"
#include "ids.h"
#include "internal.pb-c.h"
#include "pre.h"

_Static_assert((int)ROUTE_FAST == (int)LANE_FAST && (int)ROUTE_WRITE == (int)LANE_WRITE &&
		       (int)ROUTE_SLOW == (int)LANE_SLOW,
	       "lanes are numbered alike");

/* What asks for a session alone: a receipt and a refusal are given to whoever made the operation, whatever his grants allow by
 * now. */
#define ANY_SESSION "SessionService/WhoAmI"

/* The answer, and keeping a refusal, have memory of their own: what is done must not fail for what its request took. */
static void make_room(struct call *call)
{
	size_t room = call->dispatch->config.arena_live_max;

	call->arena.live_max = call->arena.live + room;
	call->arena.total_max = call->arena.total + room;
}

static bool no_memory(struct call *call)
{
	refusal_set(&call->segment.refusal, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
	return false;
}

static bool add_internal(struct call *call, const char *method, const ProtobufCMessage *request)
{
	return segment_add_all(&call->segment, statement_set_internal(call->dispatch->statements, method),
			       request, &call->arena);
}

static ProtobufCBinaryData hash_bytes(uint8_t *hash)
{
	return (ProtobufCBinaryData){HASH_LEN, hash};
}

static bool add_enter(struct call *call, const char *method, bool read_only)
{
	Chibo__Internal__EnterRequest *enter = arena_alloc(&call->arena, sizeof *enter);
	uint64_t now = uv_now(call->dispatch->loop);

	if (!enter)
		return no_memory(call);
	chibo__internal__enter_request__init(enter);
	enter->has_token_hash = 1;
	enter->token_hash = hash_bytes(call->token_hash);
	enter->has_grant_id = call->request->has_grant_id;
	enter->grant_id = call->request->grant_id;
	enter->method = constant(method);
	enter->has_read_only = 1;
	enter->read_only = read_only;
	enter->has_timeout_ms = 1;
	enter->timeout_ms = call->deadline > now ? (int32_t)(call->deadline - now) : 1;
	enter->has_device_key = call->has_device_key;
	enter->device_key = hash_bytes(call->device_key);
	return add_internal(call, "Enter", &enter->base);
}

/* A read has no effect to repeat: its op_id is made here, so that each one is on record. */
static ProtobufCBinaryData op_id_of(struct call *call)
{
	if (call->route->kind == KIND_WRITE)
		return call->request->op_id;
	id_make(call->op_id);
	return (ProtobufCBinaryData){ID_LEN, call->op_id};
}

static bool add_claim(struct call *call)
{
	Chibo__Internal__ClaimRequest *claim = arena_alloc(&call->arena, sizeof *claim);

	if (!claim)
		return no_memory(call);
	chibo__internal__claim_request__init(claim);
	claim->has_op_id = 1;
	claim->op_id = op_id_of(call);
	claim->has_request_hash = 1;
	claim->request_hash = hash_bytes(call->request_hash);
	if (!call_chain_claim(call, claim))
		return no_memory(call);
	return add_internal(call, "Claim", &claim->base);
}

static bool add_replay(struct call *call)
{
	Chibo__Internal__ReplayRequest *replay = arena_alloc(&call->arena, sizeof *replay);

	if (!replay)
		return no_memory(call);
	chibo__internal__replay_request__init(replay);
	replay->has_op_id = 1;
	replay->op_id = call->request->op_id;
	replay->has_request_hash = 1;
	replay->request_hash = hash_bytes(call->request_hash);
	call_chain_replay(call, replay);
	return add_internal(call, "Replay", &replay->base);
}

static bool add_plain(struct call *call, const char *method, const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *request = arena_alloc(&call->arena, type->sizeof_message);

	if (!request)
		return no_memory(call);
	protobuf_c_message_init(type, request);
	return add_internal(call, method, request);
}

static bool add_statements(struct call *call, bool only_answers)
{
	for (size_t i = 0; i < call->statements->n; i++) {
		const struct statement *statement = &call->statements->items[i];

		if (only_answers && !(statement->is_answer && statement->is_select))
			continue;
		if (!segment_add(&call->segment, statement, call->input, &call->arena))
			return false;
	}
	return true;
}

static bool is_dry_run(const struct call *call)
{
	enum route_kind kind = call->route->kind;

	return (kind == KIND_WRITE || kind == KIND_SESSION) && call->request->has_dry_run && call->request->dry_run;
}

static bool is_durable_write(const struct call *call)
{
	return call->route->kind == KIND_WRITE && !is_dry_run(call);
}

/* In the ledger: its segment claims an operation and publishes it. */
static bool is_recorded(const struct call *call)
{
	return call->route->kind == KIND_READ_AUDITED || is_durable_write(call);
}

bool call_plan_run(struct call *call, void (*done)(struct segment *))
{
	segment_init(&call->segment, (enum lane)call->route->lane, call->deadline, done);
	if (!add_enter(call, call->route->name, call->route->kind == KIND_READ))
		return false;
	if (is_recorded(call) && !add_claim(call))
		return false;
	if (!gate_add_targets(call))
		return false;
	call->n_before = call->segment.n_steps;
	if (!add_statements(call, false))
		return false;
	if (is_dry_run(call))
		return add_plain(call, "RollBack", &chibo__internal__roll_back_request__descriptor);
	if (is_recorded(call))
		return add_plain(call, "Publish", &chibo__internal__publish_request__descriptor);
	return true;
}

bool call_plan_query(struct call *call, bool enters, const char *internal, const ProtobufCMessage *request)
{
	return (!enters || add_enter(call, call->route->name, false)) && add_internal(call, internal, request);
}

bool call_plan_look(struct call *call, const char *internal, const ProtobufCMessage *request)
{
	return add_enter(call, call->route->name, true) && gate_add_targets(call) && add_internal(call, internal, request);
}

bool call_plan_replay(struct call *call, void (*done)(struct segment *))
{
	segment_init(&call->segment, (enum lane)call->route->lane, call->deadline, done);
	if (!add_enter(call, call->route->name, !call->is_chained) || !add_replay(call) || !gate_add_targets(call))
		return false;
	call->n_before = call->segment.n_steps;
	return add_statements(call, true);
}

bool call_plan_receipt(struct call *call, void (*done)(struct segment *))
{
	segment_init(&call->segment, LANE_WRITE, call->deadline, done);
	call->n_before = 0;
	return add_enter(call, ANY_SESSION, !call->is_chained) && add_replay(call);
}

bool call_plan_park(struct call *call, void (*done)(struct segment *))
{
	const ProtobufCMessage *request;
	const char *method;

	make_room(call);
	segment_init(&call->segment, LANE_WRITE, call->deadline, done);
	request = call_chain_park(call, &method);
	if (!request)
		return no_memory(call);
	return add_enter(call, ANY_SESSION, false) && add_internal(call, method, request);
}

/* ---- the answer ---- */

/* A write whose record is out of sight afterwards has still been done. */
static bool must_have_row(const struct call *call)
{
	return call->route && call->route->rows == ROWS_ONE && !is_durable_write(call);
}

static bool main_is_empty(const struct call *call)
{
	for (unsigned i = call->n_before; i < call->segment.n_steps; i++)
		if (call->segment.steps[i].statement->is_main)
			return segment_rows(&call->segment, i) == 0;
	return false;
}

static bool refuse(struct call *call, enum status code, const char *rule)
{
	refusal_set(&call->refusal, code, rule, NULL);
	return false;
}

/* Of a method that this server does not know any more there is nothing but the receipt. */
static const ProtobufCMessageDescriptor *answer_type(const struct call *call)
{
	return call->route ? route_method(call->route)->output : &chibo__internal__roll_back_response__descriptor;
}

bool call_plan_answer(struct call *call)
{
	const ProtobufCMessageDescriptor *type = answer_type(call);

	make_room(call);
	call->output = arena_alloc(&call->arena, type->sizeof_message);
	if (!call->output)
		return refuse(call, STATUS_RESOURCE_EXHAUSTED, "reply_size");
	protobuf_c_message_init(type, call->output);
	if (must_have_row(call) && main_is_empty(call))
		return refuse(call, STATUS_NOT_FOUND, "not_found");
	if (segment_fill_all(&call->segment, call->n_before, &call->arena, call->output))
		return true;
	call->refusal = call->segment.refusal;
	return false;
}
