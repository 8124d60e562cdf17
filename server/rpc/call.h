/* A call is one request on its way to exactly one final reply. */
#ifndef CHIBO_RPC_CALL_H
#define CHIBO_RPC_CALL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arena.h"
#include "chibo/v1/envelope.pb-c.h"
#include "internal.pb-c.h"
#include "list.h"
#include "peer.h"
#include "route.h"
#include "segment.h"
#include "sm.h"
#include "status.h"

struct dispatch;
struct watcher;

enum { HASH_LEN = 32, TOKEN_LEN = 32, ID_LEN = 16 };

/* Everything it points to lives in its arena, but for the results that its segment holds. */
struct call {
	struct list link; /* in peer->calls; alone once the peer is gone */
	struct sm sm;
	struct dispatch *dispatch;
	struct peer *peer; /* NULL once the peer is gone: the reply is dropped */
	struct arena arena;
	const struct route *route;
	const struct method_statements *statements;
	Chibo__V1__Request *request;
	ProtobufCMessage *input;
	ProtobufCMessage *output;     /* in COMMITTED and after */
	uint64_t request_id;
	uint64_t deadline;            /* uv_now() milliseconds */
	uint64_t started_ns;
	uint8_t token_hash[HASH_LEN];
	bool has_device_key;            /* as its peer had when the call began */
	uint8_t device_key[HASH_LEN];
	uint8_t op_id[ID_LEN];          /* of an audited read, of a fork that is kept: the server's own */
	uint8_t request_hash[HASH_LEN]; /* of method and body, as received */
	struct segment segment;
	unsigned n_before;            /* steps of the segment before the method's own */
	unsigned attempts;            /* of the segment */
	unsigned epoch;               /* of the peer's gate_cache when Identify was asked */
	bool closes;                  /* the peer ends after this reply: it broke the protocol */
	bool is_read;                 /* the frame, with its body */
	bool waits;                   /* for an earlier operation of its computer; nothing has begun */
	bool is_chained;              /* an operation of a computer, with its place in the chain */
	bool keeps;                   /* ... whose refusal is an answer, and was not kept yet */
	Chibo__Internal__ParkResponse *parked; /* of a refusal that was kept: where that stands */
	struct refusal refusal;       /* in FAILED and after */
	void (*then)(struct call *call); /* a handler's next step, once its segment is done */
	void *handler_data;           /* in the arena */
	void (*ended)(struct call *call); /* a handler's last word, before the call's memory goes; or NULL */
	bool is_stream;               /* in STREAMING and after */
	struct watcher *watcher;      /* of a stream of changes; or NULL */
	void (*gone)(struct call *call); /* of a stream: its peer has gone; or NULL */
};

/* A call for one frame. NULL when memory is short. */
struct call *call_new(struct dispatch *dispatch, struct peer *peer);
/* Reads the frame and takes the call as far as it goes; it may be replied to and gone on return. */
void call_start(struct call *call, const uint8_t *bytes, size_t len);
/* Its peer has gone. */
void call_detach(struct call *call);

/* ---- for handlers ---- */

/* Runs one internal statement in a segment of its own; `then` looks at call->segment. */
void call_query(struct call *call, const char *internal, const ProtobufCMessage *request, enum lane lane,
		void (*then)(struct call *call));
/* The same after auth.enter, as the route's caller. */
void call_query_entered(struct call *call, const char *internal, const ProtobufCMessage *request, enum lane lane,
			void (*then)(struct call *call));
/* The same for one look of a stream: reads only, sees to the route's targets, and has a deadline of its own. */
void call_query_look(struct call *call, const char *internal, const ProtobufCMessage *request,
		     void (*then)(struct call *call));
/* The rows of that statement in `response`; refuses the call and returns false if it did not succeed. */
bool call_take(struct call *call, ProtobufCMessage *response) MUST_CHECK;
/* The peer may do more from now on: its limits follow. Never goes back. */
void call_promote(struct call *call, enum peer_phase phase);
/* There is room for one more stream, on the server and on this connection. */
bool call_may_stream(const struct call *call);
/* From now on the call has no deadline, is not in flight, and answers with reply_send_more until it is refused. */
void call_stream(struct call *call);
/* The final answer. The message lives in the arena. */
void call_answer(struct call *call, ProtobufCMessage *output);
void call_refuse(struct call *call, enum status code, const char *rule, const char *field);
void call_refuse_busy(struct call *call);
void call_refuse_until(struct call *call, unsigned retry_after_ms);

#endif
