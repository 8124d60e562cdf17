/* Frames come in here and become calls; calls in flight are counted, and kept for the next request. */
#include "dispatch_internal.h"

#include <stdlib.h>

#include "call.h"
#include "log.h"
#include "pg_pool.h"
#include "pre.h"
#include "reply.h"

enum { SPARE_MAX = 64 };

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
	PRE(dispatch->in_flight > 0 && !list_linked(&call->link));
	dispatch->in_flight--;
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
	struct list *node, *after;

	(void)dispatch;
	LIST_EACH_SAFE(node, after, &peer->calls)
		call_detach(CONTAINER_OF(node, struct call, link));
}

struct dispatch *dispatch_new(uv_loop_t *loop, struct pg_pool *pool, const struct statement_set *statements,
			      const struct dispatch_config *config)
{
	struct dispatch *dispatch = calloc(1, sizeof *dispatch);

	if (!dispatch)
		return NULL;
	dispatch->loop = loop;
	dispatch->pool = pool;
	dispatch->statements = statements;
	list_init(&dispatch->spare);
	dispatch_configure(dispatch, config);
	if (hasher_init(&dispatch->hasher, loop))
		return dispatch;
	free(dispatch);
	return NULL;
}

void dispatch_configure(struct dispatch *dispatch, const struct dispatch_config *config)
{
	dispatch->config = *config;
	dispatch->hasher.config = (struct hasher_config){
		.at_once = config->hash_threads, .waiting_max = config->hash_queue,
		.ops = config->argon2_ops, .bytes = config->argon2_bytes,
	};
}

void dispatch_stop(struct dispatch *dispatch)
{
	dispatch->stopping = true;
}

void dispatch_lose_pool(struct dispatch *dispatch)
{
	dispatch->pool = NULL;
	hasher_give_up(&dispatch->hasher);
}

unsigned dispatch_in_flight(const struct dispatch *dispatch)
{
	return dispatch->in_flight;
}

void dispatch_free(struct dispatch *dispatch)
{
	struct list *node;

	if (!dispatch)
		return;
	PRE(dispatch->in_flight == 0);
	while ((node = list_take(&dispatch->spare)) != NULL) {
		struct call *call = CONTAINER_OF(node, struct call, link);

		arena_close(&call->arena);
		free(call);
	}
	hasher_close(&dispatch->hasher);
	free(dispatch);
}
