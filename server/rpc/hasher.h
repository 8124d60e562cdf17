/* Password hashing off the loop: a few at once, a short queue, then busy (trust, "Passwords"). */
#ifndef CHIBO_RPC_HASHER_H
#define CHIBO_RPC_HASHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>
#include <uv.h>

#include "list.h"

struct hasher_config {
	unsigned at_once;
	unsigned waiting_max;
	unsigned long long ops; /* argon2id passes */
	size_t bytes;           /* argon2id memory */
};

struct hasher {
	uv_loop_t *loop;
	struct hasher_config config;
	struct list waiting; /* jobs, oldest first */
	unsigned n_waiting, n_running;
	char dummy[crypto_pwhash_STRBYTES]; /* checked for accounts that do not exist: the same work for all */
};

enum hash_result { HASH_MATCHES, HASH_DIFFERS, HASH_MADE, HASH_FAILED, HASH_TOO_LATE };

/* Called on the loop. `hash` is the new one (HASH_MADE), or NULL. */
typedef void (*hash_done)(void *owner, enum hash_result result, const char *hash);

/* The configuration must be set. Takes as long as one hash. False: out of memory. */
bool hasher_init(struct hasher *hasher, uv_loop_t *loop);
/* Those that wait are too late; those that run still come back. */
void hasher_give_up(struct hasher *hasher);
void hasher_close(struct hasher *hasher);

/* Both copy the password into locked memory. False: too many are waiting. `deadline` is uv_now(). `hash`
 * NULL: the dummy is checked, and the answer is HASH_DIFFERS whatever it says. */
bool hasher_check(struct hasher *hasher, const char *password, const char *hash, uint64_t deadline,
		  hash_done done, void *owner);
bool hasher_make(struct hasher *hasher, const char *password, uint64_t deadline, hash_done done, void *owner);

#endif
