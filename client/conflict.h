/* chibo conflict: what its commands share. */
#ifndef CHIBO_CLIENT_CONFLICT_H
#define CHIBO_CLIENT_CONFLICT_H

#include "args.h"
#include "parked.h"

/* The operation, both versions side by side, and what waits for it. `record`: as it is now, or NULL. */
int conflict_print(struct client *client, struct parked *parked, const ProtobufCMessage *record);
/* The word that stands alone on the line; EXIT_USAGE without one. */
int conflict_find(struct client *client, const char *command, const struct args *args, struct parked *parked);

#endif
