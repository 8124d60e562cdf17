/* Which statements a call's segment holds, and how their rows become the answer. */
#ifndef CHIBO_RPC_CALL_PLAN_H
#define CHIBO_RPC_CALL_PLAN_H

#include "call.h"

/* enter, for a write claim, check_targets if the request names records, the method's statements, for a write
 * publish; or, for a dry run, a rollback. The claim comes before the targets: what was done stays done although
 * its record has left the caller's scope since.
 * False: call->segment.refusal names the field that cannot be bound. */
bool call_plan_run(struct call *call, void (*done)(struct segment *)) MUST_CHECK;
/* enter, replay, check_targets, and those of the method's statements that only answer. */
bool call_plan_replay(struct call *call, void (*done)(struct segment *)) MUST_CHECK;
/* enter as any session and replay: the receipt alone, of a write whose record is out of sight by now, or whose method is not
 * allowed any more. */
bool call_plan_receipt(struct call *call, void (*done)(struct segment *)) MUST_CHECK;
/* enter as any session, then the refusal is kept, or the fork and its computer's quarantine. */
bool call_plan_park(struct call *call, void (*done)(struct segment *)) MUST_CHECK;
/* One internal statement for a handler, perhaps after enter. The segment is initialised. */
bool call_plan_query(struct call *call, bool enters, const char *internal, const ProtobufCMessage *request) MUST_CHECK;
/* One look of a stream: enter, for reading, check_targets, and an internal statement. */
bool call_plan_look(struct call *call, const char *internal, const ProtobufCMessage *request) MUST_CHECK;
/* Makes call->output. False: call->refusal. */
bool call_plan_answer(struct call *call) MUST_CHECK;

#endif
