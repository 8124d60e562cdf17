/* The call machine as its own files see it; everybody else has call.h. The diagram stands in call.c. */
#ifndef CHIBO_RPC_CALL_MACHINE_H
#define CHIBO_RPC_CALL_MACHINE_H

#include "call.h"

enum {
	RECEIVED, IDENTIFYING, AUTHORISED, RUNNING, REPLAYING, RECALLING, HANDLING, STREAMING, COMMITTED, FAILED, PARKING,
	PARKED, REPLIED
};

/* Goes on from the state that was set; the call may be replied to and gone on return. */
void call_tick(struct call *call);
/* Hands the segment to the pool. May tick. */
void call_submit(struct call *call);
/* Binding refused a field: the segment's refusal is the call's. Ticks. */
void call_refuse_plan(struct call *call);
/* Sets COMMITTED or FAILED by the segment's outcome, the same for a first run and a replay. */
void call_judge(struct call *call);

/* Set FAILED; whoever calls them ticks. */
void call_fail(struct call *call, enum status code, const char *rule, const char *field);
void call_fail_until(struct call *call, const char *rule, unsigned retry_after_ms);
void call_fail_busy(struct call *call, const char *rule);

#endif
