/* Bootstrap runs one internal statement without a session: whoever reaches the socket is root. */
#include "admin_call.h"

#include <stdlib.h>

#include "arena.h"
#include "dispatch_internal.h"
#include "internal.pb-c.h"
#include "list.h"
#include "log.h"
#include "segment.h"
#include "wire_check.h"

enum { MEMORY_MAX = 64 * 1024, DEADLINE_MS = 10000, ELEMENTS_MAX = 32 };

struct admin_call {
	struct arena arena;
	struct segment segment;
	void (*done)(void *owner, const struct refusal *refusal);
	void *owner;
};

static void finish(struct admin_call *call, const struct refusal *refusal)
{
	log_info("event=bootstrap code=%s rule=%s", refusal ? status_name(refusal->code) : "OK",
		 refusal ? refusal->rule : "-");
	call->done(call->owner, refusal);
	segment_clear(&call->segment);
	arena_close(&call->arena);
	free(call);
}

static void segment_done(struct segment *segment)
{
	struct admin_call *call = CONTAINER_OF(segment, struct admin_call, segment);

	if (segment->outcome == SEGMENT_COMMITTED) {
		finish(call, NULL);
		return;
	}
	if (segment->outcome != SEGMENT_REFUSED)
		refusal_set(&segment->refusal, STATUS_UNAVAILABLE, "outcome_unknown", NULL);
	finish(call, &segment->refusal);
}

static const ProtobufCMessage *unpack(struct admin_call *call, const uint8_t *packed, size_t len, uint32_t uid)
{
	static const struct wire_limits limits = {WIRE_DEPTH, ELEMENTS_MAX, 0};
	Chibo__Internal__BootstrapRequest *request;

	if (!wire_check(&chibo__internal__bootstrap_request__descriptor, packed, len, &limits,
			&call->segment.refusal))
		return NULL;
	request = chibo__internal__bootstrap_request__unpack(arena_allocator(&call->arena), len, packed);
	if (!request) {
		refusal_set(&call->segment.refusal, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return NULL;
	}
	request->has_local_uid = 1;
	request->local_uid = (int32_t)uid;
	return &request->base;
}

void admin_bootstrap(struct dispatch *dispatch, const uint8_t *packed, size_t len, uint32_t uid,
		     void (*done)(void *owner, const struct refusal *refusal), void *owner)
{
	struct admin_call *call = calloc(1, sizeof *call);
	const ProtobufCMessage *request;
	struct refusal no_memory;

	if (!call) {
		refusal_set(&no_memory, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		done(owner, &no_memory);
		return;
	}
	call->done = done;
	call->owner = owner;
	arena_init(&call->arena, MEMORY_MAX, MEMORY_MAX);
	segment_init(&call->segment, LANE_WRITE, uv_now(dispatch->loop) + DEADLINE_MS, segment_done);
	request = unpack(call, packed, len, uid);
	if (!request || !segment_add_all(&call->segment,
					 statement_set_internal(dispatch->statements, "Bootstrap"), request, &call->arena)) {
		finish(call, &call->segment.refusal);
		return;
	}
	if (!dispatch_submit(dispatch, &call->segment)) {
		refusal_set(&call->segment.refusal, STATUS_UNAVAILABLE, "busy", NULL);
		finish(call, &call->segment.refusal);
	}
}
