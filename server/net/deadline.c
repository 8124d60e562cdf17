/* Deadlines: a binary heap and one timer. */
#include "deadline.h"

#include <stdlib.h>

#include "list.h"
#include "pre.h"

bool deadline_heap_init(struct deadline_heap *heap, size_t room)
{
	*heap = (struct deadline_heap){.room = room};
	heap->items = calloc(room + 1, sizeof *heap->items);
	return heap->items != NULL;
}

void deadline_heap_free(struct deadline_heap *heap)
{
	free(heap->items);
	*heap = (struct deadline_heap){0};
}

static void put(struct deadline_heap *heap, struct deadline *deadline, size_t place)
{
	heap->items[place] = deadline;
	deadline->place = place;
}

static void rise(struct deadline_heap *heap, struct deadline *deadline)
{
	size_t place = deadline->place;

	while (place > 1 && heap->items[place / 2]->at_ms > deadline->at_ms) {
		put(heap, heap->items[place / 2], place);
		place /= 2;
	}
	put(heap, deadline, place);
}

static void sink(struct deadline_heap *heap, struct deadline *deadline)
{
	size_t place = deadline->place;
	size_t child;

	while ((child = 2 * place) <= heap->n) {
		if (child < heap->n && heap->items[child + 1]->at_ms < heap->items[child]->at_ms)
			child++;
		if (heap->items[child]->at_ms >= deadline->at_ms)
			break;
		put(heap, heap->items[child], place);
		place = child;
	}
	put(heap, deadline, place);
}

void deadline_heap_set(struct deadline_heap *heap, struct deadline *deadline, uint64_t at_ms)
{
	if (!deadline->place) {
		PRE(heap->n < heap->room);
		put(heap, deadline, ++heap->n);
	}
	deadline->at_ms = at_ms;
	rise(heap, deadline);
	sink(heap, deadline);
}

void deadline_heap_clear(struct deadline_heap *heap, struct deadline *deadline)
{
	struct deadline *last;

	if (!deadline->place)
		return;
	last = heap->items[heap->n--];
	if (last != deadline) {
		put(heap, last, deadline->place);
		rise(heap, last);
		sink(heap, last);
	}
	deadline->place = 0;
}

void deadline_heap_expire(struct deadline_heap *heap, uint64_t now_ms)
{
	while (heap->n > 0 && heap->items[1]->at_ms <= now_ms) {
		struct deadline *due = heap->items[1];

		deadline_heap_clear(heap, due);
		due->expired(due);
	}
}

bool deadlines_init(struct deadlines *deadlines, uv_loop_t *loop, size_t room)
{
	*deadlines = (struct deadlines){.closed = NULL};
	if (!deadline_heap_init(&deadlines->heap, room))
		return false;
	if (uv_timer_init(loop, &deadlines->timer) != 0) {
		deadline_heap_free(&deadlines->heap);
		return false;
	}
	return true;
}

static void on_timer(uv_timer_t *timer);

/* The timer may ring too early, after the deadline that it rang for was cleared; never too late. */
static void set_timer(struct deadlines *deadlines)
{
	uint64_t now = uv_now(deadlines->timer.loop);
	uint64_t first;

	if (deadlines->heap.n == 0)
		return;
	first = deadlines->heap.items[1]->at_ms;
	uv_timer_start(&deadlines->timer, on_timer, first > now ? first - now : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct deadlines *deadlines = CONTAINER_OF(timer, struct deadlines, timer);

	deadline_heap_expire(&deadlines->heap, uv_now(timer->loop));
	set_timer(deadlines);
}

void deadlines_set(struct deadlines *deadlines, struct deadline *deadline, unsigned after_ms)
{
	deadline_heap_set(&deadlines->heap, deadline, uv_now(deadlines->timer.loop) + after_ms);
	if (deadline->place == 1)
		set_timer(deadlines);
}

void deadlines_clear(struct deadlines *deadlines, struct deadline *deadline)
{
	deadline_heap_clear(&deadlines->heap, deadline);
}

static void on_closed(uv_handle_t *handle)
{
	struct deadlines *deadlines = CONTAINER_OF(handle, struct deadlines, timer);

	deadline_heap_free(&deadlines->heap);
	deadlines->closed(deadlines->owner);
}

void deadlines_close(struct deadlines *deadlines, void (*closed)(void *owner), void *owner)
{
	PRE(deadlines->heap.n == 0);
	deadlines->closed = closed;
	deadlines->owner = owner;
	uv_close((uv_handle_t *)&deadlines->timer, on_closed);
}
