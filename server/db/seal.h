/* Seals the values that the database must not be able to read, opens them again, and hashes them under a
 * key, so that equal ones can be found. */
#ifndef CHIBO_DB_SEAL_H
#define CHIBO_DB_SEAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

/* The keys of one file. The newest seals, all of them open; the hash has a key of its own. */
struct seal_keys;

enum {
	SEAL_ID = 16,                  /* bytes of a row's id */
	SEAL_KEY_ID = 4,
	SEAL_EXTRA = SEAL_KEY_ID + 24 + 16, /* key id, nonce, tag: what a sealed value is longer by */
	SEAL_HASH = 8,
};

/* Where a value stands: it opens nowhere else. */
struct seal_place {
	const char *table, *column;
	const uint8_t *id; /* SEAL_ID bytes */
};

/* File, line, and what is wrong there; never what stands there. */
struct seal_error {
	char text[256];
};

/* Without keys until a file is loaded. NULL: memory is short. */
struct seal_keys *seal_keys_new(void);
void seal_keys_free(struct seal_keys *keys);
/* Reads a file that its owner alone may read. A bad one leaves the keys as they were. */
bool seal_keys_load(struct seal_keys *keys, const char *path, struct seal_error *error) MUST_CHECK;
/* The id of the key that seals; 0: there is none. */
uint32_t seal_keys_newest(const struct seal_keys *keys);

/* Makes the file with key 1, or adds the next key to it; nobody ever sees half a file. Its id goes to
 * `id`. */
bool seal_keys_make(const char *path, uint32_t *id, struct seal_error *error) MUST_CHECK;

/* `out` has room for len + SEAL_EXTRA bytes: key id (big-endian), nonce, ciphertext. False: no key. */
bool seal_bytes(const struct seal_keys *keys, const struct seal_place *place, const void *plain, size_t len,
		uint8_t *out) MUST_CHECK;
/* `out` has room for len - SEAL_EXTRA bytes. False: another place, another key, or not as it was sealed. */
bool seal_open(const struct seal_keys *keys, const struct seal_place *place, const void *sealed, size_t len,
	       uint8_t *out) MUST_CHECK;
/* The id of the key that a value was sealed with; 0: it is no sealed value. */
uint32_t seal_key_id(const void *sealed, size_t len);

/* Equal texts of one column have equal hashes, and nobody without the key can tell which. The place's id
 * plays no part. */
bool seal_hash(const struct seal_keys *keys, const struct seal_place *place, const void *plain, size_t len,
	       uint8_t hash[static SEAL_HASH]) MUST_CHECK;

#endif
