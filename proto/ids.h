/* Ids: UUIDv7, random or derived from a seed. */
#ifndef CHIBO_PROTO_IDS_H
#define CHIBO_PROTO_IDS_H

#include <stdint.h>

enum {
	ID_SIZE = 16,
	SEED_SIZE = 32,
};

/* Now, and random bits. */
void id_make(uint8_t id[static ID_SIZE]);
/* The same for the same seed, number and kind. The first six bytes of the seed are its time in
 * milliseconds. */
void id_derive(const uint8_t seed[static SEED_SIZE], uint32_t number, const char *kind,
	       uint8_t id[static ID_SIZE]);
/* A seed of now. */
void id_seed(uint8_t seed[static SEED_SIZE]);

#endif
