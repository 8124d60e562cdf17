/* Frames come in here and become calls; calls in flight are counted, and kept for the next request. */
#include "dispatch_internal.h"

#include <stdlib.h>

#include "call.h"
#include "log.h"
#include "pg_pool.h"
#include "pre.h"
#include "reply.h"
#include "route.h"
#include "watch_poll.h"

enum {
	SPARE_MAX = 64,
	LOOKS_AT_ONCE = 1, /* of streams: whoever asks something goes before them */
};

static struct call *make_call(const struct dispatch_config *config)
{
	struct call *call = malloc(sizeof *call);

	if (call)
		arena_init(&call->arena, config->arena_live_max, config->arena_total_max);
	return call;
}

struct call *dispatch_take_call(struct dispatch *dispatch)
{
	struct list *node = list_take(&dispatch->spare);
	struct call *call = node ? CONTAINER_OF(node, struct call, link) : make_call(&dispatch->config);
	struct arena arena;

	if (!call)
		return NULL;
	dispatch->n_spare -= node != NULL;
	arena = call->arena;
	*call = (struct call){.arena = arena};
	call->arena.live_max = dispatch->config.arena_live_max;
	call->arena.total_max = dispatch->config.arena_total_max;
	list_init(&call->link);
	segment_init(&call->segment, LANE_FAST, 0, NULL);
	dispatch->in_flight++;
	return call;
}

void dispatch_give_call(struct dispatch *dispatch, struct call *call)
{
	unsigned *count = call->is_stream ? &dispatch->streams : &dispatch->in_flight;

	PRE(*count > 0 && !list_linked(&call->link));
	(*count)--;
	if (dispatch->n_spare == SPARE_MAX) {
		arena_close(&call->arena);
		free(call);
		return;
	}
	arena_reset(&call->arena);
	list_prepend(&dispatch->spare, &call->link);
	dispatch->n_spare++;
}

bool dispatch_submit(struct dispatch *dispatch, struct segment *segment)
{
	return dispatch->pool && pg_pool_submit(dispatch->pool, segment);
}

uint64_t dispatch_next_number(struct dispatch *dispatch)
{
	return ++dispatch->next_number;
}

void dispatch_frame(struct dispatch *dispatch, struct peer *peer, const uint8_t *bytes, size_t len)
{
	struct call *call = call_new(dispatch, peer);

	if (call) {
		call_start(call, bytes, len);
		return;
	}
	log_error("event=no_memory conn=%llu", (unsigned long long)peer->number);
	peer->ops->end(peer, "no_memory");
}

void dispatch_peer_gone(struct dispatch *dispatch, struct peer *peer)
{
	struct list *node;

	(void)dispatch;
	while ((node = list_first(&peer->calls)) != NULL)
		call_detach(CONTAINER_OF(node, struct call, link));
}

/* services_check has read them all before. */
static void read_targets(struct dispatch *dispatch)
{
	char reason[256] = "";

	for (unsigned i = 0; i < n_routes; i++)
		PRE(target_list_parse(&dispatch->targets[i], routes[i].targets, route_method(&routes[i])->input, reason,
				      sizeof reason));
}

static struct hasher_config hasher_config(const struct dispatch_config *config)
{
	return (struct hasher_config){
		.at_once = config->hash_threads, .waiting_max = config->hash_queue, .wait_ms = config->hash_wait_ms,
		.ops = config->argon2_ops, .bytes = config->argon2_bytes,
	};
}

struct dispatch *dispatch_new(uv_loop_t *loop, struct pg_pool *pool, const struct statement_set *statements,
			      const struct dispatch_config *config)
{
	struct dispatch *dispatch = calloc(1, sizeof *dispatch);
	struct hasher_config hashing;

	if (!dispatch)
		return NULL;
	dispatch->loop = loop;
	dispatch->pool = pool;
	dispatch->statements = statements;
	dispatch->config = *config;
	list_init(&dispatch->spare);
	watchers_init(&dispatch->watchers, LOOKS_AT_ONCE);
	dispatch->watch_poll = watch_poll_new(dispatch);
	dispatch->throttle = throttle_new(&config->throttle);
	read_targets(dispatch);
	hashing = hasher_config(config);
	if (dispatch->throttle && dispatch->watch_poll && hasher_init(&dispatch->hasher, loop, &hashing))
		return dispatch;
	throttle_free(dispatch->throttle);
	watch_poll_free(dispatch->watch_poll);
	free(dispatch);
	return NULL;
}

void dispatch_set_devices(struct dispatch *dispatch, struct devices *devices)
{
	dispatch->devices = devices;
}

void dispatch_configure(struct dispatch *dispatch, const struct dispatch_config *config)
{
	struct hasher_config hashing = hasher_config(config);

	dispatch->config = *config;
	hasher_configure(&dispatch->hasher, &hashing);
	throttle_configure(dispatch->throttle, &config->throttle);
}

void dispatch_peer_resumed(struct dispatch *dispatch, struct peer *peer)
{
	struct list *node;

	LIST_EACH(node, &peer->calls) {
		struct call *call = CONTAINER_OF(node, struct call, link);

		if (call->watcher)
			watchers_release(&dispatch->watchers, call->watcher);
	}
	watchers_tick(&dispatch->watchers);
}

void dispatch_stop(struct dispatch *dispatch)
{
	dispatch->stopping = true;
	watchers_stop_all(&dispatch->watchers);
}

void dispatch_lose_pool(struct dispatch *dispatch)
{
	dispatch->pool = NULL;
	hasher_give_up(&dispatch->hasher);
}

unsigned dispatch_in_flight(const struct dispatch *dispatch)
{
	return dispatch->in_flight + dispatch->streams;
}

void dispatch_log_counters(const struct dispatch *dispatch)
{
	const struct hasher_counters *c = &dispatch->hasher.counters;

	log_info("event=hashes hashed=%llu paused=%llu full=%llu too_late=%llu running_max=%u waiting_max=%u",
		 (unsigned long long)c->hashed, (unsigned long long)c->paused, (unsigned long long)c->full,
		 (unsigned long long)c->too_late, c->running_max, c->waiting_max);
}

void dispatch_free(struct dispatch *dispatch)
{
	struct list *node;

	if (!dispatch)
		return;
	PRE(dispatch_in_flight(dispatch) == 0);
	while ((node = list_take(&dispatch->spare)) != NULL) {
		struct call *call = CONTAINER_OF(node, struct call, link);

		arena_close(&call->arena);
		free(call);
	}
	hasher_close(&dispatch->hasher);
	throttle_free(dispatch->throttle);
	watch_poll_free(dispatch->watch_poll);
	watchers_close(&dispatch->watchers);
	free(dispatch);
}
