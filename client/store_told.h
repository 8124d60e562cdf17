/* What a person is told of the store: opened, damaged and mended, or why it cannot be used and what to do then. */
#ifndef CHIBO_CLIENT_STORE_TOLD_H
#define CHIBO_CLIENT_STORE_TOLD_H

#include "client.h"
#include "status.h"
#include "store.h"

/* The store of this context. One that was damaged and could be made anew with all of its outbox is open: a note says so. */
enum store_state store_open_told(struct client *client, struct store *store, int wait_ms) MUST_CHECK;
/* Why it cannot be used: of an opening its state, of an open one STORE_OPEN. Returns false. */
bool store_refusal(const struct store *store, enum store_state state, struct refusal *refusal);

#endif
