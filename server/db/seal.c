/* XChaCha20-Poly1305 over single values: the place of a value and its key's id are authenticated with it. */
#include "seal.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "seal_file.h"

enum {
	NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
	NAME_MAX_LEN = 63, /* of PostgreSQL */
	PLACE_MAX = 2 * (1 + NAME_MAX_LEN) + SEAL_ID + SEAL_KEY_ID,
};

_Static_assert(SEAL_EXTRA == SEAL_KEY_ID + NONCE + crypto_aead_xchacha20poly1305_ietf_ABYTES, "as documented");
_Static_assert((int)SEAL_KEY == (int)crypto_aead_xchacha20poly1305_ietf_KEYBYTES, "one size of key");

struct seal_keys {
	struct seal_ring *ring; /* in memory of its own: locked, between guards, read-only; NULL: none */
};

struct seal_keys *seal_keys_new(void)
{
	return calloc(1, sizeof(struct seal_keys));
}

void seal_keys_free(struct seal_keys *keys)
{
	if (!keys)
		return;
	sodium_free(keys->ring);
	free(keys);
}

bool seal_keys_load(struct seal_keys *keys, const char *path, struct seal_error *error)
{
	struct seal_ring *ring = seal_ring_read(path, error);

	if (!ring)
		return false;
	sodium_free(keys->ring);
	keys->ring = ring;
	return true;
}

uint32_t seal_keys_newest(const struct seal_keys *keys)
{
	return keys->ring ? keys->ring->keys[keys->ring->n - 1].id : 0;
}

static const struct seal_key *find_key(const struct seal_keys *keys, uint32_t id)
{
	for (size_t i = 0; keys->ring && i < keys->ring->n; i++)
		if (keys->ring->keys[i].id == id)
			return &keys->ring->keys[i];
	return NULL;
}

/* ---- where a value stands, as bytes: each name with its length before it ---- */

static size_t put_name(uint8_t *at, const char *name)
{
	size_t len = strnlen(name, NAME_MAX_LEN);

	at[0] = (uint8_t)len;
	memcpy(at + 1, name, len);
	return 1 + len;
}

static size_t put_column(uint8_t out[static PLACE_MAX], const struct seal_place *place)
{
	size_t len = put_name(out, place->table);

	return len + put_name(out + len, place->column);
}

static size_t put_place(uint8_t out[static PLACE_MAX], const struct seal_place *place,
			const uint8_t key_id[static SEAL_KEY_ID])
{
	size_t len = put_column(out, place);

	memcpy(out + len, place->id, SEAL_ID);
	memcpy(out + len + SEAL_ID, key_id, SEAL_KEY_ID);
	return len + SEAL_ID + SEAL_KEY_ID;
}

/* ---- sealing ---- */

bool seal_bytes(const struct seal_keys *keys, const struct seal_place *place, const void *plain, size_t len,
		uint8_t *out)
{
	const struct seal_key *key = find_key(keys, seal_keys_newest(keys));
	uint8_t *nonce = out + SEAL_KEY_ID;
	uint8_t about[PLACE_MAX];
	uint32_t id;

	if (!key)
		return false;
	id = htobe32(key->id);
	memcpy(out, &id, SEAL_KEY_ID);
	randombytes_buf(nonce, NONCE);
	crypto_aead_xchacha20poly1305_ietf_encrypt(nonce + NONCE, NULL, plain, len, about,
						   put_place(about, place, out), NULL, nonce, key->bytes);
	return true;
}

uint32_t seal_key_id(const void *sealed, size_t len)
{
	uint32_t id;

	if (len < SEAL_EXTRA)
		return 0;
	memcpy(&id, sealed, sizeof id);
	return be32toh(id);
}

bool seal_open(const struct seal_keys *keys, const struct seal_place *place, const void *sealed, size_t len,
	       uint8_t *out)
{
	const struct seal_key *key = find_key(keys, seal_key_id(sealed, len));
	const uint8_t *bytes = sealed;
	uint8_t about[PLACE_MAX];

	return key && crypto_aead_xchacha20poly1305_ietf_decrypt(
			      out, NULL, NULL, bytes + SEAL_KEY_ID + NONCE, len - SEAL_KEY_ID - NONCE, about,
			      put_place(about, place, bytes), bytes + SEAL_KEY_ID, key->bytes) == 0;
}

/* libsodium makes no hash shorter than 16 bytes: the first of a longer one. */
bool seal_hash(const struct seal_keys *keys, const struct seal_place *place, const void *plain, size_t len,
	       uint8_t hash[static SEAL_HASH])
{
	uint8_t about[PLACE_MAX], whole[crypto_generichash_BYTES];
	crypto_generichash_state state;

	if (!keys->ring)
		return false;
	crypto_generichash_init(&state, keys->ring->hash_key, SEAL_KEY, sizeof whole);
	crypto_generichash_update(&state, about, put_column(about, place));
	crypto_generichash_update(&state, plain, len);
	crypto_generichash_final(&state, whole, sizeof whole);
	memcpy(hash, whole, SEAL_HASH);
	sodium_memzero(&state, sizeof state);
	return true;
}
