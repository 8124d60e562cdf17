/* What is told beside an answer from the replica: how old it is, what it does not hold, what waits to be sent. */
#ifndef CHIBO_CLIENT_LOCAL_NOTE_H
#define CHIBO_CLIENT_LOCAL_NOTE_H

#include "local.h"
#include "outbox.h"

/* A page of any feed was applied. */
bool note_has_copy(struct store *store);
/* The age of the copy, and whether the first one is whole: once in a run. */
void note_copy(struct client *client, struct store *store);
void note_answer(struct client *client, struct store *store, const struct call *call, const struct local_read *read);

/* Operations that wait and name the record as `id`. */
int64_t note_waiting(struct client *client, struct store *store, const uint8_t id[static 16]);
/* The same, with those that are saved and not yet in the copy, which has the record in this version; 0: it has it not. */
int64_t note_unseen(struct client *client, struct store *store, const uint8_t id[static 16], int32_t version);
/* "3 giờ": how long ago, in the largest unit that fits. */
const char *note_age(struct client *client, int64_t then_us, int64_t now_us);
/* Whether a request names the record, in any field or, `only_id`, in its `id`. */
bool note_names(const ProtobufCMessage *body, const uint8_t id[static 16], bool only_id);
/* The body of an operation; NULL: it cannot be read here. */
const ProtobufCMessage *note_body(struct client *client, const char *route, const uint8_t *body, size_t n);

#endif
