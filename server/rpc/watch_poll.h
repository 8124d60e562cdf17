/* The clock of the streams: what other processes have committed is seen by a poll of all heads, who was silent for long looks
 * again. Stands still while nobody streams. */
#ifndef CHIBO_RPC_WATCH_POLL_H
#define CHIBO_RPC_WATCH_POLL_H

struct dispatch;
struct watch_poll;

/* NULL when memory is short. */
struct watch_poll *watch_poll_new(struct dispatch *dispatch);
/* Somebody streams from now on. */
void watch_poll_start(struct watch_poll *poll);
/* No poll is under way: the pool is closed. Its memory goes with its timer. */
void watch_poll_free(struct watch_poll *poll);

#endif
