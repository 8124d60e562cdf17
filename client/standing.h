/* How an enrolled computer stands: what waits in its outbox, and how old its copy is. */
#ifndef CHIBO_CLIENT_STANDING_H
#define CHIBO_CLIENT_STANDING_H

#include "client.h"
#include "outbox.h"
#include "status.h"

struct feed_place {
	uint8_t feed[STORE_ID];
	int64_t position; /* applied */
};

struct standing {
	bool enrolled;
	bool known;	       /* false: the store cannot be read now, and `trouble` says why */
	struct refusal trouble;
	const char *computer; /* fingerprint of its key; NULL: the key is not there */
	struct outbox_sum queue;
	const char *sender; /* account whose login the first operation of the queue needs; NULL: it is empty */
	struct feed_place *feeds;
	size_t n_feeds;
	bool copying;	      /* a first copy is not complete */
	int64_t synced_at_us; /* 0: never */
	int64_t proven_at_us; /* when counts and digests last agreed; 0: never */
	int64_t behind;	      /* entries of the server's feeds that are not here yet; -1: nobody asked */
};

/* From this computer alone. It waits only shortly for another chibo that has the store. */
void standing_read(struct client *client, struct standing *standing);
/* Asks the server for the heads of its feeds, once there is a copy. */
void standing_compare(struct client *client, struct standing *standing);

#endif
