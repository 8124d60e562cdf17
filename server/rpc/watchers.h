/* Who waits for changes of feeds, and whose turn it is to look for them. Knows feeds and positions, nothing of calls, database
 * or clock. */
#ifndef CHIBO_RPC_WATCHERS_H
#define CHIBO_RPC_WATCHERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "list.h"
#include "status.h"

enum { FEED_ID = 16 };

struct feed_place {
	uint8_t feed[FEED_ID];
	int64_t position; /* of the last entry seen */
};

/* By feed. */
struct feed_places {
	struct feed_place *items;
	size_t n, room;
};

/* NULL: not in there. */
struct feed_place *feed_places_find(const struct feed_places *places, const uint8_t feed[static FEED_ID]);
/* False when memory is short. */
bool feed_places_set(struct feed_places *places, const uint8_t feed[static FEED_ID], int64_t position) MUST_CHECK;
void feed_places_free(struct feed_places *places);

/* Embedded in whoever waits. */
struct watcher {
	struct list all, ready;
	struct feed_places places; /* where it stands; its own to set */
	bool looking;              /* between look() and watchers_done() */
	bool dirty;                /* something may have happened since its last look began */
	bool held;                 /* does not look before it is released: nobody takes what it would tell */
	uint64_t looked_at, spoke_at; /* milliseconds; its own to set */
	/* Looks for changes. Ends with watchers_done or watchers_remove, now or later. */
	void (*look)(struct watcher *watcher);
	/* No more looks: it ends itself. */
	void (*stop)(struct watcher *watcher);
};

struct watchers {
	struct list all, ready;
	struct feed_places heads; /* as far as they are known */
	unsigned n;
	unsigned looking;
	unsigned at_once; /* looks; the others wait for their turn, oldest wake first */
	bool stopping;    /* nobody begins to look */
};

void watchers_init(struct watchers *watchers, unsigned at_once);
/* Only when nobody is left. */
void watchers_close(struct watchers *watchers);
void watchers_add(struct watchers *watchers, struct watcher *watcher);
/* Also in the middle of a look; its places are freed. */
void watchers_remove(struct watchers *watchers, struct watcher *watcher);
/* It is to look again; a wake before its look has begun is the same wake. */
void watchers_wake(struct watchers *watchers, struct watcher *watcher);
/* The two halves of a wake, for whoever goes through a list of them: a tick may end some. */
void watchers_note(struct watchers *watchers, struct watcher *watcher);
void watchers_tick(struct watchers *watchers);
void watchers_wake_all(struct watchers *watchers);
/* In a look: it is over, and everything that happens meanwhile is looked for after the release. */
void watchers_hold(struct watchers *watchers, struct watcher *watcher);
/* It looks at the next tick. */
void watchers_release(struct watchers *watchers, struct watcher *watcher);
/* Who shall have stopped does so when his look is over. */
void watchers_stop_all(struct watchers *watchers);
/* An entry was committed: wakes whoever follows the feed and has not come so far. Known ones wake nobody. */
void watchers_saw(struct watchers *watchers, const uint8_t feed[static FEED_ID], int64_t position);
/* All of them are about to be seen anew. After a restore they are lower, and some are no more: who is behind a head that
 * nobody can reach looks without a pause. */
void watchers_forget_heads(struct watchers *watchers);
/* The look is over. `again`: there is more. */
void watchers_done(struct watchers *watchers, struct watcher *watcher, bool again);

#endif
