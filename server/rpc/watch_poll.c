/* One timer, one statement. */
#include "watch_poll.h"

#include <stdlib.h>

#include <uv.h>

#include "arena.h"
#include "dispatch_internal.h"
#include "internal.pb-c.h"
#include "log.h"
#include "pre.h"
#include "segment.h"

enum { MEMORY_MAX = 4 * 1024 * 1024, DEADLINE_MS = 10000 };

struct watch_poll {
	struct dispatch *dispatch;
	uv_timer_t timer;
	struct arena arena;
	struct segment segment;
	bool asking; /* the segment is under way */
};

struct watch_poll *watch_poll_new(struct dispatch *dispatch)
{
	struct watch_poll *poll = calloc(1, sizeof *poll);

	if (!poll)
		return NULL;
	poll->dispatch = dispatch;
	arena_init(&poll->arena, MEMORY_MAX, MEMORY_MAX);
	uv_timer_init(dispatch->loop, &poll->timer);
	return poll;
}

static void on_closed(uv_handle_t *handle)
{
	struct watch_poll *poll = CONTAINER_OF(handle, struct watch_poll, timer);

	arena_close(&poll->arena);
	free(poll);
}

void watch_poll_free(struct watch_poll *poll)
{
	if (!poll)
		return;
	PRE(!poll->asking);
	uv_close((uv_handle_t *)&poll->timer, on_closed);
}

/* ---- what others have committed ---- */

static void take(struct watch_poll *poll)
{
	Chibo__Internal__FeedHeadsResponse rows = CHIBO__INTERNAL__FEED_HEADS_RESPONSE__INIT;

	if (poll->segment.outcome != SEGMENT_COMMITTED || !segment_fill_all(&poll->segment, 0, &poll->arena, &rows.base)) {
		log_debug("event=watch_poll result=failed");
		return;
	}
	watchers_forget_heads(&poll->dispatch->watchers);
	for (size_t i = 0; i < rows.n_heads; i++)
		if (rows.heads[i]->feed.len == FEED_ID)
			watchers_saw(&poll->dispatch->watchers, rows.heads[i]->feed.data, rows.heads[i]->position);
}

static void done(struct segment *segment)
{
	struct watch_poll *poll = CONTAINER_OF(segment, struct watch_poll, segment);

	take(poll);
	segment_clear(segment);
	arena_reset(&poll->arena);
	poll->asking = false;
}

static void ask(struct watch_poll *poll)
{
	static const Chibo__Internal__FeedHeadsRequest request = CHIBO__INTERNAL__FEED_HEADS_REQUEST__INIT;
	struct dispatch *dispatch = poll->dispatch;

	if (poll->asking)
		return;
	segment_init(&poll->segment, LANE_FAST, uv_now(dispatch->loop) + DEADLINE_MS, done);
	poll->asking = true; /* it may be done when this returns */
	if (segment_add_all(&poll->segment, statement_set_internal(dispatch->statements, "FeedHeads"), &request.base,
			    &poll->arena) &&
	    dispatch_submit(dispatch, &poll->segment))
		return;
	arena_reset(&poll->arena); /* busy: the next one will do */
	poll->asking = false;
}

/* ---- who was silent for long ---- */

static bool is_due(const struct dispatch *dispatch, const struct watcher *watcher)
{
	uint64_t now = uv_now(dispatch->loop);

	return now - watcher->looked_at >= dispatch->config.watch_check_ms ||
	       now - watcher->spoke_at >= dispatch->config.watch_ping_ms;
}

/* They look one after the other, and may end doing so: all are noted first. */
static void wake_due(struct dispatch *dispatch)
{
	struct list *node, *after;

	LIST_EACH_SAFE(node, after, &dispatch->watchers.all) {
		struct watcher *watcher = CONTAINER_OF(node, struct watcher, all);

		if (is_due(dispatch, watcher))
			watchers_note(&dispatch->watchers, watcher);
	}
	watchers_tick(&dispatch->watchers);
}

static void on_timer(uv_timer_t *timer)
{
	struct watch_poll *poll = CONTAINER_OF(timer, struct watch_poll, timer);

	if (poll->dispatch->watchers.n == 0) {
		uv_timer_stop(timer);
		return;
	}
	ask(poll);
	wake_due(poll->dispatch);
}

void watch_poll_start(struct watch_poll *poll)
{
	unsigned every_ms = poll->dispatch->config.watch_poll_ms;

	if (!uv_is_active((uv_handle_t *)&poll->timer))
		uv_timer_start(&poll->timer, on_timer, every_ms, every_ms);
}
