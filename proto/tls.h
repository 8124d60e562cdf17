/* The TLS engine of both ends: bytes in, bytes out, no sockets; TLS 1.3, trust by pinned keys. */
#ifndef CHIBO_PROTO_TLS_H
#define CHIBO_PROTO_TLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

#define TLS_ALPN "chibo/1"
#define TLS_ALPN_ENROL "chibo-enrol/1" /* of a computer that nobody knows yet */

enum {
	TLS_PIN = 32,      /* SHA-256 of the DER SubjectPublicKeyInfo */
	TLS_PIN_TEXT = 44, /* base64url without padding, and NUL */
	TLS_PINS_MAX = 2,  /* current and next */
};

struct ssl_st;
struct bio_st;
struct tls_context;

enum tls_alpn { TLS_WORK, TLS_ENROL };

/* What a server's owner says of the key that a client shows. */
enum tls_verdict {
	TLS_KEY_KNOWN,
	TLS_KEY_UNKNOWN,
	TLS_KEY_REVOKED,
	TLS_KEY_SUSPENDED, /* silent for too long: its enrolment has expired until somebody confirms it */
};

/* How a server knows computers. Under TLS_ENROL a key is always asked for. */
struct tls_computers {
	void *owner;
	enum tls_verdict (*judge)(void *owner, enum tls_alpn alpn, const uint8_t pin[static TLS_PIN]);
	bool required; /* false: under TLS_WORK a client may show none */
};

/* A sentence for the administrator; never holds a secret. */
struct tls_error {
	char text[240];
};

/* Refuses a key file that others may read. NULL on failure. The context belongs to one thread. */
struct tls_context *tls_server_context(const char *key_file, struct tls_error *error) MUST_CHECK;
/* From now on clients are asked for their key; without this TLS_ENROL is no ALPN of the server's. */
void tls_server_ask(struct tls_context *context, const struct tls_computers *computers);
/* Any of the pins is good enough; 1 <= n <= TLS_PINS_MAX. */
struct tls_context *tls_client_context(const uint8_t pins[][TLS_PIN], size_t n,
				       struct tls_error *error) MUST_CHECK;
/* This computer's key, shown to a server that asks for it. */
bool tls_client_key(struct tls_context *context, const char *key_file, struct tls_error *error) MUST_CHECK;
/* At first TLS_WORK. */
bool tls_client_alpn(struct tls_context *context, enum tls_alpn alpn) MUST_CHECK;
/* Engines that were started with it go on: a server swaps contexts while connections live. */
void tls_context_free(struct tls_context *context);

/* A new P-256 key, mode 0600, flushed to disk. An existing file is never touched. */
bool tls_key_create(const char *path, struct tls_error *error) MUST_CHECK;
bool tls_key_pin(const char *key_file, uint8_t pin[static TLS_PIN]) MUST_CHECK;
void tls_pin_print(const uint8_t pin[static TLS_PIN], char text[static TLS_PIN_TEXT]);
/* Accepts exactly what tls_pin_print makes. */
bool tls_pin_parse(const char *text, uint8_t pin[static TLS_PIN]) MUST_CHECK;

/*
 *               handshake done            tls_shutdown()
 *   HANDSHAKE ────────────────► OPEN ────────────────────► CLOSING
 *       │                         │                           │
 *       └──────── error ──────────┴──── error, close_notify ──┴────► DEAD
 *
 * Waits for the peer's bytes in all of them but DEAD. A transport that ends in any state but DEAD
 * has lost the connection: that is never the end of the data (pitfalls T6).
 */
enum tls_state {
	TLS_HANDSHAKE,
	TLS_OPEN,
	TLS_CLOSING, /* our close_notify is out; what still arrives is dropped */
	TLS_DEAD,
};

/*
 * Where the engine puts its output, always before the call that caused it returns; the bytes are
 * gone then. `plain` comes only in OPEN, and may call tls_send() and tls_shutdown(); `cipher` may
 * call nothing here. Neither may call tls_close(). Ciphertext is not limited here: the transport
 * counts what it could not send yet and stops calling tls_receive() (pitfalls T4).
 */
struct tls_sink {
	void *owner;
	void (*plain)(void *owner, const uint8_t *bytes, size_t n);
	void (*cipher)(void *owner, const uint8_t *bytes, size_t n);
};

struct tls {
	struct ssl_st *ssl;  /* owns both BIOs */
	struct bio_st *in;   /* ciphertext from the peer; empty between calls */
	struct bio_st *out;  /* ciphertext for the peer; empty between calls */
	struct tls_context *context;
	struct tls_sink sink;
	const char *reason;  /* of DEAD, else NULL */
	enum tls_state state;
	enum tls_alpn alpn;    /* server: from OPEN on */
	bool has_key;          /* server: the client proved a key */
	uint8_t key[TLS_PIN];
};

/* Takes its own copy of the sink. A client says its first words at once. False: memory is short;
 * the engine is DEAD and needs tls_close() all the same. */
bool tls_start(struct tls *tls, struct tls_context *context,
	       const struct tls_sink *sink) MUST_CHECK;
/* False: DEAD, and cipher() has had the alert, if there was one: flush it before closing. */
bool tls_receive(struct tls *tls, const uint8_t *cipher, size_t n) MUST_CHECK;
/* All of it or, when the engine is not or no longer OPEN, nothing and false. */
bool tls_send(struct tls *tls, const uint8_t *plain, size_t n) MUST_CHECK;
/* Says goodbye if OPEN; before that there is nobody to say it to, and the engine is DEAD. */
void tls_shutdown(struct tls *tls);
/* Gives the memory back; silent. Idempotent after tls_start(). */
void tls_close(struct tls *tls);

enum tls_state tls_state(const struct tls *tls);
/* Server, from OPEN on: what the client came for, and the fingerprint of its key; NULL: it showed none. */
enum tls_alpn tls_alpn(const struct tls *tls);
const uint8_t *tls_peer_key(const struct tls *tls);
/*
 * Why DEAD, in one static word; NULL before.
 *   closed         both sides said goodbye, or the peer did
 *   stopped        tls_shutdown() before the handshake was done
 *   server_key     client: the server's key matches no pin; not a byte was sent to it
 *   alpn           no ALPN or another one than ours, at either end
 *   version        the peer does not speak TLS 1.3
 *   not_tls        the bytes are something else, like HTTP
 *   not_enrolled, revoked, expired
 *                  client: the server refused this computer's key; comes with the first
 *                  bytes received, after the client's own handshake succeeded (pitfalls T1)
 *   key_refused    server: the client refused our key
 *   no_key, unknown_key, revoked_key, suspended_key
 *                  server: what is wrong with the client's key
 *   alert          the peer gave up for another reason
 *   protocol       the peer broke the protocol, or the bytes were tampered with
 *   memory         memory is short
 */
const char *tls_reason(const struct tls *tls);

#endif
