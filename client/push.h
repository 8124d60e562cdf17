/* Sends what stands in the outbox, in order, one verdict each. Direct writes and `chibo sync` go the same way. */
#ifndef CHIBO_CLIENT_PUSH_H
#define CHIBO_CLIENT_PUSH_H

#include "call.h"
#include "client.h"
#include "outbox.h"

enum push_verdict {
	PUSH_SAVED,
	PUSH_REPLAYED, /* it was saved before */
	PUSH_TOLD,     /* refused, and somebody was waiting for the answer */
	PUSH_PARKED,   /* refused, and kept on both sides until a person decides */
	PUSH_CONFLICT, /* the same, because the record has moved on */
	PUSH_GAP,      /* the server lacks earlier ones: they are offered again */
	/* From here on the queue stays as it is, and `refusal` says why. */
	PUSH_LOST,    /* not sent: no line, no server, or it is busy */
	PUSH_UNKNOWN, /* sent, and no answer came */
	PUSH_LOGIN,   /* it needs the login of the account that made it */
	PUSH_STOPPED, /* only a person can go on: fork, a quarantined or revoked computer, a store that is full */
};

enum { PUSH_VERDICTS = PUSH_STOPPED + 1 };

bool push_goes_on(enum push_verdict verdict);

/* Whether this context is of an enrolled computer; opens its store once. A store that is there and cannot be
 * opened counts: push_open says why. */
bool push_keeps(struct client *client);
/* True: client->store is open. False: the refusal says why not. */
bool push_open(struct client *client, struct refusal *refusal) MUST_CHECK;

/* Sends one operation and writes the answer down. `call` gets response or refusal. */
enum push_verdict push_one(struct client *client, const struct op *op, struct call *call, bool attended);
/* All that waits, one after the other, as far as it goes. The store is open. */
void push_queue(struct client *client);
/* A direct write: into the outbox, then everything before it, then itself. As call_run. */
bool push_call(struct client *client, struct call *call) MUST_CHECK;

#endif
