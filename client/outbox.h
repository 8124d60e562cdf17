/* The outbox: every write of this computer, recorded before it is sent, in a chain without holes.
 * hash(n) = SHA-256(hash(n - 1) || seq as 8 bytes, big-endian || op_id || SHA-256(method || 0 || body)), from 32 zero bytes on. */
#ifndef CHIBO_CLIENT_OUTBOX_H
#define CHIBO_CLIENT_OUTBOX_H

#include "store.h"

/*
 *  WAITING ──────► SAVED          the server committed it
 *     │  ▲  └─────► PARKED ─────► RESENT, DISCARDED   a person decided
 *     ▼  │
 *  UNKNOWN ──────► SAVED, PARKED  it was sent, and no answer came: sent again until one does
 *     └──────────► TOLD           refused, and whoever sent it was there
 */
enum op_state { OP_WAITING, OP_UNKNOWN, OP_SAVED, OP_PARKED, OP_TOLD, OP_RESENT, OP_DISCARDED };

enum { OUTBOX_KEEP_DAYS = 35 }; /* of answered operations, to offer them again after a restore (trust: promise 5) */
#define OUTBOX_KEEP_US (INT64_C(86400000000) * OUTBOX_KEEP_DAYS)

/* Memory of texts and bytes is the arena's that the caller gave. */
struct op {
	int64_t seq;
	uint8_t op_id[STORE_ID];
	const char *account; /* login name whose token it needs */
	bool has_grant;
	uint8_t grant[STORE_ID];
	const char *method;
	const uint8_t *body; /* exactly as it is sent */
	size_t body_len;
	uint8_t prev_hash[STORE_HASH];
	uint8_t hash[STORE_HASH];
	enum op_state state;
	int64_t made_at_us;
	int64_t answered_at_us; /* 0: not yet */
	/* of the answer */
	int code;
	const char *rule, *field, *params; /* of a refusal; params are lines of name=value */
	int64_t position;		   /* of the receipt */
};

struct outbox_sum {
	int64_t waiting; /* WAITING and UNKNOWN */
	int64_t unknown;
	int64_t parked;
	int64_t oldest_at_us; /* of those that wait; 0: none */
	int64_t last_seq;
	int64_t answered_seq; /* all up to here are answered */
};

/* Gives it the next number and writes it, synced. `op` has op_id, account, grant, method, body; the rest is filled in. False:
 * nothing is queued (store->full, store->why). */
bool outbox_put(struct store *store, struct op *op) MUST_CHECK;
/* The first one without an answer, from `from` on; false: none. */
bool outbox_next(struct store *store, struct arena *arena, int64_t from, struct op *op) MUST_CHECK;
/* Any, whatever its state. */
bool outbox_get(struct store *store, struct arena *arena, int64_t seq, struct op *op) MUST_CHECK;
bool outbox_find(struct store *store, struct arena *arena, const uint8_t op_id[static STORE_ID], struct op *op) MUST_CHECK;
/* Writes state and answer of an operation, synced. */
bool outbox_settle(struct store *store, const struct op *op) MUST_CHECK;
/* The server has lost what lies behind `high_seq`: those operations are unknown again. */
bool outbox_offer_again(struct store *store, int64_t high_seq) MUST_CHECK;
/* TOLD, RESENT or DISCARDED, if that is what it was before it was offered again, until it is answered; else WAITING. */
enum op_state outbox_decided(struct store *store, int64_t seq);
/* Drops answered operations that are older than OUTBOX_KEEP_DAYS; never parked or unanswered ones. */
bool outbox_prune(struct store *store, int64_t now_us) MUST_CHECK;
bool outbox_count(struct store *store, struct outbox_sum *sum) MUST_CHECK;
/* Calls `each` by seq; states is a set of bits 1 << enum op_state. */
bool outbox_each(struct store *store, struct arena *arena, unsigned states, bool (*each)(void *owner, const struct op *op),
		 void *owner) MUST_CHECK;
/* SHA-256(method || 0 || body), and the next link of the chain. */
void outbox_request_hash(const char *method, const uint8_t *body, size_t n, uint8_t hash[static STORE_HASH]);
void outbox_chain(const uint8_t prev[static STORE_HASH], int64_t seq, const uint8_t op_id[static STORE_ID],
		  const uint8_t request_hash[static STORE_HASH], uint8_t hash[static STORE_HASH]);

#endif
