/* The server's own gate before auth.enter: may this token use this route, and is what the request names
 * in its scope. It asks the database once for each token and grant of a connection, and again before it
 * refuses; a right that has ended meanwhile is refused by auth.enter. */
#ifndef CHIBO_RPC_GATE_H
#define CHIBO_RPC_GATE_H

#include <stdbool.h>

#include "status.h"

struct call;

/* What the connection knows is enough to let the call through. */
bool gate_permits(const struct call *call);
/* Puts Identify into the call's segment. */
bool gate_ask(struct call *call) MUST_CHECK;
/* Takes what Identify has found, and judges by it. False after SEGMENT_COMMITTED: call->refusal. */
bool gate_learn(struct call *call) MUST_CHECK;
/* The caller's session has changed. */
void gate_forget(struct call *call);
/* Adds auth.check_targets for the records that the request names. False: call->segment.refusal. */
bool gate_add_targets(struct call *call) MUST_CHECK;

#endif
