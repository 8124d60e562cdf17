/* Deadlines: all of them in one heap, with one timer for the earliest (pitfalls U12). */
#ifndef CHIBO_NET_DEADLINE_H
#define CHIBO_NET_DEADLINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

/* Embedded in the thing that waits. Starts as all zero but for `expired`. */
struct deadline {
	uint64_t at_ms; /* absolute, on the clock of the heap */
	size_t place;   /* in the heap, from 1; 0: not set */
	void (*expired)(struct deadline *deadline);
};

/* The heap alone knows no clock. Its room is fixed, so that setting a deadline cannot fail. */
struct deadline_heap {
	struct deadline **items; /* from index 1; the parent of i is i / 2 and never later */
	size_t n;
	size_t room;
};

bool deadline_heap_init(struct deadline_heap *heap, size_t room)
	__attribute__((warn_unused_result));
void deadline_heap_free(struct deadline_heap *heap);
/* Also moves one that is set. */
void deadline_heap_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_ms);
void deadline_heap_clear(struct deadline_heap *heap, struct deadline *deadline);
/* Calls `expired` of all that are due, earliest first, each no longer set. They may set and
 * clear any. */
void deadline_heap_expire(struct deadline_heap *heap, uint64_t now_ms);

/* A heap on the clock of a loop. */
struct deadlines {
	struct deadline_heap heap;
	uv_timer_t timer;
	void (*closed)(void *owner);
	void *owner;
};

bool deadlines_init(struct deadlines *deadlines, uv_loop_t *loop, size_t room)
	__attribute__((warn_unused_result));
/* `after_ms` from now. */
void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, unsigned after_ms);
void deadlines_clear(struct deadlines *deadlines, struct deadline *deadline);
/* All deadlines must have been cleared. The memory belongs to the caller again when `closed`
 * is called. */
void deadlines_close(struct deadlines *deadlines, void (*closed)(void *owner), void *owner);

#endif
