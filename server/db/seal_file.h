/* The key file, read into memory that nothing else touches. Known to `seal` alone. */
#ifndef CHIBO_DB_SEAL_FILE_H
#define CHIBO_DB_SEAL_FILE_H

#include "seal.h"

enum { SEAL_KEY = 32, SEAL_KEYS_MAX = 64 };

struct seal_key {
	uint32_t id;
	uint8_t bytes[SEAL_KEY];
};

/* At least one key; ids grow. */
struct seal_ring {
	uint8_t hash_key[SEAL_KEY];
	size_t n;
	struct seal_key keys[SEAL_KEYS_MAX];
};

/* From sodium_malloc and read-only; sodium_free gives it back. NULL: the error says why. */
struct seal_ring *seal_ring_read(const char *path, struct seal_error *error);

#endif
