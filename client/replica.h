/* The replica: the newest state that this computer knows of every record that its user may read, and how far it got. */
#ifndef CHIBO_CLIENT_REPLICA_H
#define CHIBO_CLIENT_REPLICA_H

#include <protobuf-c/protobuf-c.h>

#include "store.h"

/* A line of replica.def: what is kept under which name. */
struct replica_entity {
	const char *entity;  /* "member", as in the ledger */
	const char *field;   /* of SyncPullResponse: "members" */
	const char *service; /* whose Get and List read it: "Member"; "" for parts */
	const char *parent;  /* field that names the record that it is a part of, or NULL: "meeting_id" */
};
extern const struct replica_entity replica_entities[];
extern const size_t replica_n_entities;

struct cursor {
	uint8_t feed[STORE_ID];
	int64_t position;
	uint8_t hash[STORE_HASH];
	const char *copying;	    /* entity of a first copy that is not complete, or NULL */
	uint8_t copied[STORE_ID];   /* last id of it */
	int64_t pulled_at_us;	    /* when the feed was last read to its head */
};

/* One page in one transaction, the cursor with it: marks and records of a SyncPullResponse or SyncCopyResponse; NULL: the cursor
 * alone. A record below the version that is kept is passed over. What a mark takes away is overwritten in the file. A cursor
 * that goes back drops the checkpoints from there on. */
bool replica_apply(struct store *store, const ProtobufCMessage *page, const struct cursor *cursor) MUST_CHECK;
bool replica_cursor(struct store *store, struct arena *arena, const uint8_t feed[static STORE_ID], struct cursor *cursor) MUST_CHECK;
/* How far the feed of this record was applied, or, if it is not kept, the feed of the units; INT64_MAX: there is none. */
int64_t replica_reached(struct store *store, const uint8_t id[static STORE_ID]);
/* The newest checkpoint (position, hash) below `position`, to walk back; false: none is left. */
bool replica_checkpoint(struct store *store, const uint8_t feed[static STORE_ID], int64_t position, struct cursor *cursor) MUST_CHECK;
/* Records and cursors of a feed; before a first copy. Never touches the outbox. */
bool replica_forget(struct store *store, const uint8_t feed[static STORE_ID]) MUST_CHECK;

/* Whether it is the owner's, an account in a grant; NULL: nobody's. */
bool replica_is_of(struct store *store, const char *owner);
/* Takes it over for an owner who follows these feeds, `n` ids one behind the other: what was another's, or is of another feed, is
 * overwritten in the file. */
bool replica_narrow(struct store *store, const char *owner, const uint8_t *feeds, size_t n) MUST_CHECK;
/* Empties the replica of a store that another one has taken the place of; its operations stay. False: `*why`. */
bool replica_shed(struct arena *arena, const char *path, const char **why) MUST_CHECK;

/* NULL: not kept. The message is of the record's type, in the arena. */
const ProtobufCMessage *replica_get(struct store *store, struct arena *arena, const char *entity, const uint8_t id[static STORE_ID]);
/* By unit order and id. `unit_id` NULL: all. Stops when `each` returns false. */
bool replica_each(struct store *store, struct arena *arena, const char *entity, const uint8_t *unit_id,
		  bool (*each)(void *owner, const ProtobufCMessage *record), void *owner) MUST_CHECK;
/* Parts of a record, in their order. */
bool replica_parts(struct store *store, struct arena *arena, const char *entity, const uint8_t parent[static STORE_ID],
		   bool (*each)(void *owner, const ProtobufCMessage *record), void *owner) MUST_CHECK;

/* Does this unit go on in another one? */
bool replica_merged_into(struct store *store, const uint8_t unit_id[static STORE_ID], uint8_t into[static STORE_ID]);

struct replica_digest {
	const char *entity;
	uint8_t unit_id[STORE_ID]; /* zero bytes: reference data */
	int32_t count;
	int64_t digest; /* exclusive or */
};
bool replica_digests(struct store *store, struct arena *arena, const uint8_t feed[static STORE_ID], struct replica_digest **rows,
		     size_t *n) MUST_CHECK;

#endif
