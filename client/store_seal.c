/* Each row carries a hash of itself, and a constraint compares it: integrity_check sees pages, not values. */
#include "store_parts.h"

#include <string.h>

#include <sodium.h>

static void add_number(crypto_generichash_state *hash, int64_t number)
{
	crypto_generichash_update(hash, (const uint8_t *)&number, sizeof(number));
}

static void add_value(crypto_generichash_state *hash, sqlite3_value *value)
{
	int type = sqlite3_value_type(value);
	const uint8_t *bytes;
	int n;

	add_number(hash, type);
	if (type == SQLITE_INTEGER) {
		add_number(hash, sqlite3_value_int64(value));
	} else if (type == SQLITE_TEXT || type == SQLITE_BLOB) {
		bytes = type == SQLITE_TEXT ? sqlite3_value_text(value) : sqlite3_value_blob(value);
		n = sqlite3_value_bytes(value);
		add_number(hash, n);
		crypto_generichash_update(hash, bytes, (unsigned long long)n);
	}
}

static void seal_of(sqlite3_context *context, int n, sqlite3_value **values)
{
	enum { SEAL_SIZE = sizeof(int64_t) };
	uint8_t bytes[crypto_generichash_BYTES_MIN];
	crypto_generichash_state hash;
	int64_t seal;

	crypto_generichash_init(&hash, NULL, 0, sizeof(bytes));
	for (int i = 0; i < n; i++)
		add_value(&hash, values[i]);
	crypto_generichash_final(&hash, bytes, sizeof(bytes));
	memcpy(&seal, bytes, SEAL_SIZE);
	sqlite3_result_int64(context, seal);
}

int store_add_seal(sqlite3 *db)
{
	return sqlite3_create_function_v2(db, "seal_of", -1, SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS, NULL,
					  seal_of, NULL, NULL, NULL);
}
