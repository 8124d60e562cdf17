/* The admin socket: what nobody may do over the network, for root and the server's own user
 * alone. */
#ifndef CHIBO_NET_ADMIN_H
#define CHIBO_NET_ADMIN_H

#include <uv.h>

#include "deadline.h"

struct admin;
struct dispatch;

/* One exchange: a frame with a packed AdminRequest (db/internal.proto), answered by a frame with a
 * Reply of id 0 whose status is absent on success; then the server closes. */
enum { ADMIN_FRAME_MAX = 4096 };

/* Deadlines that it may set at once. */
unsigned admin_deadlines(void);

/* Dispatch and deadlines are borrowed and outlive it. NULL when memory is short. */
struct admin *admin_new(uv_loop_t *loop, struct dispatch *dispatch, struct deadlines *deadlines);
/* Makes the socket, mode 0600; replaces one that nobody listens on. Returns 0 or an error of
 * libuv. */
int admin_open(struct admin *admin, const char *path) __attribute__((warn_unused_result));
/* Closes it; calls that run are waited for. Frees it before the callback. */
void admin_close(struct admin *admin, void (*closed)(void *owner), void *owner);

#endif
