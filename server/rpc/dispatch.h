/* Dispatch takes one frame of a peer to its route: pre-scan, permission, call. */
#ifndef CHIBO_RPC_DISPATCH_H
#define CHIBO_RPC_DISPATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "peer.h"
#include "throttle.h"

struct devices;
struct pg_pool;
struct statement_set;

/* Limits that the configuration sets. Times are milliseconds. */
struct dispatch_config {
	unsigned calls_max;        /* in flight on all connections; more are refused as busy */
	unsigned streams_max;      /* the same for calls that go on answering */
	unsigned watch_poll_ms;    /* between looks for what others have committed */
	unsigned watch_check_ms;   /* the longest that a stream goes without a proof that its caller may hear it */
	unsigned watch_ping_ms;    /* the longest silence of a stream */
	unsigned deadline_max_ms;  /* a request asks for less or gets this */
	size_t arena_live_max;     /* bytes of one call at one moment */
	size_t arena_total_max;    /* bytes of one call over its life */
	size_t reply_max;          /* bytes of one packed reply */
	unsigned hash_threads;     /* password hashes at once */
	unsigned hash_queue;       /* waiting for one; more are refused with "busy" */
	unsigned hash_wait_ms;     /* the longest wait for one */
	unsigned long long argon2_ops;
	size_t argon2_bytes;
	struct throttle_config throttle;
};

struct dispatch;

/* Pool and statements are borrowed: the statements outlive the dispatch, the pool until dispatch_lose_pool. NULL when memory is short. */
struct dispatch *dispatch_new(uv_loop_t *loop, struct pg_pool *pool, const struct statement_set *statements,
			      const struct dispatch_config *config);
/* Borrowed; tells it what calls have done to computers. */
void dispatch_set_devices(struct dispatch *dispatch, struct devices *devices);
/* New limits for calls to come. */
void dispatch_configure(struct dispatch *dispatch, const struct dispatch_config *config);
/* One frame's payload. Answers through peer->ops, now or later; the bytes are not kept. */
void dispatch_frame(struct dispatch *dispatch, struct peer *peer, const uint8_t *bytes, size_t len);
/* A peer that was crowded has room again. */
void dispatch_peer_resumed(struct dispatch *dispatch, struct peer *peer);
/* The peer goes away: its calls run to their end without it. */
void dispatch_peer_gone(struct dispatch *dispatch, struct peer *peer);
/* From now on every new request is refused with UNAVAILABLE "goaway"; streams end with it. */
void dispatch_stop(struct dispatch *dispatch);
/* The pool is about to close, and logins may still hash: from now on whoever wants the database is busy. */
void dispatch_lose_pool(struct dispatch *dispatch);
unsigned dispatch_in_flight(const struct dispatch *dispatch);
void dispatch_log_counters(const struct dispatch *dispatch);
/* Only when nothing is in flight. */
void dispatch_free(struct dispatch *dispatch);

#endif
