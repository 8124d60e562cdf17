/* Follow: a call that goes on answering. Each look is a segment of its own, which proves the caller's right again; between looks
 * a stream is a place in each feed and nothing else. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "call.h"
#include "chibo/v1/watch.pb-c.h"
#include "dispatch_internal.h"
#include "handlers.h"
#include "internal.pb-c.h"
#include "reply.h"
#include "watch_poll.h"

enum {
	CURSORS_MAX = 1000, /* of a request; the pre-scan allows no more */
	CLOCKS_US = 5 * 60 * 1000000, /* the database's clock may go behind ours */
};

/* Outside the call's arena, which is empty between looks. */
struct stream {
	struct watcher watcher;
	struct call *call;
	Chibo__V1__Request envelope;         /* what a look needs of the request */
	Chibo__V1__WatchFollowRequest input;
	uint8_t grant_id[ID_LEN], unit_id[ID_LEN];
	int64_t since_us;  /* feeds begun later are told whole */
	bool has_since;    /* also by the first look; else they begin where they stand */
	bool open;         /* the first look is over */
	bool stopping;
};

static struct stream *stream_of(const struct call *call)
{
	return call->handler_data;
}

static struct watchers *watchers_of(const struct stream *stream)
{
	return &stream->call->dispatch->watchers;
}

static uint64_t now_of(const struct stream *stream)
{
	return uv_now(stream->call->dispatch->loop);
}

static ProtobufCBinaryData id_bytes(uint8_t *id)
{
	return (ProtobufCBinaryData){ID_LEN, id};
}

/* ---- telling ---- */

static bool say(struct stream *stream, Chibo__V1__WatchFollowResponse *response)
{
	stream->watcher.spoke_at = now_of(stream);
	return !stream->call->peer || reply_send_more(stream->call, &response->base);
}

static bool same_entry(const Chibo__Internal__WatchRow *a, const Chibo__Internal__WatchRow *b)
{
	return b->method && a->position == b->position && memcmp(a->feed.data, b->feed.data, FEED_ID) == 0;
}

static void mark(const Chibo__Internal__WatchRow *row, Chibo__V1__SyncMark *mark)
{
	chibo__v1__sync_mark__init(mark);
	mark->entity = row->entity;
	mark->has_id = row->has_id;
	mark->id = row->id;
	mark->has_version = row->has_version;
	mark->version = row->version;
	mark->has_kind = row->has_kind;
	mark->kind = row->kind;
	mark->has_unit_id = row->has_unit_id;
	mark->unit_id = row->unit_id;
	mark->has_position = 1;
	mark->position = row->position;
}

/* `n` rows of one entry. */
static bool tell_entry(struct stream *stream, Chibo__Internal__WatchRow *const *rows, size_t n)
{
	struct arena *arena = &stream->call->arena;
	Chibo__V1__WatchFollowResponse response = CHIBO__V1__WATCH_FOLLOW_RESPONSE__INIT;
	Chibo__V1__SyncMark *marks = arena_alloc(arena, n * sizeof *marks);

	response.marks = arena_alloc(arena, n * sizeof(Chibo__V1__SyncMark *));
	if (!marks || !response.marks)
		return false;
	response.n_marks = n;
	for (size_t i = 0; i < n; i++) {
		mark(rows[i], &marks[i]);
		response.marks[i] = &marks[i];
	}
	response.has_feed = response.has_position = response.has_at_us = response.has_records = 1;
	response.feed = rows[0]->feed;
	response.position = rows[0]->position;
	response.at_us = rows[0]->at_us;
	response.method = rows[0]->method;
	response.full_name = rows[0]->full_name;
	response.records = rows[0]->records;
	return say(stream, &response);
}

/* Where it stands: the first thing that a stream says by itself. */
static bool tell_cursors(struct stream *stream)
{
	struct feed_places *places = &stream->watcher.places;
	struct arena *arena = &stream->call->arena;
	Chibo__V1__WatchFollowResponse response = CHIBO__V1__WATCH_FOLLOW_RESPONSE__INIT;
	Chibo__V1__WatchCursor *cursors = arena_alloc(arena, places->n * sizeof *cursors);

	response.cursors = arena_alloc(arena, places->n * sizeof(Chibo__V1__WatchCursor *));
	if (!cursors || !response.cursors)
		return false;
	response.n_cursors = places->n;
	response.has_at_us = 1;
	response.at_us = stream->since_us;
	for (size_t i = 0; i < places->n; i++) {
		chibo__v1__watch_cursor__init(&cursors[i]);
		cursors[i].has_feed = cursors[i].has_position = 1;
		cursors[i].feed = id_bytes(places->items[i].feed);
		cursors[i].position = places->items[i].position;
		response.cursors[i] = &cursors[i];
	}
	return say(stream, &response);
}

static bool tell(struct stream *stream, const Chibo__Internal__WatchResponse *look, bool *again)
{
	size_t n;

	/* feeds that the tree has taken out of the unit are no longer followed */
	feed_places_free(&stream->watcher.places);
	for (size_t i = 0; i < look->n_rows; i += n) {
		const Chibo__Internal__WatchRow *row = look->rows[i];

		if (row->feed.len != FEED_ID)
			return false;
		n = 1;
		if (!row->method) {
			*again = *again || row->more;
			if (!feed_places_set(&stream->watcher.places, row->feed.data, row->position))
				return false;
			continue;
		}
		while (i + n < look->n_rows && same_entry(row, look->rows[i + n]))
			n++;
		if (!tell_entry(stream, &look->rows[i], n))
			return false;
	}
	return true;
}

/* ---- looking ---- */

static void goaway(struct call *call)
{
	call_refuse(call, STATUS_UNAVAILABLE, "goaway", NULL);
}

/* The first look has shown that the caller may listen. */
static bool open_stream(struct stream *stream)
{
	struct call *call = stream->call;

	if (!call_may_stream(call))
		return false;
	call_stream(call);
	call->watcher = &stream->watcher;
	stream->open = stream->has_since = true;
	watchers_add(watchers_of(stream), &stream->watcher);
	watch_poll_start(call->dispatch->watch_poll);
	return true;
}

static bool tell_all(struct stream *stream, const Chibo__Internal__WatchResponse *look, bool is_first, bool *again)
{
	static const Chibo__V1__WatchFollowResponse silence = CHIBO__V1__WATCH_FOLLOW_RESPONSE__INIT;
	Chibo__V1__WatchFollowResponse ping = silence;

	if (!tell(stream, look, again) || (is_first && !tell_cursors(stream)))
		return false;
	if (now_of(stream) - stream->watcher.spoke_at < stream->call->dispatch->config.watch_ping_ms)
		return true;
	return say(stream, &ping);
}

/* Any of the refusals ends the call and the stream with it. */
static void looked(struct call *call)
{
	struct stream *stream = stream_of(call);
	Chibo__Internal__WatchResponse look = CHIBO__INTERNAL__WATCH_RESPONSE__INIT;
	bool is_first = !stream->open, again = false;

	if (stream->stopping || call->dispatch->stopping) {
		goaway(call);
		return;
	}
	if (!call->peer) {
		call_refuse(call, STATUS_CANCELLED, "peer_gone", NULL);
		return;
	}
	if (!call_take(call, &look.base))
		return;
	if (is_first && !open_stream(stream)) {
		call_refuse_busy(call);
		return;
	}
	if (!tell_all(stream, &look, is_first, &again)) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	segment_clear(&call->segment);
	arena_reset(&call->arena);
	watchers_done(watchers_of(stream), &stream->watcher, again);
}

static void begin_look(struct stream *stream)
{
	Chibo__Internal__WatchRequest query = CHIBO__INTERNAL__WATCH_REQUEST__INIT;
	struct feed_places *places = &stream->watcher.places;
	struct call *call = stream->call;
	ProtobufCBinaryData *feeds = arena_alloc(&call->arena, places->n * sizeof *feeds);
	int64_t *positions = arena_alloc(&call->arena, places->n * sizeof *positions);

	stream->watcher.looked_at = now_of(stream);
	if (!feeds || !positions) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	for (size_t i = 0; i < places->n; i++) {
		feeds[i] = id_bytes(places->items[i].feed);
		positions[i] = places->items[i].position;
	}
	query.has_unit_id = stream->input.has_unit_id;
	query.unit_id = stream->input.unit_id;
	query.n_feeds = query.n_positions = places->n;
	query.feeds = feeds;
	query.positions = positions;
	query.has_since_at_us = stream->has_since;
	query.since_at_us = stream->since_us;
	call_query_look(call, "Watch", &query.base, looked);
}

static void look(struct watcher *watcher)
{
	struct stream *stream = CONTAINER_OF(watcher, struct stream, watcher);
	struct peer *peer = stream->call->peer;

	if (peer && peer->ops->crowded(peer))
		watchers_hold(watchers_of(stream), watcher);
	else
		begin_look(stream);
}

/* ---- the end ---- */

static void stop(struct watcher *watcher)
{
	struct stream *stream = CONTAINER_OF(watcher, struct stream, watcher);

	stream->stopping = true;
	if (!watcher->looking)
		goaway(stream->call);
}

static void gone(struct call *call)
{
	struct stream *stream = stream_of(call);

	if (stream->open && !stream->watcher.looking)
		call_refuse(call, STATUS_CANCELLED, "peer_gone", NULL);
}

static void ended(struct call *call)
{
	struct stream *stream = stream_of(call);

	if (stream->open)
		watchers_remove(watchers_of(stream), &stream->watcher);
	else
		feed_places_free(&stream->watcher.places);
	call->handler_data = NULL;
	call->watcher = NULL;
	free(stream);
}

/* ---- the beginning ---- */

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static bool keep_id(uint8_t *kept, protobuf_c_boolean present, ProtobufCBinaryData *id)
{
	if (!present)
		return true;
	if (id->len != ID_LEN)
		return false;
	memcpy(kept, id->data, ID_LEN);
	id->data = kept;
	return true;
}

/* What the looks need of the request, out of the arena. NULL, or the field that is wrong. */
static const char *keep_request(struct stream *stream)
{
	struct call *call = stream->call;
	const Chibo__V1__WatchFollowRequest *input = (const void *)call->input;

	stream->envelope.has_grant_id = call->request->has_grant_id;
	stream->envelope.grant_id = call->request->grant_id;
	stream->input.has_unit_id = input->has_unit_id;
	stream->input.unit_id = input->unit_id;
	if (!keep_id(stream->grant_id, stream->envelope.has_grant_id, &stream->envelope.grant_id))
		return "grant_id";
	if (!keep_id(stream->unit_id, stream->input.has_unit_id, &stream->input.unit_id))
		return "unit_id";
	for (size_t i = 0; i < input->n_after; i++)
		if (i == CURSORS_MAX || input->after[i]->feed.len != FEED_ID || !input->after[i]->has_position)
			return "after";
	return NULL;
}

static bool keep_places(struct stream *stream)
{
	const Chibo__V1__WatchFollowRequest *input = (const void *)stream->call->input;

	stream->has_since = input->n_after > 0 && input->has_since_at_us;
	if (stream->has_since && input->since_at_us >= 0 && input->since_at_us < stream->since_us)
		stream->since_us = input->since_at_us;
	for (size_t i = 0; i < input->n_after; i++)
		if (!feed_places_set(&stream->watcher.places, input->after[i]->feed.data, input->after[i]->position))
			return false;
	return true;
}

static struct stream *make_stream(struct call *call)
{
	struct stream *stream = calloc(1, sizeof *stream);

	if (!stream)
		return NULL;
	stream->call = call;
	stream->watcher.look = look;
	stream->watcher.stop = stop;
	stream->watcher.spoke_at = uv_now(call->dispatch->loop);
	stream->since_us = now_us() - CLOCKS_US;
	chibo__v1__request__init(&stream->envelope);
	chibo__v1__watch_follow_request__init(&stream->input);
	call->handler_data = stream;
	call->ended = ended;
	call->gone = gone;
	return stream;
}

void handle_Watch_Follow(struct call *call)
{
	struct stream *stream = call_may_stream(call) ? make_stream(call) : NULL;
	const char *wrong;

	if (!stream) {
		call_refuse_busy(call);
		return;
	}
	wrong = keep_request(stream);
	if (wrong || !keep_places(stream)) {
		call_refuse(call, wrong ? STATUS_INVALID_ARGUMENT : STATUS_RESOURCE_EXHAUSTED,
			    wrong ? "id_length" : "request_memory", wrong);
		return;
	}
	call->request = &stream->envelope;
	call->input = &stream->input.base;
	call->arena.live_max = call->dispatch->config.arena_live_max; /* whoever comes so far is known */
	arena_reset(&call->arena);
	begin_look(stream);
}
