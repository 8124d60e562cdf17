/* Memory of one run: a program that lives a second has nothing to save by handling its lack. */
#include "mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

static _Noreturn void out_of_memory(void)
{
	fputs("chibo: hết bộ nhớ / out of memory\n", stderr);
	_exit(1);
}

void *mem_take(struct arena *arena, size_t size)
{
	void *memory = arena_zalloc(arena, size);

	if (memory == NULL)
		out_of_memory();
	return memory;
}

void *mem_shared(size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		out_of_memory();
	return memory;
}

char *mem_copy(struct arena *arena, const char *bytes, size_t n)
{
	char *copy = arena_dup(arena, bytes, n);

	if (copy == NULL)
		out_of_memory();
	return copy;
}

char *mem_format(struct arena *arena, const char *format, ...)
{
	va_list list;
	char *text;
	int n;

	va_start(list, format);
	n = vsnprintf(NULL, 0, format, list);
	va_end(list);
	text = mem_take(arena, (size_t)n + 1);
	va_start(list, format);
	vsnprintf(text, (size_t)n + 1, format, list);
	va_end(list);
	return text;
}

void *mem_grow(struct arena *arena, void *items, size_t n, size_t *capacity, size_t item)
{
	void *larger;

	if (n < *capacity)
		return items;
	*capacity = *capacity == 0 ? 8 : *capacity * 2;
	larger = mem_take(arena, *capacity * item);
	if (n > 0)
		memcpy(larger, items, n * item);
	return larger;
}

void text_init(struct text *text, struct arena *arena)
{
	*text = (struct text){.arena = arena, .capacity = 64};
	text->data = mem_take(arena, text->capacity);
}

static void make_room(struct text *text, size_t more)
{
	char *larger;

	if (text->len + more < text->capacity)
		return;
	while (text->len + more >= text->capacity)
		text->capacity *= 2;
	larger = mem_take(text->arena, text->capacity);
	memcpy(larger, text->data, text->len);
	text->data = larger;
}

void text_add(struct text *text, const char *bytes, size_t n)
{
	make_room(text, n);
	if (n > 0)
		memcpy(text->data + text->len, bytes, n);
	text->len += n;
	text->data[text->len] = '\0';
}

void text_puts(struct text *text, const char *string)
{
	text_add(text, string, strlen(string));
}

void text_putc(struct text *text, char c)
{
	text_add(text, &c, 1);
}

void text_printf(struct text *text, const char *format, ...)
{
	va_list list;
	int n;

	va_start(list, format);
	n = vsnprintf(NULL, 0, format, list);
	va_end(list);
	make_room(text, (size_t)n);
	va_start(list, format);
	vsnprintf(text->data + text->len, (size_t)n + 1, format, list);
	va_end(list);
	text->len += (size_t)n;
}
