/* The call machine: from the envelope to the reply. */
#include "call.h"

#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "call_chain.h"
#include "call_machine.h"
#include "call_plan.h"
#include "call_read.h"
#include "call_tell.h"
#include "dispatch_internal.h"
#include "gate.h"
#include "log.h"
#include "pre.h"
#include "reply.h"

/*
 *    envelope, route, body; known to the gate  segment submitted        Sync back, IDLE
 *  RECEIVED -------------------------> AUTHORISED -----------> RUNNING -------------> COMMITTED --> REPLIED
 *      |  | not known, or not enough    ^   |   |              |  ^  |                    ^            ^
 *      |  |                   permitted |   |   | C handler    |  |  | known op_id        |            |
 *      |  +------> IDENTIFYING ---------+   |   +-> HANDLING --|--|--|--------------------+            |
 *      |            |  ^  |                 |        |    busy +--+  +--> REPLAYING ------+            |
 *      |       busy +--+  |                 |        |      out of sight: RECALLING ---+               |
 *      +------------------+-----------------+--------+-- refused, deadline, lost --> FAILED -----------+
 *                                                                                     |  ^             |
 *                                 an operation of a computer, refused for good: PARKING -+--> PARKED --+
 *                                                   accepted before: RECALLING <--+
 *
 * Waits in IDENTIFYING, RUNNING, REPLAYING, RECALLING and PARKING (the segment), in HANDLING (whatever the handler waits
 * for), and in RECEIVED behind an earlier operation of the same computer on the same connection. A stream goes from HANDLING
 * to STREAMING, where it waits for the next thing to tell, and from there to FAILED.
 */
static const struct sm_state states[] = {
	[RECEIVED] = {"received", SM_BIT(IDENTIFYING) | SM_BIT(AUTHORISED) | SM_BIT(FAILED)},
	[IDENTIFYING] = {"identifying", SM_BIT(AUTHORISED) | SM_BIT(FAILED)},
	[AUTHORISED] = {"authorised", SM_BIT(RUNNING) | SM_BIT(HANDLING) | SM_BIT(FAILED)},
	[RUNNING] = {"running", SM_BIT(RUNNING) | SM_BIT(REPLAYING) | SM_BIT(COMMITTED) | SM_BIT(FAILED)},
	[REPLAYING] = {"replaying", SM_BIT(REPLAYING) | SM_BIT(RECALLING) | SM_BIT(COMMITTED) | SM_BIT(FAILED)},
	[RECALLING] = {"recalling", SM_BIT(RECALLING) | SM_BIT(COMMITTED) | SM_BIT(FAILED)},
	[HANDLING] = {"handling", SM_BIT(STREAMING) | SM_BIT(COMMITTED) | SM_BIT(FAILED)},
	[STREAMING] = {"streaming", SM_BIT(FAILED)},
	[COMMITTED] = {"committed", SM_BIT(REPLIED)},
	[FAILED] = {"failed", SM_BIT(PARKING) | SM_BIT(REPLIED)},
	[PARKING] = {"parking", SM_BIT(PARKED) | SM_BIT(RECALLING) | SM_BIT(FAILED)},
	[PARKED] = {"parked", SM_BIT(REPLIED)},
	[REPLIED] = {"replied", 0},
};

static const struct sm_table table = {"call", states, sizeof states / sizeof *states};

/* Between once and twice the time: a crowd that was refused together must not come back together. */
enum { ATTEMPTS_MAX = 4, BUSY_RETRY_MS = 1000 };

/* Of a call whose peer has shown no token: many strangers must not fill the server. */
enum { STRANGER_MEMORY_MAX = 256 * 1024 };

static void begin(struct call *call);

struct call *call_new(struct dispatch *dispatch, struct peer *peer)
{
	struct call *call = dispatch_take_call(dispatch);

	if (!call)
		return NULL;
	sm_init(&call->sm, &table, RECEIVED, dispatch_next_number(dispatch));
	call->dispatch = dispatch;
	call->peer = peer;
	call->started_ns = uv_hrtime();
	call->has_device_key = peer->has_device_key;
	memcpy(call->device_key, peer->device_key, sizeof call->device_key);
	if (peer->phase != PEER_ADMITTED && call->arena.live_max > STRANGER_MEMORY_MAX)
		call->arena.live_max = STRANGER_MEMORY_MAX;
	list_append(&peer->calls, &call->link);
	peer->in_flight++;
	return call;
}

/* ---- running the segment ---- */

void call_fail(struct call *call, enum status code, const char *rule, const char *field)
{
	refusal_set(&call->refusal, code, rule, field);
	sm_move(&call->sm, FAILED);
}

void call_fail_until(struct call *call, const char *rule, unsigned retry_after_ms)
{
	call_fail(call, STATUS_UNAVAILABLE, rule, NULL);
	call->refusal.retry_after_ms = retry_after_ms;
}

void call_fail_busy(struct call *call, const char *rule)
{
	call_fail_until(call, rule, BUSY_RETRY_MS + randombytes_uniform(BUSY_RETRY_MS));
}

void call_detach(struct call *call)
{
	list_remove(&call->link);
	if (call->is_stream)
		call->peer->streams--;
	else
		call->peer->in_flight--;
	call->peer = NULL;
	if (call->waits) { /* not begun: nobody would wake it */
		call->waits = false;
		call_fail_busy(call, "busy");
		call_tick(call);
	} else if (call->gone) {
		call->gone(call);
	}
}

/* The call may be replied to and gone when this returns. */
void call_submit(struct call *call)
{
	call->attempts++;
	if (dispatch_submit(call->dispatch, &call->segment))
		return;
	call_fail_busy(call, "busy");
	call_tick(call);
}

static bool may_have_written(const struct call *call)
{
	return sm_state(&call->sm) != IDENTIFYING &&
	       (call->is_chained || call->route->kind == KIND_WRITE || call->route->kind == KIND_SESSION);
}

/* Where the segment's outcome leads, the same for a first run and a replay. */
void call_judge(struct call *call)
{
	bool write = may_have_written(call);

	switch (call->segment.outcome) {
	case SEGMENT_COMMITTED:
	case SEGMENT_ROLLED_BACK:
		sm_move(&call->sm, call_plan_answer(call) ? COMMITTED : FAILED);
		return;
	case SEGMENT_REFUSED:
		call->refusal = call->segment.refusal;
		sm_move(&call->sm, FAILED);
		return;
	case SEGMENT_NOT_SENT:
		if (uv_now(call->dispatch->loop) >= call->deadline)
			call_fail(call, STATUS_DEADLINE_EXCEEDED, "deadline", NULL);
		else
			call_fail_busy(call, "busy");
		return;
	case SEGMENT_UNKNOWN: /* sent: it may have happened (pitfalls P12) */
		if (uv_now(call->dispatch->loop) >= call->deadline)
			call_fail(call, STATUS_DEADLINE_EXCEEDED, write ? "outcome_unknown" : "deadline", NULL);
		else
			call_fail_busy(call, write ? "outcome_unknown" : "busy");
		return;
	default:
		call_fail_busy(call, "busy");
	}
}

/* Binding refused a field. */
void call_refuse_plan(struct call *call)
{
	call->refusal = call->segment.refusal;
	sm_move(&call->sm, FAILED);
	call_tick(call);
}

static bool may_repeat(const struct call *call)
{
	return call->segment.outcome == SEGMENT_CONFLICTED && call->attempts < ATTEMPTS_MAX &&
	       uv_now(call->dispatch->loop) < call->deadline;
}

/* The operation was known; now for its answer. */
static void ask_again(struct call *call, unsigned state, bool (*plan)(struct call *, void (*)(struct segment *)),
		      void (*done)(struct segment *))
{
	sm_move(&call->sm, state);
	segment_clear(&call->segment);
	if (plan(call, done))
		call_submit(call);
	else
		call_refuse_plan(call);
}

static bool is_out_of_sight(const struct call *call)
{
	return sm_state(&call->sm) == REPLAYING && call->segment.outcome == SEGMENT_REFUSED &&
	       call->segment.refusal.code == STATUS_NOT_FOUND;
}

/* ---- refused operations of computers ---- */

static void parked(struct segment *segment);

/* A refusal that could not be kept is no answer yet: the computer asks again. */
static void park(struct call *call)
{
	call->keeps = false;
	sm_move(&call->sm, PARKING);
	segment_clear(&call->segment);
	call->attempts = 0;
	if (call_plan_park(call, parked)) {
		call_submit(call);
		return;
	}
	call_fail_busy(call, "busy");
	call_tick(call);
}

/* Not in turn, or nobody's any more; whatever else goes wrong here is not what the operation was refused for. */
static void judge_unparked(struct call *call)
{
	if (call->segment.outcome != SEGMENT_REFUSED) {
		call_judge(call);
		return;
	}
	if (!call_chain_knows_better(&call->segment.refusal)) {
		call_fail_busy(call, "busy");
		return;
	}
	call->refusal = call->segment.refusal;
	call->keeps = call_chain_is_fork(&call->refusal);
	sm_move(&call->sm, FAILED);
}

static void judge_parked(struct call *call)
{
	if (call->segment.outcome != SEGMENT_COMMITTED)
		judge_unparked(call);
	else if (call_chain_is_fork(&call->refusal))
		sm_move(&call->sm, FAILED);
	else if (call_chain_parked(call))
		sm_move(&call->sm, PARKED);
	else
		call_fail_busy(call, "busy");
}

/* ---- the outcome ---- */

/* What lost against another transaction runs again; for anything else `follow` says where it leads. */
static void end_segment(struct segment *segment, void (*follow)(struct call *call))
{
	struct call *call = CONTAINER_OF(segment, struct call, segment);
	uint64_t before = log_enter(call->sm.number);

	if (may_repeat(call))
		call_submit(call);
	else
		follow(call);
	log_leave(before);
}

static void segment_done(struct segment *segment);

static void follow_run(struct call *call)
{
	if (call->segment.outcome == SEGMENT_KNOWN && sm_state(&call->sm) == RUNNING) {
		ask_again(call, REPLAYING, call_plan_replay, segment_done);
	} else if (is_out_of_sight(call)) {
		ask_again(call, RECALLING, call_plan_receipt, segment_done);
	} else {
		call_judge(call);
		call_tick(call);
	}
}

static void segment_done(struct segment *segment)
{
	end_segment(segment, follow_run);
}

static void follow_parking(struct call *call)
{
	if (call->segment.outcome == SEGMENT_KNOWN) {
		refusal_set(&call->refusal, STATUS_OK, "", NULL);
		ask_again(call, RECALLING, call_plan_receipt, segment_done);
	} else {
		judge_parked(call);
		call_tick(call);
	}
}

static void parked(struct segment *segment)
{
	end_segment(segment, follow_parking);
}

static void run(struct call *call)
{
	if (call_plan_run(call, segment_done)) {
		sm_move(&call->sm, RUNNING);
		call_submit(call);
		return;
	}
	call_refuse_plan(call);
}

/* ---- the gate ---- */

static void follow_identify(struct call *call)
{
	if (gate_learn(call)) {
		segment_clear(&call->segment);
		call->attempts = 0;
		sm_move(&call->sm, AUTHORISED);
	} else if (call->segment.outcome == SEGMENT_COMMITTED) {
		sm_move(&call->sm, FAILED);
	} else {
		call_judge(call);
	}
	call_tick(call);
}

static void identified(struct segment *segment)
{
	end_segment(segment, follow_identify);
}

static void identify(struct call *call)
{
	segment_init(&call->segment, LANE_FAST, call->deadline, identified);
	sm_move(&call->sm, IDENTIFYING);
	if (gate_ask(call))
		call_submit(call);
	else
		call_refuse_plan(call);
}

/* ---- the end ---- */

static void log_call(const struct call *call)
{
	double ms = (double)(uv_hrtime() - call->started_ns) / 1e6;

	log_info("event=call method=%s conn=%llu code=%s rule=%s ms=%.3f", call->route ? call->route->name : "-",
		 call->peer ? (unsigned long long)call->peer->number : 0ULL, status_name(call->refusal.code),
		 call->refusal.rule[0] ? LOG_TEXT(call->refusal.rule) : "-", ms);
}

/* Operations of a computer run in their order: the next one has waited for this. */
static struct call *next_in_chain(struct peer *peer)
{
	struct list *node;

	LIST_EACH(node, &peer->calls) {
		struct call *call = CONTAINER_OF(node, struct call, link);

		if (call->is_chained)
			return call;
	}
	return NULL;
}

static void finish(struct call *call)
{
	struct peer *peer = call->peer;
	struct call *next;
	bool closes = call->closes;

	call->gone = NULL; /* it is over already */
	sm_move(&call->sm, REPLIED);
	if (call->route && call->route->kind == KIND_SESSION)
		gate_forget(call);
	if (peer)
		reply_send(call);
	log_call(call); /* what was sent: an answer may have been too large */
	if (peer)
		call_detach(call);
	if (call->ended)
		call->ended(call);
	segment_clear(&call->segment);
	dispatch_give_call(call->dispatch, call);
	if (!peer)
		return;
	if (closes) {
		peer->ops->end(peer, "protocol");
		return;
	}
	next = next_in_chain(peer);
	if (next && next->waits)
		begin(next);
	peer->ops->drained(peer);
}

void call_tick(struct call *call)
{
	switch (sm_state(&call->sm)) {
	case AUTHORISED:
		if (call->route->kind == KIND_HANDLER) {
			sm_move(&call->sm, HANDLING);
			call->route->handler(call);
			return;
		}
		run(call);
		return;
	case COMMITTED:
		if (!call->route || !route_is_public(call->route)) /* a token was accepted */
			call_promote(call, PEER_ADMITTED);
		call_tell(call);
		finish(call);
		return;
	case PARKED:
		call_promote(call, PEER_ADMITTED);
		finish(call);
		return;
	case FAILED:
		if (call_chain_keeps(call))
			park(call);
		else
			finish(call);
		return;
	default:
		IMPOSSIBLE("a call ticks only where it can move");
	}
}

static void begin(struct call *call)
{
	uint64_t before = log_enter(call->sm.number);

	call->waits = false;
	if (!call->is_read) {
		sm_move(&call->sm, FAILED);
		call_tick(call);
	} else if (gate_permits(call)) {
		sm_move(&call->sm, AUTHORISED);
		call_tick(call);
	} else {
		identify(call);
	}
	log_leave(before);
}

void call_start(struct call *call, const uint8_t *bytes, size_t len)
{
	uint64_t before = log_enter(call->sm.number);

	call->is_read = call_read(call, bytes, len);
	call->waits = call->is_chained && next_in_chain(call->peer) != call;
	if (!call->waits)
		begin(call);
	log_leave(before);
}
