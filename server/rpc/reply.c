/* Packs envelopes. Everything is built in the call's arena, or, when that is full, not at all. */
#include "reply.h"

#include <string.h>

#include "dispatch_internal.h"
#include "internal.pb-c.h"
#include "log.h"

enum { STATUS_PACKED_MAX = 2048 };

/* Publish and Replay both answer with the receipt of the write. */
static void add_receipt(struct call *call, Chibo__V1__Reply *reply)
{
	Chibo__Internal__Receipt receipt = CHIBO__INTERNAL__RECEIPT__INIT;

	for (unsigned i = 0; i < call->segment.n_steps; i++) {
		const ProtobufCMethodDescriptor *method = call->segment.steps[i].statement->method;

		if (method->output != &chibo__internal__receipt__descriptor ||
		    !segment_fill(&call->segment, i, &call->arena, &receipt.base))
			continue;
		reply->has_replayed = strcmp(method->name, "Replay") == 0;
		reply->replayed = reply->has_replayed;
		reply->has_feed = receipt.has_feed;
		reply->feed = receipt.feed;
		reply->has_position = receipt.has_position;
		reply->position = (uint64_t)receipt.position;
		reply->has_head_hash = receipt.has_head_hash;
		reply->head_hash = receipt.head_hash;
	}
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
	(void)send_packed(call, &reply); /* it fits the small buffer */
}

static bool pack_body(struct call *call, ProtobufCBinaryData *body)
{
	body->len = protobuf_c_message_get_packed_size(call->output);
	if (body->len > call->dispatch->config.reply_max)
		return false;
	body->data = arena_alloc(&call->arena, body->len);
	return body->data && protobuf_c_message_pack(call->output, body->data) == body->len;
}

static bool send_answer(struct call *call)
{
	Chibo__V1__Reply reply = CHIBO__V1__REPLY__INIT;

	if (!pack_body(call, &reply.body))
		return false;
	reply.has_id = 1;
	reply.id = call->request_id;
	reply.has_body = 1;
	add_receipt(call, &reply);
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
