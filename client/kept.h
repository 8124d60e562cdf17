/* The store of the current context, opened once in a run. */
#ifndef CHIBO_CLIENT_KEPT_H
#define CHIBO_CLIENT_KEPT_H

#include "client.h"
#include "store.h"

/* NULL: this computer is not enrolled in the context, or its store cannot be opened, which is told once. */
struct store *kept_store(struct client *client);
void kept_close(struct client *client);

#endif
