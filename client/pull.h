/* Brings the replica to the server's heads, and holds both against each other. */
#ifndef CHIBO_CLIENT_PULL_H
#define CHIBO_CLIENT_PULL_H

#include "call.h"
#include "chibo/v1/sync.pb-c.h"
#include "client.h"
#include "replica.h"

/* Calls SyncService's `method`. NULL: the refusal says why. */
const ProtobufCMessage *pull_ask(struct client *client, const char *method, const ProtobufCMessage *request,
				 struct refusal *refusal);

/* The feeds that the caller follows. NULL: refused. */
const Chibo__V1__SyncFeedsResponse *pull_feeds(struct client *client, struct refusal *refusal);
/* Up to the head: a first copy where there is none, then page after page, each in a transaction of its own with the
 * cursor. What the line breaks off goes on there next time. `history` is the server's. */
bool pull_feed(struct client *client, const Chibo__V1__SyncFeed *feed, const ProtobufCBinaryData *history,
	       struct refusal *refusal) MUST_CHECK;

enum proof { PROOF_AGREES, PROOF_DIFFERS, PROOF_FAILED };
/* Counts and digests of a feed on both sides. What differs is fetched anew, once. `*records`: how many there are. */
enum proof pull_prove(struct client *client, const Chibo__V1__SyncFeed *feed, const ProtobufCBinaryData *history,
		      int64_t *records, struct refusal *refusal);

#endif
