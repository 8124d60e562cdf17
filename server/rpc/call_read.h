/* Reading a frame: envelope, route, body, and whether the call may go on at all. */
#ifndef CHIBO_RPC_CALL_READ_H
#define CHIBO_RPC_CALL_READ_H

#include "call.h"

/* Fills what the call knows from the frame. False: call->refusal, and perhaps call->closes. */
bool call_read(struct call *call, const uint8_t *bytes, size_t len) MUST_CHECK;

#endif
