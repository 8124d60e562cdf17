/* chibo sync --watch. */
#ifndef CHIBO_CLIENT_SYNC_WATCH_H
#define CHIBO_CLIENT_SYNC_WATCH_H

#include <stdint.h>

#include "args.h"
#include "client.h"

/* Runs `round` for ever, with --interval between; ends only if it cannot begin. */
int sync_watch(struct client *client, const struct args *args, int (*round)(struct client *client));
/* Seconds until the next round, after one that ended with `code`; not before the server wants it. */
uint32_t sync_watch_pause(int code, uint32_t interval, uint32_t retry_after_ms, unsigned *failures);

#endif
