/* Enrol: a one-time code makes a stranger's key one that is known. Guesses cost their network as much as wrong passwords. */
#include <string.h>

#include <sodium.h>

#include "call.h"
#include "chibo/v1/device.pb-c.h"
#include "devices.h"
#include "dispatch_internal.h"
#include "handlers.h"
#include "internal.pb-c.h"
#include "throttle.h"

struct enrol {
	struct attempt attempt;
	enum throttle_outcome outcome;
	uint8_t code_hash[HASH_LEN];
};

static void ended(struct call *call)
{
	struct enrol *enrol = call->handler_data;

	throttle_end(call->dispatch->throttle, &enrol->attempt, enrol->outcome, uv_now(call->dispatch->loop));
}

static void refuse(struct call *call)
{
	call_refuse(call, STATUS_UNAUTHENTICATED, "enrol_failed", "code");
}

static void fail(struct call *call)
{
	struct enrol *enrol = call->handler_data;
	Chibo__Internal__RecordFailureRequest query = CHIBO__INTERNAL__RECORD_FAILURE_REQUEST__INIT;

	enrol->outcome = THROTTLE_FAILED;
	query.source = enrol->attempt.network;
	query.has_tested = 1;
	query.tested = 1;
	query.has_source_cost_ms = 1;
	query.source_cost_ms = (int32_t)call->dispatch->config.throttle.source_interval_ms;
	call_query(call, "RecordFailure", &query.base, LANE_WRITE, refuse);
}

static void answer(struct call *call)
{
	struct enrol *enrol = call->handler_data;
	Chibo__V1__DeviceEnrolResponse *response = arena_alloc(&call->arena, sizeof *response);

	if (call->segment.outcome == SEGMENT_REFUSED && strcmp(call->segment.refusal.rule, "enrol_failed") == 0) {
		fail(call);
		return;
	}
	if (!response) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	chibo__v1__device_enrol_response__init(response);
	if (!call_take(call, &response->base))
		return;
	enrol->outcome = THROTTLE_PASSED;
	devices_add(call->dispatch->devices, call->device_key);
	call->closes = true; /* what comes next comes under the other ALPN */
	call_answer(call, &response->base);
}

static void ask(struct call *call)
{
	struct enrol *enrol = call->handler_data;
	Chibo__Internal__EnrolRequest query = CHIBO__INTERNAL__ENROL_REQUEST__INIT;

	query.has_code_hash = 1;
	query.code_hash = (ProtobufCBinaryData){HASH_LEN, enrol->code_hash};
	query.has_device_key = call->has_device_key;
	query.device_key = (ProtobufCBinaryData){HASH_LEN, call->device_key};
	call_query(call, "Enrol", &query.base, LANE_WRITE, answer);
}

void handle_Device_Enrol(struct call *call)
{
	const Chibo__V1__DeviceEnrolRequest *request = (const void *)call->input;
	struct enrol *enrol = call->handler_data = arena_zalloc(&call->arena, sizeof *enrol);

	if (!request->code) {
		call_refuse(call, STATUS_INVALID_ARGUMENT, "required", "code");
		return;
	}
	if (!enrol) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	crypto_hash_sha256(enrol->code_hash, (const uint8_t *)request->code, strlen(request->code));
	call->ended = ended;
	if (throttle_begin(call->dispatch->throttle, &enrol->attempt, call->peer->source,
			   uv_now(call->dispatch->loop)) == THROTTLE_MAY_TRY)
		ask(call);
	else
		call_refuse_until(call, enrol->attempt.retry_after_ms);
}
