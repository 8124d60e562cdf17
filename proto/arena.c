/* Bump allocation from malloc'd chunks, with the caps checked before anything is touched. */
#include "arena.h"

#include <stdalign.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
	ALIGNMENT = 16,
	CHUNK_SIZE = 4096 - 64, /* with malloc's own header still one page */
};

struct arena_chunk {
	struct arena_chunk *next;
	size_t size; /* of bytes[] */
	size_t used; /* a multiple of ALIGNMENT */
	alignas(ALIGNMENT) char bytes[];
};

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

static void give_back(void *arena, void *pointer)
{
	arena_free(arena, pointer);
}

void arena_init(struct arena *arena, size_t live_max, size_t total_max)
{
	*arena = (struct arena){
		.live_max = live_max,
		.total_max = total_max,
		.allocator = { .alloc = allocate, .free = give_back, .allocator_data = arena },
	};
}

/* Room for size bytes in the newest chunk, made if need be. */
static struct arena_chunk *chunk_for(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t bytes = size > CHUNK_SIZE ? size : CHUNK_SIZE;

	if (chunk && chunk->size - chunk->used >= size)
		return chunk;
	if (__builtin_add_overflow(bytes, sizeof *chunk, &bytes))
		return NULL;
	chunk = malloc(bytes);
	if (!chunk)
		return NULL;
	chunk->next = arena->chunks;
	chunk->size = bytes - sizeof *chunk;
	chunk->used = 0;
	arena->chunks = chunk;
	return chunk;
}

void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_chunk *chunk;

	if (size == 0)
		size = 1;
	if (__builtin_add_overflow(size, ALIGNMENT - 1, &size))
		return NULL;
	size &= ~(size_t)(ALIGNMENT - 1);
	if (size > arena->live_max - arena->live || size > arena->total_max - arena->total)
		return NULL;
	chunk = chunk_for(arena, size);
	if (!chunk)
		return NULL;
	arena->last = chunk->bytes + chunk->used;
	chunk->used += size;
	arena->live += size;
	arena->total += size;
	return arena->last;
}

void *arena_zalloc(struct arena *arena, size_t size)
{
	void *bytes = arena_alloc(arena, size);

	return bytes ? memset(bytes, 0, size) : NULL;
}

char *arena_dup(struct arena *arena, const void *bytes, size_t len)
{
	size_t size;
	char *text;

	if (__builtin_add_overflow(len, 1, &size))
		return NULL;
	text = arena_alloc(arena, size);
	if (!text)
		return NULL;
	if (len > 0)
		memcpy(text, bytes, len);
	text[len] = '\0';
	return text;
}

void arena_free(struct arena *arena, void *pointer)
{
	struct arena_chunk *chunk = arena->chunks;
	size_t before;

	if (!pointer || pointer != arena->last)
		return;
	before = (size_t)(arena->last - chunk->bytes);
	arena->live -= chunk->used - before;
	chunk->used = before;
	arena->last = NULL;
}

/* All of it: what was given back with arena_free lies beyond `used`. */
static void wipe(struct arena_chunk *chunk)
{
	explicit_bzero(chunk->bytes, chunk->size);
}

void arena_reset(struct arena *arena)
{
	struct arena_chunk *oldest = arena->chunks;

	while (oldest && oldest->next) {
		arena->chunks = oldest->next;
		wipe(oldest);
		free(oldest);
		oldest = arena->chunks;
	}
	if (oldest)
		wipe(oldest);
	if (oldest && oldest->size > CHUNK_SIZE) {
		free(oldest);
		arena->chunks = oldest = NULL;
	}
	if (oldest)
		oldest->used = 0;
	arena->last = NULL;
	arena->live = 0;
	arena->total = 0;
}

void arena_close(struct arena *arena)
{
	arena_reset(arena);
	free(arena->chunks);
	arena->chunks = NULL;
}

ProtobufCAllocator *arena_allocator(struct arena *arena)
{
	return &arena->allocator;
}
