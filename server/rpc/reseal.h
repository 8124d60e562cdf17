/* Puts sealed values under the newest key, a few records at a time. */
#ifndef CHIBO_RPC_RESEAL_H
#define CHIBO_RPC_RESEAL_H

#include "status.h"

struct dispatch;

/* One batch. `done` comes on the loop, perhaps before this returns: STATUS_OK with the params `key` (the
 * newest), `sealed` (values of this batch) and `left` (records), or why not. What is done stays done, so the
 * next batch goes on from there, whoever asks for it. */
void reseal_start(struct dispatch *dispatch, void (*done)(void *owner, const struct refusal *result), void *owner);

#endif
