/* One-time codes: 120 random bits in Crockford's base 32, which has no letters that look alike. */
#include "code.h"

#include <stdint.h>
#include <string.h>

#include <sodium.h>

#include "clean.h"
#include "value.h"

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

enum { CODE_CHARS = CODE_BITS / 5 };

static const char *grouped(struct arena *arena, const char *chars)
{
	struct text out;

	text_init(&out, arena);
	for (size_t i = 0; i < CODE_CHARS; i++) {
		if (i > 0 && i % CODE_GROUP == 0)
			text_putc(&out, '-');
		text_putc(&out, chars[i]);
	}
	return out.data;
}

const char *code_make(struct arena *arena)
{
	char chars[CODE_CHARS];

	for (size_t i = 0; i < CODE_CHARS; i++)
		chars[i] = alphabet[randombytes_uniform(32)];
	return grouped(arena, chars);
}

static char mended(char c)
{
	c = clean_upper(c);
	if (c == 'O')
		return '0';
	if (c == 'I' || c == 'L')
		return '1';
	return c;
}

const char *code_mend(struct arena *arena, const char *typed)
{
	char chars[CODE_CHARS];
	size_t n = 0;

	for (const char *c = typed; *c != '\0'; c++) {
		if (*c == '-' || *c == ' ')
			continue;
		if (n == CODE_CHARS || strchr(alphabet, mended(*c)) == NULL)
			return typed;
		chars[n++] = mended(*c);
	}
	return n == CODE_CHARS ? grouped(arena, chars) : typed;
}

const char *code_into(struct arena *arena, ProtobufCMessage *request)
{
	const ProtobufCFieldDescriptor *field = value_field(request->descriptor, "code_hash");
	uint8_t hash[crypto_hash_sha256_BYTES];
	const char *code;

	if (field == NULL)
		return NULL;
	code = code_make(arena);
	crypto_hash_sha256(hash, (const unsigned char *)code, strlen(code));
	value_set_bytes(arena, request, field, hash, sizeof(hash));
	return code;
}
