/* The reply: the only place that packs one. */
#ifndef CHIBO_RPC_REPLY_H
#define CHIBO_RPC_REPLY_H

#include "call.h"

/* Packs and sends the call's final reply: its refusal, or its output with the receipt of a write. */
void reply_send(struct call *call);

#endif
