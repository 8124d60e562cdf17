/* Memory of one run comes from an arena and goes as a whole; running short ends the program. */
#ifndef CHIBO_CLIENT_MEM_H
#define CHIBO_CLIENT_MEM_H

#include <stdarg.h>
#include <stddef.h>

#include "arena.h"

/* Zeroed, never NULL. */
void *mem_take(struct arena *arena, size_t size);
/* The same, outside the arenas: also of the processes that are forked from now on. */
void *mem_shared(size_t size);
/* A copy that ends in NUL. */
char *mem_copy(struct arena *arena, const char *bytes, size_t n);
char *mem_format(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
/* Room for one more item behind `n` of them: the same array or a larger copy. */
void *mem_grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t item);

/* A text that grows; `data` ends in NUL and moves when it grows. */
struct text {
	struct arena *arena;
	char *data;
	size_t len;
	size_t capacity;
};

void text_init(struct text *text, struct arena *arena);
void text_add(struct text *text, const char *bytes, size_t n);
void text_puts(struct text *text, const char *string);
void text_putc(struct text *text, char c);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
