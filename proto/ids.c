/* Ids: UUIDv7 (RFC 9562), random or derived from a seed. */
#include "ids.h"

#include <string.h>
#include <time.h>

#include <sodium.h>

static void put_time(uint8_t *bytes)
{
	struct timespec now;
	uint64_t ms;

	clock_gettime(CLOCK_REALTIME, &now);
	ms = (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
	for (int i = 5; i >= 0; i--, ms >>= 8)
		bytes[i] = (uint8_t)ms;
}

static void mark(uint8_t id[static ID_SIZE])
{
	id[6] = (uint8_t)((id[6] & 0x0f) | 0x70);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

void id_make(uint8_t id[static ID_SIZE])
{
	randombytes_buf(id, ID_SIZE);
	put_time(id);
	mark(id);
}

void id_seed(uint8_t seed[static SEED_SIZE])
{
	randombytes_buf(seed, SEED_SIZE);
	put_time(seed);
}

void id_derive(const uint8_t seed[static SEED_SIZE], uint32_t number, const char *kind,
	       uint8_t id[static ID_SIZE])
{
	uint8_t count[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16),
			    (uint8_t)(number >> 8), (uint8_t)number};
	uint8_t hash[crypto_hash_sha256_BYTES];
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, seed, SEED_SIZE);
	crypto_hash_sha256_update(&state, count, sizeof(count));
	crypto_hash_sha256_update(&state, (const unsigned char *)kind, strlen(kind));
	crypto_hash_sha256_final(&state, hash);
	memcpy(id, seed, 6);
	memcpy(id + 6, hash, ID_SIZE - 6);
	mark(id);
}
