/* One call of the server: connection and Hello when needed, envelope, retries, the answer. */
#ifndef CHIBO_CLIENT_CALL_H
#define CHIBO_CLIENT_CALL_H

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "command.h"
#include "heads.h"
#include "ids.h"
#include "status.h"

struct client;
struct op;
struct token;

struct call {
	struct verb verb;
	const ProtobufCMessage *request;
	uint8_t op_id[ID_SIZE]; /* of writes; call_init makes one */
	bool dry_run;
	bool line_only; /* the replica does not do for it, and the outbox takes it only when the server is there */
	const struct op *op; /* its place in the outbox, whose bytes are sent as they are; NULL: it has none */
	const struct token *token; /* that goes out; NULL: the session's of that moment */
	bool (*each)(void *owner, const ProtobufCMessage *response); /* takes what comes before the last reply; or NULL */
	void *owner;
	struct arena *room; /* of what comes before the last reply, until `each` has seen it; NULL: the run's memory */
	bool attended;	     /* of an operation: somebody waits for this answer */
	struct heads heads; /* kept when it was sent */
	/* the answer */
	ProtobufCMessage *response; /* in the client's memory */
	struct refusal refusal;	    /* why not */
	bool unknown;		    /* a write was sent and nobody knows whether it was done */
	bool replayed;
	bool parked;	   /* with a refusal: the server has written it down as this operation's answer */
	bool queued;	   /* no answer yet: it stands in the outbox and will be sent */
	bool stands;	   /* a failure, and yet it stands in the outbox: it goes out once that is mended */
	bool from_copy;	   /* answered by the replica */
	uint64_t position; /* of the receipt; 0: none */
};

void call_init(struct client *client, struct call *call, const struct verb *verb,
	       const ProtobufCMessage *request);
/* Connects if need be; the answer to Hello, or NULL with the refusal set. */
const ProtobufCMessage *call_hello(struct client *client, struct call *call) MUST_CHECK;
/* Up to three tries with the same op_id while the outcome is unknown or the server is busy. A write of an enrolled
 * computer goes through its outbox: false with `queued` is no failure. Its reads are answered by the replica when the line
 * is down. */
bool call_run(struct client *client, struct call *call) MUST_CHECK;
/* The same, past the outbox: reads, and operations that stand in it. */
bool call_send(struct client *client, struct call *call) MUST_CHECK;
/* Nothing was heard of the server, for a reason that passes: no name, no route, no answer. */
bool call_has_no_line(const struct call *call);
/* A stream: one try, and `each` for every reply but the last, until it ends, the line is silent for too long, or `each`
 * returns false. The refusal says how it ended. */
void call_follow(struct client *client, struct call *call, bool (*each)(void *owner, const ProtobufCMessage *response),
		 void *owner, struct arena *room);
/* Whether a server takes a request with so long a body. */
bool call_fits(size_t body_len);
/* Whether a server can be had: connects and greets. False: the refusal says why. */
bool call_reach(struct client *client, struct call *call) MUST_CHECK;
/* The grant that requests are made in: of --as or the context. False: the refusal says what is wrong with it. */
bool call_grant(struct client *client, struct call *call, const uint8_t **grant) MUST_CHECK;
/* Says why it failed; the exit code. */
int call_fail(struct client *client, const struct call *call);
const char *call_op_id(struct client *client, const struct call *call);

#endif
