/* Between handlers and throttle. */
#include "proof.h"

#include "call.h"
#include "constant.h"
#include "dispatch_internal.h"
#include "internal.pb-c.h"

static struct proof *proof_of(struct call *call)
{
	return call->handler_data;
}

static uint64_t now_of(const struct call *call)
{
	return uv_now(call->dispatch->loop);
}

static void ended(struct call *call)
{
	struct proof *proof = proof_of(call);

	hasher_leave(&call->dispatch->hasher);
	throttle_end(call->dispatch->throttle, &proof->attempt, proof->outcome, now_of(call));
}

bool proof_begin(struct call *call, void (*refuse)(struct call *call))
{
	struct proof *proof = proof_of(call);
	struct dispatch *dispatch = call->dispatch;

	if (!hasher_enter(&dispatch->hasher)) {
		call_refuse_busy(call);
		return false;
	}
	call->ended = ended;
	call->deadline = now_of(call) + dispatch->config.deadline_max_ms;
	proof->refuse = refuse;
	if (throttle_begin(dispatch->throttle, &proof->attempt, call->peer->source, now_of(call)) == THROTTLE_MAY_TRY)
		return true;
	call_refuse_until(call, proof->attempt.retry_after_ms);
	return false;
}

enum throttle_verdict proof_judge(struct call *call, const char *login_name, const struct throttle_record *record)
{
	struct proof *proof = proof_of(call);
	enum throttle_verdict verdict;

	proof->login_name = login_name;
	verdict = throttle_know(call->dispatch->throttle, &proof->attempt, login_name, record, now_of(call));
	proof->denied = verdict == THROTTLE_MUST_FAIL;
	if (verdict == THROTTLE_BUSY)
		call_refuse_until(call, proof->attempt.retry_after_ms);
	return verdict;
}

static void recorded(struct call *call)
{
	proof_of(call)->refuse(call);
}

void proof_fail(struct call *call)
{
	struct proof *proof = proof_of(call);
	Chibo__Internal__RecordFailureRequest query = CHIBO__INTERNAL__RECORD_FAILURE_REQUEST__INIT;

	proof->outcome = proof->denied ? THROTTLE_DENIED : THROTTLE_FAILED;
	query.login_name = constant(proof->login_name);
	query.source = proof->attempt.network;
	query.has_tested = 1;
	query.tested = !proof->denied;
	query.has_source_cost_ms = 1;
	query.source_cost_ms = (int32_t)call->dispatch->config.throttle.source_interval_ms;
	call_query(call, "RecordFailure", &query.base, LANE_WRITE, recorded);
}

void proof_pass(struct call *call)
{
	proof_of(call)->outcome = THROTTLE_PASSED;
}
