/* Two engines of one process, and the line between them: what the TLS tests share. */
#ifndef CHIBO_TESTS_TLS_PAIR_H
#define CHIBO_TESTS_TLS_PAIR_H

#include <stddef.h>
#include <stdint.h>

#include "tls.h"

struct bytes {
	uint8_t *data;
	size_t len;
};

/* One engine and what came out of it. */
struct end {
	struct tls tls;
	struct bytes plain;
	struct bytes cipher;
	enum { KEEP, ECHO, HANG_UP } habit; /* what it does with plaintext besides keeping it */
};

/* Made anew for each test by set_up(), in its own process. */
extern char directory[64], key_file[80], other_key_file[80];
extern uint8_t pin[TLS_PIN]; /* of key_file, which the server context uses */
extern struct tls_context *server_context, *client_context;
extern struct end server, client; /* started; the client's hello waits */
extern struct tls_error error;

/* A checked fixture. */
void set_up(void);
void tear_down(void);

void append(struct bytes *bytes, const uint8_t *more, size_t n);
void empty(struct bytes *bytes);

struct tls_sink sink_of(struct end *end);
void start(struct end *end, struct tls_context *context);
void stop(struct end *end);
struct tls_context *client_with(const uint8_t pins[][TLS_PIN], size_t n);

/* Carries what `from` has to say, in chunks; what it says meanwhile waits. */
void carry(struct end *from, struct end *to, size_t chunk);
/* Carries between client and server until neither says anything. */
void settle(size_t chunk);
void say(struct end *end, const char *text);

void expect_open(void);
void expect_dead(const struct end *end, const char *reason);
void expect_heard(const struct end *end, const char *text);

#endif
