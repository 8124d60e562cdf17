/* What the root-only socket may ask for. */
#ifndef CHIBO_RPC_ADMIN_CALL_H
#define CHIBO_RPC_ADMIN_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct dispatch;

/* `packed` is an AdminRequest, copied. `done` comes on the loop, perhaps before this returns; refusal NULL: it
 * is committed; STATUS_OK: so it is, and the params say more. */
void admin_run(struct dispatch *dispatch, const uint8_t *packed, size_t len, uint32_t uid,
	       void (*done)(void *owner, const struct refusal *refusal), void *owner);

#endif
