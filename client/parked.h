/* Operations that were refused and kept: from this computer's outbox, from the server, or from both. */
#ifndef CHIBO_CLIENT_PARKED_H
#define CHIBO_CLIENT_PARKED_H

#include "call.h"
#include "chibo/v1/conflict.pb-c.h"
#include "client.h"
#include "outbox.h"

struct parked {
	Chibo__V1__ParkedOperation *shown; /* as ConflictService has it */
	bool is_own;			   /* this computer made it: `op` */
	struct op op;
	struct verb verb;		   /* of its method */
	bool is_known;			   /* to this program */
	const ProtobufCMessage *body;	   /* NULL: not asked for, or not readable */
};

struct parked_list {
	struct parked *items;
	size_t n;
	size_t capacity;
};

/* What an operation of the own outbox looks like. */
struct parked parked_own(struct client *client, const struct op *op);
/* Open ones: the server's, when the line is up, and the own ones. What was decided elsewhere is settled here. `request` is that
 * of List. Says what is wrong and returns the exit code. */
int parked_list(struct client *client, const Chibo__V1__ConflictListRequest *request, struct parked_list *list);
/* Somebody has decided an own one at the server: true, and it is settled here and said. */
bool parked_was_decided(struct client *client, struct parked *own);
/* Each directly behind what it waits for. */
void parked_sort(struct client *client, struct parked_list *list);
/* By its number on this computer or by its op_id; with its body. Says what is wrong and returns the exit code. */
int parked_find(struct client *client, const char *word, struct parked *parked);

/* The record that it is about, as it is now: from the server or the replica. NULL: neither has it, or it is none that can be
 * read. */
const ProtobufCMessage *parked_record(struct client *client, const struct parked *parked);
const char *parked_label(struct client *client, const struct parked *parked);
/* The sentence about its refusal. */
const char *parked_why(struct client *client, const struct parked *parked);
/* "12" on the computer that made it, else its op_id: what `conflict show` takes. */
const char *parked_name(struct client *client, const struct parked *parked);

#endif
