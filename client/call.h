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

struct call {
	struct verb verb;
	const ProtobufCMessage *request;
	uint8_t op_id[ID_SIZE]; /* of writes; call_init makes one */
	bool dry_run;
	struct heads heads; /* kept when it was sent */
	/* the answer */
	ProtobufCMessage *response; /* in the client's memory */
	struct refusal refusal;	    /* why not */
	bool unknown;		    /* a write was sent and nobody knows whether it was done */
	bool replayed;
};

void call_init(struct client *client, struct call *call, const struct verb *verb,
	       const ProtobufCMessage *request);
/* Connects if need be; the answer to Hello, or NULL with the refusal set. */
const ProtobufCMessage *call_hello(struct client *client, struct call *call) MUST_CHECK;
/* Up to three tries with the same op_id while the outcome is unknown or the server is busy. */
bool call_run(struct client *client, struct call *call) MUST_CHECK;
/* Says why it failed; the exit code. */
int call_fail(struct client *client, const struct call *call);
const char *call_op_id(struct client *client, const struct call *call);

#endif
