/* The reply: the only place that packs one. */
#ifndef CHIBO_RPC_REPLY_H
#define CHIBO_RPC_REPLY_H

#include "call.h"
#include "internal.pb-c.h"

/* Packs and sends the call's final reply: its refusal, or its output with the receipt of a write. */
void reply_send(struct call *call);
/* One more answer of a stream, before the final one. False: it is too large, or memory is short. */
bool reply_send_more(struct call *call, const ProtobufCMessage *output) MUST_CHECK;
/* The receipt of the write that the call has committed; false: there is none. */
bool reply_receipt(struct call *call, Chibo__Internal__Receipt *receipt) MUST_CHECK;

#endif
