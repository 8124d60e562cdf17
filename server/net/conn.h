/* A conn is one connection of a client: socket, TLS, frames, and the peer that dispatch sees. */
#ifndef CHIBO_NET_CONN_H
#define CHIBO_NET_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "deadline.h"
#include "frame.h"
#include "list.h"
#include "net.h"
#include "outbox.h"
#include "peer.h"
#include "sm.h"
#include "tls.h"

/*
 *  accept            TLS is open                conn_end()                all is sent
 * ───────► HANDSHAKE ───────────► OPEN ────────────────────────► ENDING ───────────► LINGERING
 *              │                   │   conn_end(): an alert to send ▲                   │
 *              ├───────────────────┼────────────────────────────────┘                   │
 *              │                   │                            end of stream, linger_ms│
 *              └───────────────────┴── conn_close(), from every state ──► CLOSED ◄──────┘
 *
 * Waits in HANDSHAKE (peer), OPEN (peer, calls, a slow reader), ENDING (the kernel to take the
 * last bytes), LINGERING (peer: closing with bytes unread would reset the line and lose our last
 * words), CLOSED (close callback, which frees). Each but CLOSED has a deadline.
 */
enum conn_state { CONN_HANDSHAKE, CONN_OPEN, CONN_ENDING, CONN_LINGERING, CONN_CLOSED };

/* One of each may be set at the same time. */
enum conn_deadline {
	CONN_BY_HANDSHAKE,
	CONN_BY_TOKEN,
	CONN_BY_FRAME,
	CONN_BY_IDLE,
	CONN_BY_WRITE,
	CONN_BY_LINGER,
	CONN_DEADLINES
};

/* How a connection is to end, once it is its turn. */
enum conn_verdict { CONN_GO_ON, CONN_SAY_GOODBYE, CONN_DROP };

struct conn {
	struct peer peer;
	struct net *net;
	struct sm sm;
	uv_tcp_t tcp;
	uv_shutdown_t shutdown;
	struct tls tls;
	struct frame_reader reader;
	struct outbox outbox;

	struct { /* plaintext that came in and is not a frame yet: at most one read's worth */
		uint8_t *bytes;
		size_t at, end, room;
	} inbox;
	bool reading; /* between uv_read_start and uv_read_stop */
	bool crowded; /* a stream waits until the outbox has room again */

	struct deadline deadlines[CONN_DEADLINES];
	uint64_t frame_began_ms;
	size_t frame_seen;   /* bytes of the frame when its window began */
	uint64_t write_seen; /* outbox_accepted() when the write deadline was set */

	enum conn_verdict verdict; /* only grows */
	enum conn_end end;         /* why; the first reason stays */
	const char *detail;        /* static; may be NULL */

	uint64_t source_key; /* IPv4 address, or IPv6 /64 */
	uint64_t began_ms;
	uint64_t n_frames;
	struct list all, unadmitted, ready; /* of struct net */
};

/* Reads, encrypts and waits for nothing yet. NULL when memory is short. */
struct conn *conn_new(struct net *net);
/* The socket was accepted into conn->tcp. */
void conn_start(struct conn *conn);
/* Sends what is queued, says goodbye, closes. Not while dispatch is further up the stack. */
void conn_end(struct conn *conn, enum conn_end end, const char *detail);
/* Tells the peer to come back later; its calls go on, new ones are not read. */
void conn_goaway(struct conn *conn);
/* The only way to the end: at once, idempotent, logged. `detail` is static or NULL. */
void conn_close(struct conn *conn, enum conn_end end, const char *detail);

#endif
