/* The statement file reader: any text is read or refused, and what is rendered never outgrows its buffer. */
#include <stdint.h>
#include <stdlib.h>

#include "statement_text.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	struct arena arena;
	struct statement_text *texts;
	char reason[256];
	size_t n = 0;
	char *text;

	arena_init(&arena, 64 << 20, 64 << 20);
	text = arena_dup(&arena, bytes, len);
	texts = text ? statement_text_parse(&arena, text, "fuzz.sql", NULL, &n, reason, sizeof reason) : NULL;
	for (size_t i = 0; texts && i < n; i++)
		if (!texts[i].sql)
			abort();
	arena_close(&arena);
	return 0;
}
