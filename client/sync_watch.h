/* chibo sync --watch. */
#ifndef CHIBO_CLIENT_SYNC_WATCH_H
#define CHIBO_CLIENT_SYNC_WATCH_H

#include "args.h"
#include "client.h"

/* Runs `round` for ever, with --interval between; ends only if it cannot begin. */
int sync_watch(struct client *client, const struct args *args, int (*round)(struct client *client));

#endif
