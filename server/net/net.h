/* What all connections share: limits, counters, deadlines, and the list of those that have work. */
#ifndef CHIBO_NET_NET_H
#define CHIBO_NET_NET_H

#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "deadline.h"
#include "list.h"

struct dispatch;
struct tls_context;

/* Times are milliseconds, sizes bytes; the keys of the configuration explain them. */
struct net_limits {
	unsigned unadmitted_max;
	unsigned unadmitted_per_source;
	unsigned handshake_timeout_ms;
	unsigned token_timeout_ms;
	unsigned idle_timeout_ms;
	unsigned frame_timeout_ms;
	unsigned frame_window_ms;
	unsigned frame_rate_min; /* bytes per second */
	unsigned write_stall_ms;
	unsigned linger_ms;
	size_t frame_max_new; /* until PEER_ADMITTED */
	size_t frame_max;
	size_t queue_stop; /* resume < stop < kill */
	size_t queue_resume;
	size_t queue_kill;
	unsigned frames_per_turn;
	unsigned calls_per_connection;
	unsigned goaway_delay_ms;
};

/* Every way in which a connection ends, each with its counter. The word goes to the log. */
#define CONN_ENDS(X)                                                                     \
	X(PEER_CLOSED, "peer_closed")             /* end of the stream */                 \
	X(PEER_LOST, "peer_lost")                 /* an error of the socket */            \
	X(TLS, "tls")                             /* detail: tls_reason() */              \
	X(HANDSHAKE_TIMEOUT, "handshake_timeout")                                         \
	X(TOKEN_TIMEOUT, "token_timeout")                                                 \
	X(IDLE, "idle")                                                                   \
	X(FRAME_TIMEOUT, "frame_timeout")                                                 \
	X(FRAME_SLOW, "frame_slow")                                                       \
	X(BAD_FRAME, "bad_frame")                                                         \
	X(WRITE_STALLED, "write_stalled")                                                 \
	X(QUEUE_FULL, "queue_full")                                                       \
	X(CROWDED, "crowded")                     /* too many without a login */          \
	X(CROWDED_SOURCE, "crowded_source")       /* the same, from one address */        \
	X(DISPATCH, "dispatch")                   /* detail: dispatch's own word */       \
	X(REVOKED, "revoked")                     /* its computer was sent away */        \
	X(MEMORY, "memory")                                                               \
	X(STOPPING, "stopping")

enum conn_end {
#define X(name, word) CONN_END_##name,
	CONN_ENDS(X)
#undef X
	CONN_END_COUNT
};

struct net_counters {
	uint64_t accepted;
	uint64_t accept_errors; /* ENFILE, ENOBUFS, ECONNABORTED */
	uint64_t refused;       /* closed before TLS: connections_max, or memory */
	uint64_t frames;
	uint64_t paused; /* times that reading stopped: a slow reader, calls in flight */
	uint64_t ended[CONN_END_COUNT];
};

enum { NET_READ_SIZE = 64 * 1024 };

struct net {
	uv_loop_t *loop;
	struct dispatch *dispatch;
	struct deadlines *deadlines;
	struct tls_context *tls; /* for connections to come; owned */
	struct net_limits limits;
	struct net_counters counters;
	struct list conns;      /* all that are not closed */
	struct list unadmitted; /* those without a login, oldest first */
	struct list ready;      /* those to be ticked in this turn of the loop */
	uv_idle_t turn;         /* runs while `ready` has any */
	unsigned n_conns;       /* in memory: the closed ones until their close callback */
	unsigned n_unadmitted;
	uint64_t next_number;
	void (*conn_freed)(struct net *net);
	char read_buffer[NET_READ_SIZE]; /* of the one read callback that runs */
};

const char *conn_end_word(enum conn_end end);

#endif
