/* Packs envelopes. Everything is built in the call's arena, or, when that is full, not at all. */
#include "reply.h"

#include <string.h>

#include "dispatch_internal.h"
#include "log.h"

enum { STATUS_PACKED_MAX = 2048 };

/* Publish and Replay both answer with the receipt of the write. NULL: neither has. */
static const ProtobufCMethodDescriptor *find_receipt(struct call *call, Chibo__Internal__Receipt *receipt)
{
	chibo__internal__receipt__init(receipt);
	for (unsigned i = 0; i < call->segment.n_steps; i++) {
		const ProtobufCMethodDescriptor *method = call->segment.steps[i].statement->method;

		if (method->output == &chibo__internal__receipt__descriptor &&
		    segment_fill(&call->segment, i, &call->arena, &receipt->base))
			return method;
	}
	return NULL;
}

bool reply_receipt(struct call *call, Chibo__Internal__Receipt *receipt)
{
	return find_receipt(call, receipt) != NULL;
}

static void add_receipt(struct call *call, Chibo__V1__Reply *reply)
{
	Chibo__Internal__Receipt receipt;
	const ProtobufCMethodDescriptor *method = find_receipt(call, &receipt);

	if (!method)
		return;
	reply->has_replayed = strcmp(method->name, "Replay") == 0;
	reply->replayed = reply->has_replayed;
	reply->has_feed = receipt.has_feed;
	reply->feed = receipt.feed;
	reply->has_position = receipt.has_position;
	reply->position = (uint64_t)receipt.position;
	reply->has_head_hash = receipt.has_head_hash;
	reply->head_hash = receipt.head_hash;
}

static bool send_packed(struct call *call, const Chibo__V1__Reply *reply)
{
	size_t size = chibo__v1__reply__get_packed_size(reply);
	uint8_t small[STATUS_PACKED_MAX];
	uint8_t *bytes = size <= sizeof small ? small : arena_alloc(&call->arena, size);

	if (!bytes)
		return false;
	(void)chibo__v1__reply__pack(reply, bytes);
	call->peer->ops->send(call->peer, bytes, size);
	explicit_bzero(bytes, size); /* perhaps a token */
	return true;
}

static void add_parked(const Chibo__Internal__ParkResponse *parked, Chibo__V1__Reply *reply)
{
	if (!parked)
		return;
	reply->has_parked = reply->parked = 1;
	reply->has_feed = parked->has_feed;
	reply->feed = parked->feed;
	reply->has_position = parked->has_position;
	reply->position = (uint64_t)parked->position;
	reply->has_head_hash = parked->has_head_hash;
	reply->head_hash = parked->head_hash;
}

static void send_refusal(struct call *call)
{
	struct refusal *refusal = &call->refusal;
	Chibo__V1__Reply reply = CHIBO__V1__REPLY__INIT;
	Chibo__V1__Status status = CHIBO__V1__STATUS__INIT;
	Chibo__V1__Param params[REFUSAL_PARAMS];
	Chibo__V1__Param *list[REFUSAL_PARAMS];

	for (unsigned i = 0; i < refusal->n_params; i++) {
		chibo__v1__param__init(&params[i]);
		params[i].name = refusal->params[i].name;
		params[i].value = refusal->params[i].value;
		list[i] = &params[i];
	}
	status.has_code = 1;
	status.code = refusal->code;
	status.rule = refusal->rule;
	status.field = refusal->field[0] ? refusal->field : NULL;
	status.n_params = refusal->n_params;
	status.params = list;
	status.has_retry_after_ms = refusal->retry_after_ms > 0;
	status.retry_after_ms = refusal->retry_after_ms;
	reply.has_id = 1;
	reply.id = call->request_id;
	reply.status = &status;
	add_parked(call->parked, &reply);
	(void)send_packed(call, &reply); /* it fits the small buffer */
}

static bool pack_body(struct call *call, const ProtobufCMessage *output, ProtobufCBinaryData *body)
{
	body->len = protobuf_c_message_get_packed_size(output);
	if (body->len > call->dispatch->config.reply_max)
		return false;
	body->data = arena_alloc(&call->arena, body->len);
	return body->data && protobuf_c_message_pack(output, body->data) == body->len;
}

static bool send_answer(struct call *call)
{
	Chibo__V1__Reply reply = CHIBO__V1__REPLY__INIT;

	if (!pack_body(call, call->output, &reply.body))
		return false;
	reply.has_id = 1;
	reply.id = call->request_id;
	reply.has_body = 1;
	add_receipt(call, &reply);
	return send_packed(call, &reply);
}

bool reply_send_more(struct call *call, const ProtobufCMessage *output)
{
	Chibo__V1__Reply reply = CHIBO__V1__REPLY__INIT;

	if (!pack_body(call, output, &reply.body))
		return false;
	reply.has_id = reply.has_more = reply.has_body = 1;
	reply.id = call->request_id;
	reply.more = 1;
	return send_packed(call, &reply);
}

void reply_send(struct call *call)
{
	if (call->refusal.code == STATUS_OK && send_answer(call))
		return;
	if (call->refusal.code == STATUS_OK)
		refusal_set(&call->refusal, STATUS_RESOURCE_EXHAUSTED, "reply_size", NULL);
	send_refusal(call);
}
