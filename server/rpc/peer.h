/* A peer is what dispatch knows of a connection: where a request came from and where its replies go. */
#ifndef CHIBO_RPC_PEER_H
#define CHIBO_RPC_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gate_cache.h"
#include "list.h"

/* Moves only forward. Before ADMITTED only PUBLIC routes are served, in small frames. */
enum peer_phase {
	PEER_NEW,      /* nothing but Hello */
	PEER_GREETED,  /* Hello was answered */
	PEER_ADMITTED, /* a token was accepted on this connection */
};

struct peer;

/* The transport's side of a peer. None of these calls back into dispatch before it returns. */
struct peer_ops {
	/* Queues one frame's payload (a packed Reply); the bytes are copied or sent before it returns. */
	void (*send)(struct peer *peer, const uint8_t *bytes, size_t len);
	/* The phase has moved: limits and deadlines follow it. */
	void (*phase)(struct peer *peer);
	/* Calls in flight went below the limit again: reading may go on. */
	void (*drained)(struct peer *peer);
	/* More waits to be sent than a slow reader should have. Once that has cleared, dispatch_peer_resumed is called. */
	bool (*crowded)(struct peer *peer);
	/* Sends what is queued, then closes. `reason` is a word for the log and must be static. */
	void (*end)(struct peer *peer, const char *reason);
};

struct peer {
	const struct peer_ops *ops;
	uint64_t number;          /* of the connection since start, for the log */
	char source[64];          /* address without port, for throttling and the log */
	bool has_device_key;      /* the handshake proved the key of a computer */
	uint8_t device_key[32];   /* its fingerprint: SHA-256 of the DER SubjectPublicKeyInfo */
	bool enrols;              /* a stranger who may say Hello and Enrol, and nothing else */
	enum peer_phase phase;
	uint64_t last_request_id; /* ids only grow, so a reused one is seen without a table */
	struct list calls;        /* in flight; detached when the peer goes */
	unsigned in_flight;
	unsigned streams;         /* calls that go on answering; not in flight */
	struct gate_cache known;
};

#endif
