/* An arena is the memory of one call: it only grows, within two caps, and goes away as a whole, wiped:
 * passwords, tokens and people's data pass through it. */
#ifndef CHIBO_PROTO_ARENA_H
#define CHIBO_PROTO_ARENA_H

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "status.h"

struct arena_chunk;

/* Bytes are counted as asked for, rounded up to 16. */
struct arena {
	struct arena_chunk *chunks; /* newest first; only the newest is allocated from */
	char *last;                 /* newest allocation that is not freed yet, or NULL */
	size_t live;                /* <= live_max */
	size_t live_max;
	size_t total;               /* <= total_max; freeing does not lower it (pitfalls W2) */
	size_t total_max;
	ProtobufCAllocator allocator;
};

/* Allocates nothing. The arena must not move afterwards. */
void arena_init(struct arena *arena, size_t live_max, size_t total_max);
/* 16-aligned; of size 0 as well, and then distinct. NULL when a cap is hit or memory is short. */
void *arena_alloc(struct arena *arena, size_t size) MUST_CHECK;
void *arena_zalloc(struct arena *arena, size_t size) MUST_CHECK;
/* A copy that ends in NUL, whatever the bytes are. */
char *arena_dup(struct arena *arena, const void *bytes, size_t len) MUST_CHECK;
/* Gives back only the newest allocation; any other, and NULL, it leaves alone. */
void arena_free(struct arena *arena, void *pointer);
/* Wipes and forgets everything, both counts too; keeps one small chunk for the next use. */
void arena_reset(struct arena *arena);
/* Gives all memory back. May be used again, like after arena_init. */
void arena_close(struct arena *arena);
/* For protobuf_c_message_unpack. The message lives as long as the arena: never free_unpacked it. */
ProtobufCAllocator *arena_allocator(struct arena *arena);

#endif
