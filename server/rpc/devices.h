/* Which computers are known, kept in memory, so that a key is judged before its owner may say anything. The database has the
 * last word: auth.enter looks again in every transaction. What this process commits is learned at once, what others commit
 * within a poll. */
#ifndef CHIBO_RPC_DEVICES_H
#define CHIBO_RPC_DEVICES_H

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>
#include <uv.h>

#include "tls.h"

struct devices;
struct pg_pool;
struct statement_set;

struct devices_config {
	unsigned poll_ms;
	/* Some computers may not stay: whoever has connections asks devices_is_lost of each. */
	void (*lost)(void *owner);
	void *owner;
};

/* Pool and statements are borrowed until devices_close. NULL when memory is short. */
struct devices *devices_new(uv_loop_t *loop, struct pg_pool *pool, const struct statement_set *statements,
			    const struct devices_config *config);
/* Reads them for the first time; `reason` NULL: they are read, and the poll has begun. */
void devices_start(struct devices *devices, void (*ready)(void *owner, const char *reason));
/* Asks nothing any more; before the pool closes. */
void devices_close(struct devices *devices);
/* Once the loop has ended. */
void devices_free(struct devices *devices);

/* Of struct tls_computers. */
enum tls_verdict devices_judge(void *owner, enum tls_alpn alpn, const uint8_t key[static TLS_PIN]);
bool devices_is_lost(void *owner, const uint8_t key[static TLS_PIN]);
/* Somebody was invited. */
void devices_expect(struct devices *devices);
/* Has just enrolled. */
void devices_add(struct devices *devices, const uint8_t key[static TLS_PIN]);
/* The committed answer of a method of DeviceService: what it says of a computer holds from now on. */
void devices_learn(struct devices *devices, const ProtobufCMessage *response);

#endif
