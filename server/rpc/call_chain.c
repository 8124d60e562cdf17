/* Which refusals are answers, and what the database is told of an operation. */
#include "call_chain.h"

#include <stdio.h>
#include <string.h>

#include "constant.h"
#include "ids.h"
#include "pg_error.h"

/* ---- which refusals are kept ---- */

static bool is_one_of(const char *rule, const char *const *rules, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(rule, rules[i]) == 0)
			return true;
	return false;
}

/* The same request may be answered otherwise later, or the answer says nothing of the operation itself. */
static bool is_open(const struct refusal *refusal)
{
	static const char *const rules[] = {"op_id_reused", "gap", "fork", "device_quarantined", "device_mismatch",
					    "grant_required"};

	return is_one_of(refusal->rule, rules, sizeof rules / sizeof *rules);
}

static bool is_definite(const struct refusal *refusal)
{
	switch (refusal->code) {
	case STATUS_INVALID_ARGUMENT:
	case STATUS_NOT_FOUND:
	case STATUS_ALREADY_EXISTS:
	case STATUS_PERMISSION_DENIED:
	case STATUS_FAILED_PRECONDITION:
	case STATUS_ABORTED:
	case STATUS_OUT_OF_RANGE:
	case STATUS_UNIMPLEMENTED:
	case STATUS_INTERNAL:
		return !is_open(refusal);
	default:
		return false;
	}
}

bool call_chain_is_fork(const struct refusal *refusal)
{
	return refusal->code == STATUS_FAILED_PRECONDITION && strcmp(refusal->rule, "fork") == 0;
}

bool call_chain_keeps(const struct call *call)
{
	return call->keeps && (is_definite(&call->refusal) || call_chain_is_fork(&call->refusal));
}

bool call_chain_knows_better(const struct refusal *refusal)
{
	return refusal->code == STATUS_UNAUTHENTICATED || is_open(refusal);
}

/* ---- records that a request names ---- */

static bool ends_in(const char *name, const char *end)
{
	size_t len = strlen(name), n = strlen(end);

	return len > n && strcmp(name + len - n, end) == 0;
}

static bool is_id(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_BYTES &&
	       (strcmp(field->name, "id") == 0 || ends_in(field->name, "_id") || ends_in(field->name, "_ids"));
}

/* The values of a field of ids or messages, one after the other. */
static const void *values_of(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t *n)
{
	const char *base = (const char *)message;
	const void *values = base + field->offset;
	protobuf_c_boolean present;

	if (field->label == PROTOBUF_C_LABEL_REPEATED) {
		memcpy(n, base + field->quantifier_offset, sizeof *n);
		memcpy(&values, base + field->offset, sizeof values);
	} else if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
		*n = *(ProtobufCMessage *const *)values != NULL;
	} else {
		memcpy(&present, base + field->quantifier_offset, sizeof present);
		*n = present != 0;
	}
	return values;
}

/* Counts them, and writes them to `out` unless it is NULL. Messages nest no deeper than WIRE_DEPTH. */
static size_t gather(const ProtobufCMessage *message, ProtobufCBinaryData *out)
{
	size_t total = 0;

	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];
		const void *values;
		size_t n;

		if (!is_id(field) && field->type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		values = values_of(message, field, &n);
		for (size_t k = 0; k < n; k++) {
			const ProtobufCBinaryData *id = (const ProtobufCBinaryData *)values + k;

			if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
				total += gather(((ProtobufCMessage *const *)values)[k], out ? out + total : NULL);
			} else if (id->len == ID_LEN) {
				if (out)
					out[total] = *id;
				total++;
			}
		}
	}
	return total;
}

/* The request's own `id`; NULL: it has none, or could not be read. */
static const ProtobufCBinaryData *subject_of(const struct call *call)
{
	const ProtobufCFieldDescriptor *field;
	const ProtobufCBinaryData *id;
	size_t n;

	if (!call->input)
		return NULL;
	field = protobuf_c_message_descriptor_get_field_by_name(call->input->descriptor, "id");
	if (!field || !is_id(field) || field->label == PROTOBUF_C_LABEL_REPEATED)
		return NULL;
	id = values_of(call->input, field, &n);
	return n == 1 && id->len == ID_LEN ? id : NULL;
}

/* ---- what the database is told ---- */

bool call_chain_claim(struct call *call, Chibo__Internal__ClaimRequest *claim)
{
	const Chibo__V1__Request *r = call->request;

	if (!call->is_chained)
		return true;
	claim->has_device_id = claim->has_device_seq = claim->has_prev_hash = claim->has_attended = 1;
	claim->device_id = r->device_id;
	claim->device_seq = (int64_t)r->device_seq;
	claim->prev_hash = r->prev_hash;
	claim->attended = r->has_attended && r->attended;
	claim->n_named = gather(call->input, NULL);
	claim->named = arena_alloc(&call->arena, claim->n_named * sizeof *claim->named);
	if (!claim->named)
		return false;
	(void)gather(call->input, claim->named);
	return true;
}

void call_chain_replay(const struct call *call, Chibo__Internal__ReplayRequest *replay)
{
	const Chibo__V1__Request *r = call->request;

	if (!call->is_chained)
		return;
	replay->has_device_id = replay->has_device_seq = replay->has_prev_hash = 1;
	replay->device_id = r->device_id;
	replay->device_seq = (int64_t)r->device_seq;
	replay->prev_hash = r->prev_hash;
}

/* "name=value", a line for each. */
static char *join_params(struct call *call)
{
	const struct refusal *refusal = &call->refusal;
	size_t size = sizeof refusal->params + (size_t)2 * REFUSAL_PARAMS, len = 0;
	char *text = arena_zalloc(&call->arena, size);

	for (unsigned i = 0; text && i < refusal->n_params; i++)
		len += (size_t)snprintf(text + len, size - len, "%s%s=%s", i > 0 ? "\n" : "", refusal->params[i].name,
					refusal->params[i].value);
	return text;
}

static bool add_refusal(struct call *call, Chibo__Internal__ParkRequest *park)
{
	park->has_code = 1;
	park->code = (int32_t)call->refusal.code;
	park->rule = call->refusal.rule;
	park->field = call->refusal.field;
	park->params = join_params(call);
	return park->params != NULL;
}

static void add_place(struct call *call, Chibo__Internal__ParkRequest *park)
{
	const Chibo__V1__Request *r = call->request;

	park->has_op_id = park->has_request_hash = park->has_device_id = park->has_device_seq = park->has_prev_hash = 1;
	park->op_id = r->op_id;
	park->request_hash = (ProtobufCBinaryData){HASH_LEN, call->request_hash};
	park->device_id = r->device_id;
	park->device_seq = (int64_t)r->device_seq;
	park->prev_hash = r->prev_hash;
}

static void add_content(struct call *call, Chibo__Internal__ParkRequest *park, bool with_body)
{
	const ProtobufCBinaryData *subject = subject_of(call);

	park->method = call->request->method;
	park->has_subject_id = subject != NULL;
	if (subject)
		park->subject_id = *subject;
	park->has_body = with_body;
	park->body = call->request->body;
}

const ProtobufCMessage *call_chain_park(struct call *call, const char **method)
{
	Chibo__Internal__ParkRequest *park = arena_alloc(&call->arena, sizeof *park);
	bool is_fork = call_chain_is_fork(&call->refusal);

	*method = is_fork ? "Quarantine" : "Park";
	if (!park)
		return NULL;
	chibo__internal__park_request__init(park);
	add_place(call, park);
	add_content(call, park, is_fork || !(call->request->has_attended && call->request->attended));
	if (is_fork)
		id_make(call->op_id);
	park->has_id = 1;
	park->id = is_fork ? (ProtobufCBinaryData){ID_LEN, call->op_id} : call->request->op_id;
	return add_refusal(call, park) ? &park->base : NULL;
}

bool call_chain_parked(struct call *call)
{
	Chibo__Internal__ParkResponse *parked = arena_alloc(&call->arena, sizeof *parked);

	if (!parked)
		return false;
	chibo__internal__park_response__init(parked);
	if (!segment_fill_all(&call->segment, 0, &call->arena, &parked->base))
		return false;
	refusal_set(&call->refusal, (enum status)parked->code, parked->rule, parked->field);
	pg_error_params(parked->params, &call->refusal);
	call->parked = parked;
	return true;
}
