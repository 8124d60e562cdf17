/* Operations of computers: their place in the chain, the records that they name, and what becomes of their refusals. */
#ifndef CHIBO_RPC_CALL_CHAIN_H
#define CHIBO_RPC_CALL_CHAIN_H

#include "call.h"
#include "internal.pb-c.h"

/* The fields of the chain that the claim takes. False: memory. */
bool call_chain_claim(struct call *call, Chibo__Internal__ClaimRequest *claim) MUST_CHECK;
void call_chain_replay(const struct call *call, Chibo__Internal__ReplayRequest *replay);

/* Whether the refusal is to be kept: a definite one, or a fork. */
bool call_chain_keeps(const struct call *call);
/* The request of Park or Quarantine, whose name goes to `method`. NULL: memory. */
const ProtobufCMessage *call_chain_park(struct call *call, const char **method) MUST_CHECK;
/* What the database answers to Park is the refusal from now on: perhaps an earlier one. False: memory. */
bool call_chain_parked(struct call *call) MUST_CHECK;
/* The database would not keep it: whether that says more of the operation than its first refusal did. */
bool call_chain_knows_better(const struct refusal *refusal);
bool call_chain_is_fork(const struct refusal *refusal);

#endif
