/* What a handler may do with its call. */
#include "call_machine.h"
#include "call_plan.h"
#include "dispatch_internal.h"
#include "log.h"
#include "pre.h"

enum { STREAMS_PER_CONNECTION = 4 };

static void query_done(struct segment *segment)
{
	struct call *call = CONTAINER_OF(segment, struct call, segment);
	uint64_t before = log_enter(call->sm.number);

	call->then(call);
	log_leave(before);
}

static void query(struct call *call, bool enters, const char *internal, const ProtobufCMessage *request,
		  enum lane lane, void (*then)(struct call *call))
{
	call->then = then;
	segment_clear(&call->segment);
	segment_init(&call->segment, lane, call->deadline, query_done);
	if (call_plan_query(call, enters, internal, request))
		call_submit(call);
	else
		call_refuse_plan(call);
}

void call_query(struct call *call, const char *internal, const ProtobufCMessage *request, enum lane lane,
		void (*then)(struct call *call))
{
	query(call, false, internal, request, lane, then);
}

void call_query_entered(struct call *call, const char *internal, const ProtobufCMessage *request, enum lane lane,
			void (*then)(struct call *call))
{
	query(call, true, internal, request, lane, then);
}

void call_query_look(struct call *call, const char *internal, const ProtobufCMessage *request,
		     void (*then)(struct call *call))
{
	call->then = then;
	call->attempts = 0;
	call->deadline = uv_now(call->dispatch->loop) + call->dispatch->config.deadline_max_ms;
	segment_clear(&call->segment);
	segment_init(&call->segment, (enum lane)call->route->lane, call->deadline, query_done);
	if (call_plan_look(call, internal, request))
		call_submit(call);
	else
		call_refuse_plan(call);
}

bool call_may_stream(const struct call *call)
{
	return call->dispatch->streams < call->dispatch->config.streams_max &&
	       (!call->peer || call->peer->streams < STREAMS_PER_CONNECTION);
}

void call_stream(struct call *call)
{
	PRE(!call->is_stream);
	sm_move(&call->sm, STREAMING);
	call->is_stream = true;
	call->dispatch->in_flight--;
	call->dispatch->streams++;
	if (!call->peer)
		return;
	call->peer->in_flight--;
	call->peer->streams++;
	call_promote(call, PEER_ADMITTED);
	call->peer->ops->drained(call->peer);
}

bool call_take(struct call *call, ProtobufCMessage *response)
{
	if (call->segment.outcome == SEGMENT_COMMITTED && segment_fill_all(&call->segment, 0, &call->arena, response))
		return true;
	if (call->segment.outcome == SEGMENT_COMMITTED)
		call_fail(call, STATUS_INTERNAL, "internal", NULL);
	else
		call_judge(call);
	call_tick(call);
	return false;
}

void call_promote(struct call *call, enum peer_phase phase)
{
	if (!call->peer || call->peer->phase >= phase)
		return;
	call->peer->phase = phase;
	call->peer->ops->phase(call->peer);
}

void call_answer(struct call *call, ProtobufCMessage *output)
{
	call->output = output;
	sm_move(&call->sm, COMMITTED);
	call_tick(call);
}

void call_refuse(struct call *call, enum status code, const char *rule, const char *field)
{
	call_fail(call, code, rule, field);
	call_tick(call);
}

void call_refuse_busy(struct call *call)
{
	call_fail_busy(call, "busy");
	call_tick(call);
}

void call_refuse_until(struct call *call, unsigned retry_after_ms)
{
	call_fail_until(call, "busy", retry_after_ms);
	call_tick(call);
}
