/* Which statements a call's segment holds, and how their rows become the answer. */
#ifndef CHIBO_RPC_CALL_PLAN_H
#define CHIBO_RPC_CALL_PLAN_H

#include "call.h"

/* enter, for a write claim, the method's statements, for a write publish; or, for a dry run, a rollback.
 * False: call->segment.refusal names the field that cannot be bound. */
bool call_plan_run(struct call *call, void (*done)(struct segment *)) MUST_CHECK;
/* enter, replay, and those of the method's statements that only answer. */
bool call_plan_replay(struct call *call, void (*done)(struct segment *)) MUST_CHECK;
/* Makes call->output. False: call->refusal. */
bool call_plan_answer(struct call *call) MUST_CHECK;

#endif
