/* What the root-only socket may ask for: the first administrator. */
#ifndef CHIBO_RPC_ADMIN_CALL_H
#define CHIBO_RPC_ADMIN_CALL_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct dispatch;

/* `packed` is a BootstrapRequest, copied. `done` comes on the loop, perhaps before this returns; refusal
 * NULL: it is committed. */
void admin_bootstrap(struct dispatch *dispatch, const uint8_t *packed, size_t len, uint32_t uid,
		     void (*done)(void *owner, const struct refusal *refusal), void *owner);

#endif
