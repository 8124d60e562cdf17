/* One connection to a server: socket, TLS and frames, waiting in poll until a deadline. */
#ifndef CHIBO_CLIENT_CONN_H
#define CHIBO_CLIENT_CONN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "frame.h"
#include "tls.h"

enum conn_result {
	CONN_OK,
	CONN_RESOLVE, /* no such host */
	CONN_REFUSED, /* nobody listens, or no way there */
	CONN_TLS,     /* conn_reason() tells why */
	CONN_LOST,    /* closed in the middle */
	CONN_TIMEOUT,
	CONN_BAD, /* not our protocol */
};

/* A buffer that grows up to a limit of its own. */
struct bytes {
	uint8_t *data;
	size_t len;
	size_t capacity;
};

struct conn {
	int fd; /* -1: closed */
	struct tls_context *context;
	struct tls tls;
	struct frame_reader reader;
	struct bytes in;  /* plain bytes not yet taken by the reader */
	struct bytes out; /* cipher bytes not yet written */
	bool overflow;
	const char *reason;
	uint64_t next_id; /* of requests */
	bool greeted;	  /* Hello was answered */
	int64_t greeted_at; /* conn_now() then */
};

struct conn_target {
	const char *host;
	const char *port;
	uint8_t pins[TLS_PINS_MAX][TLS_PIN];
	size_t n_pins;
	const char *key_file; /* of this computer, or NULL */
	enum tls_alpn alpn;
	void (*slow)(void *owner); /* once, when connecting takes longer than a second */
	void *owner;
};

/* Milliseconds of the monotonic clock; deadlines are on it. */
int64_t conn_now(void);

void conn_init(struct conn *conn);
/* Up to an open TLS connection, within 5 s and the deadline. After a failure it is closed. */
enum conn_result conn_open(struct conn *conn, const struct conn_target *target,
			   int64_t deadline) MUST_CHECK;
bool conn_is_open(const struct conn *conn);
/* One frame. */
enum conn_result conn_send(struct conn *conn, const uint8_t *payload, size_t n,
			   int64_t deadline) MUST_CHECK;
/* One frame; the bytes are valid until the next call. */
enum conn_result conn_receive(struct conn *conn, int64_t deadline, const uint8_t **payload,
			      size_t *n) MUST_CHECK;
void conn_close(struct conn *conn);
/* Static word of tls_reason(), after CONN_TLS. */
const char *conn_reason(const struct conn *conn);

#endif
