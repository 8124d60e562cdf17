/* Sorted tables of feeds, and a queue of those who are to look. */
#include "watchers.h"

#include <stdlib.h>
#include <string.h>

#include "pre.h"

/* ---- feeds and positions ---- */

static size_t place_of(const struct feed_places *places, const uint8_t feed[static FEED_ID])
{
	size_t low = 0, high = places->n;

	while (low < high) {
		size_t middle = (low + high) / 2;

		if (memcmp(places->items[middle].feed, feed, FEED_ID) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct feed_place *feed_places_find(const struct feed_places *places, const uint8_t feed[static FEED_ID])
{
	size_t at = place_of(places, feed);

	return at < places->n && memcmp(places->items[at].feed, feed, FEED_ID) == 0 ? &places->items[at] : NULL;
}

static bool reserve(struct feed_places *places)
{
	size_t room = places->room > 0 ? places->room * 2 : 1; /* most follow one feed */
	struct feed_place *items;

	if (places->n < places->room)
		return true;
	items = realloc(places->items, room * sizeof *items);
	if (!items)
		return false;
	places->items = items;
	places->room = room;
	return true;
}

bool feed_places_set(struct feed_places *places, const uint8_t feed[static FEED_ID], int64_t position)
{
	size_t at = place_of(places, feed);

	if (at < places->n && memcmp(places->items[at].feed, feed, FEED_ID) == 0) {
		places->items[at].position = position;
		return true;
	}
	if (!reserve(places))
		return false;
	memmove(&places->items[at + 1], &places->items[at], (places->n - at) * sizeof *places->items);
	memcpy(places->items[at].feed, feed, FEED_ID);
	places->items[at].position = position;
	places->n++;
	return true;
}

void feed_places_free(struct feed_places *places)
{
	free(places->items);
	*places = (struct feed_places){0};
}

/* ---- turns ---- */

void watchers_tick(struct watchers *watchers)
{
	while (!watchers->stopping && watchers->looking < watchers->at_once && !list_empty(&watchers->ready)) {
		struct watcher *watcher = CONTAINER_OF(list_take(&watchers->ready), struct watcher, ready);

		watcher->dirty = false;
		watcher->looking = true;
		watchers->looking++;
		watcher->look(watcher);
	}
}

void watchers_note(struct watchers *watchers, struct watcher *watcher)
{
	watcher->dirty = true;
	if (!watcher->held && !watcher->looking && !list_linked(&watcher->ready))
		list_append(&watchers->ready, &watcher->ready);
}

void watchers_init(struct watchers *watchers, unsigned at_once)
{
	*watchers = (struct watchers){.at_once = at_once};
	list_init(&watchers->all);
	list_init(&watchers->ready);
}

void watchers_close(struct watchers *watchers)
{
	PRE(watchers->n == 0);
	feed_places_free(&watchers->heads);
}

void watchers_add(struct watchers *watchers, struct watcher *watcher)
{
	list_init(&watcher->ready);
	list_init(&watcher->all);
	list_append(&watchers->all, &watcher->all);
	watchers->n++;
}

void watchers_remove(struct watchers *watchers, struct watcher *watcher)
{
	list_remove(&watcher->all);
	list_remove(&watcher->ready);
	feed_places_free(&watcher->places);
	watchers->n--;
	if (!watcher->looking)
		return;
	watcher->looking = false;
	watchers->looking--;
	watchers_tick(watchers);
}

void watchers_wake(struct watchers *watchers, struct watcher *watcher)
{
	watchers_note(watchers, watcher);
	watchers_tick(watchers);
}

void watchers_wake_all(struct watchers *watchers)
{
	struct list *node;

	LIST_EACH(node, &watchers->all)
		watchers_note(watchers, CONTAINER_OF(node, struct watcher, all));
	watchers_tick(watchers);
}

void watchers_stop_all(struct watchers *watchers)
{
	struct list *node, *after;

	watchers->stopping = true;
	LIST_EACH_SAFE(node, after, &watchers->all) {
		struct watcher *watcher = CONTAINER_OF(node, struct watcher, all);

		watcher->stop(watcher);
	}
}

/* ---- news ---- */

static bool is_behind(const struct watcher *watcher, const uint8_t feed[static FEED_ID], int64_t position)
{
	const struct feed_place *place = feed_places_find(&watcher->places, feed);

	return place && place->position < position;
}

/* A feed that nobody has heard of may belong to a unit of anybody's. */
static void note_all(struct watchers *watchers, const uint8_t feed[static FEED_ID], int64_t position, bool is_new)
{
	struct list *node;

	LIST_EACH(node, &watchers->all) {
		struct watcher *watcher = CONTAINER_OF(node, struct watcher, all);

		if (is_new ? !feed_places_find(&watcher->places, feed) || is_behind(watcher, feed, position)
			   : is_behind(watcher, feed, position))
			watchers_note(watchers, watcher);
	}
}

void watchers_saw(struct watchers *watchers, const uint8_t feed[static FEED_ID], int64_t position)
{
	struct feed_place *head = feed_places_find(&watchers->heads, feed);
	bool is_new = !head;

	if (head && position <= head->position)
		return;
	if (head)
		head->position = position;
	else if (!feed_places_set(&watchers->heads, feed, position))
		return; /* the next poll tries again */
	note_all(watchers, feed, position, is_new);
	watchers_tick(watchers);
}

void watchers_forget_heads(struct watchers *watchers)
{
	for (size_t i = 0; i < watchers->heads.n; i++)
		watchers->heads.items[i].position = 0;
}

/* What was committed between its look and the moment when it said where it stands. */
static bool has_missed(const struct watchers *watchers, const struct watcher *watcher)
{
	for (size_t i = 0; i < watcher->places.n; i++) {
		const struct feed_place *place = &watcher->places.items[i];
		const struct feed_place *head = feed_places_find(&watchers->heads, place->feed);

		if (head && head->position > place->position)
			return true;
	}
	return false;
}

void watchers_done(struct watchers *watchers, struct watcher *watcher, bool again)
{
	bool looked = watcher->looking;

	watcher->looking = false;
	if (again || watcher->dirty || has_missed(watchers, watcher))
		watchers_note(watchers, watcher);
	if (looked)
		watchers->looking--;
	watchers_tick(watchers);
}

void watchers_hold(struct watchers *watchers, struct watcher *watcher)
{
	watcher->held = true;
	watchers_done(watchers, watcher, true);
}

void watchers_release(struct watchers *watchers, struct watcher *watcher)
{
	if (!watcher->held)
		return;
	watcher->held = false;
	watchers_note(watchers, watcher);
}
