/* chibo sync: push in order, one verdict each; then pull, compare, report. */
#include "sync.h"

#include <stdlib.h>
#include <string.h>

#include "chibo/v1/sync.pb-c.h"
#include "clock.h"
#include "dates.h"
#include "errors.h"
#include "hand.h"
#include "local.h"
#include "mem.h"
#include "progress.h"
#include "pull.h"
#include "push.h"
#include "render.h"
#include "restored.h"
#include "store_told.h"
#include "sync_watch.h"
#include "value.h"

struct sync {
	struct client *client;
	const Chibo__V1__SyncOpenResponse *open;
	int64_t counts[PUSH_VERDICTS];
	struct refusal refusal; /* what stopped it */
	enum proof proof;
	int64_t records;     /* of the replica, once it is proven */
	int64_t own_position; /* applied, of the ward's own feed */
	const ProtobufCBinaryData *own_feed;
};

static bool refuse(struct sync *sync, const char *rule)
{
	refusal_set(&sync->refusal, STATUS_INTERNAL, rule, NULL);
	return false;
}

static bool refuse_store(struct sync *sync)
{
	return store_refusal(sync->client->store, STORE_OPEN, &sync->refusal);
}

/* ---- Where the server stands ---- */

static bool open_sync(struct sync *sync)
{
	Chibo__V1__SyncOpenRequest request = CHIBO__V1__SYNC_OPEN_REQUEST__INIT;

	sync->open = (const void *)pull_ask(sync->client, "Open", &request.base, &sync->refusal);
	if (sync->open == NULL)
		return false;
	if (sync->open->history_id.len == STORE_ID)
		return restored_learn(sync->client, sync->open) || refuse_store(sync);
	return refuse(sync, "bad_reply");
}

/* ---- Push ---- */

/* Whether nothing waits any more: a queue that cannot be read ends a loop as an empty one does. */
static bool is_sent(struct sync *sync)
{
	struct outbox_sum sum;

	return (outbox_count(sync->client->store, &sum) && sum.waiting == 0) || refuse_store(sync);
}

static bool push_all(struct sync *sync)
{
	struct client *client = sync->client;
	enum push_verdict verdict = PUSH_SAVED;
	struct progress progress;
	struct outbox_sum sum;
	size_t done = 0;
	struct op op;

	if (!outbox_count(client->store, &sum))
		return refuse_store(sync);
	progress_start(client, &progress, SAY_PUSHING, (size_t)sum.waiting);
	while (push_goes_on(verdict) && outbox_next(client->store, &client->mem, 0, &op)) {
		struct call call;

		verdict = push_one(client, &op, &call, false);
		sync->counts[verdict]++;
		sync->refusal = call.refusal;
		progress_move(&progress, done < (size_t)sum.waiting ? ++done : done);
	}
	progress_end(&progress);
	return push_goes_on(verdict) && is_sent(sync);
}

/* ---- Pull ---- */

/* No record stays in the file that this account may not have in this grant. `feeds` NULL: none at all. */
static bool narrow(struct sync *sync, const Chibo__V1__SyncFeedsResponse *feeds)
{
	struct client *client = sync->client;
	size_t n = feeds == NULL ? 0 : feeds->n_feeds;
	uint8_t *ids = mem_take(&client->mem, n * STORE_ID + 1);

	for (size_t i = 0; i < n; i++) {
		if (feeds->feeds[i]->feed.len != STORE_ID)
			return refuse(sync, "bad_reply");
		memcpy(ids + i * STORE_ID, feeds->feeds[i]->feed.data, STORE_ID);
	}
	return replica_narrow(client->store, feeds == NULL ? NULL : local_owner(client), ids, n) || refuse_store(sync);
}

static bool pull_all(struct sync *sync)
{
	struct client *client = sync->client;
	const Chibo__V1__SyncFeedsResponse *feeds = pull_feeds(client, &sync->refusal);
	int64_t records = 0;

	if (feeds == NULL || !narrow(sync, feeds))
		return false;
	sync->proof = PROOF_AGREES;
	for (size_t i = 0; i < feeds->n_feeds; i++) {
		const Chibo__V1__SyncFeed *feed = feeds->feeds[i];
		struct cursor cursor;
		enum proof proof;

		if (!pull_feed(client, feed, &sync->open->history_id, &sync->refusal))
			return false;
		proof = pull_prove(client, feed, &sync->open->history_id, &records, &sync->refusal);
		if (proof == PROOF_FAILED)
			return false;
		if (proof == PROOF_DIFFERS)
			sync->proof = PROOF_DIFFERS;
		sync->records += records;
		if (!feed->is_reference && replica_cursor(client->store, &client->mem, feed->feed.data, &cursor)) {
			sync->own_feed = &feed->feed;
			sync->own_position = cursor.position;
		}
	}
	return true;
}

static bool set_time(struct sync *sync, const char *name, int64_t at_us)
{
	return store_set_fact(sync->client->store, name, mem_format(&sync->client->mem, "%lld", (long long)at_us)) ||
	       refuse_store(sync);
}

static int64_t time_of(struct client *client, const char *name)
{
	const char *text = store_fact(client->store, &client->mem, name);

	return text != NULL ? strtoll(text, NULL, 10) : 0;
}

/* ---- Report ---- */

/* The district sees from it how this computer fares. That it could not be told is no failure of the sync. */
static void report(struct sync *sync)
{
	Chibo__V1__SyncReportRequest request = CHIBO__V1__SYNC_REPORT_REQUEST__INIT;
	struct client *client = sync->client;
	struct refusal refusal;
	struct outbox_sum sum;

	if (!outbox_count(client->store, &sum))
		return;
	request.has_waiting = request.has_parked = 1;
	request.waiting = (int32_t)sum.waiting;
	request.parked = (int32_t)sum.parked;
	request.has_oldest_at_us = sum.oldest_at_us != 0;
	request.oldest_at_us = sum.oldest_at_us;
	request.has_feed = request.has_position = sync->own_feed != NULL;
	if (sync->own_feed != NULL)
		request.feed = *sync->own_feed;
	request.position = sync->own_position;
	request.proven_at_us = time_of(client, "proven_at_us");
	request.has_proven_at_us = request.proven_at_us != 0;
	(void)pull_ask(client, "Report", &request.base, &refusal);
}

/* ---- What happened ---- */

static void tell_count(struct client *client, enum say say, int64_t n)
{
	if (n > 0)
		client_note(client, say, "n", mem_format(&client->mem, "%lld", (long long)n), NULL);
}

static void tell_push(struct sync *sync)
{
	struct client *client = sync->client;

	tell_count(client, SAY_SYNC_SAVED, sync->counts[PUSH_SAVED]);
	tell_count(client, SAY_SYNC_REPLAYED, sync->counts[PUSH_REPLAYED]);
	tell_count(client, SAY_SYNC_PARKED, sync->counts[PUSH_PARKED]);
	tell_count(client, SAY_SYNC_CONFLICT, sync->counts[PUSH_CONFLICT]);
	tell_count(client, SAY_SYNC_UNKNOWN, sync->counts[PUSH_UNKNOWN]);
}

static int tell_stop(struct sync *sync)
{
	struct outbox_sum sum;

	if (outbox_count(sync->client->store, &sum))
		tell_count(sync->client, SAY_SYNC_WAITING, sum.waiting);
	return error_refusal(sync->client, &sync->refusal, NULL, NULL);
}

static int tell_end(struct sync *sync)
{
	struct client *client = sync->client;
	struct outbox_sum sum;

	if (!(outbox_count(client->store, &sum) || refuse_store(sync)))
		return tell_stop(sync);
	tell_count(client, SAY_SYNC_UNDECIDED, sum.parked);
	tell_count(client, SAY_SYNC_WAITING, sum.waiting);
	if (sync->proof == PROOF_DIFFERS)
		return error_say(client, EXIT_PARTIAL, SAY_SYNC_DIFFERS, NULL);
	if (!sync->open->may_pull && sum.waiting == 0)
		client_note(client, SAY_ALL_SENT, NULL);
	client_note(client, sync->open->may_pull ? SAY_IN_SYNC : SAY_NO_COPY_KEPT, "n",
		    mem_format(&client->mem, "%lld", (long long)sync->records), NULL);
	return sync->counts[PUSH_PARKED] + sync->counts[PUSH_CONFLICT] > 0 ? EXIT_PARTIAL : EXIT_DONE;
}

static bool pull_and_prove(struct sync *sync)
{
	if (!sync->open->may_pull)
		return narrow(sync, NULL);
	if (!pull_all(sync))
		return false;
	return sync->proof == PROOF_DIFFERS || set_time(sync, "proven_at_us", clock_server_us(sync->client));
}

int sync_once(struct client *client)
{
	struct sync sync = {.client = client};
	bool pushed = open_sync(&sync) && push_all(&sync);
	bool pulled = pushed && pull_and_prove(&sync);

	tell_push(&sync);
	if (!pulled)
		return tell_stop(&sync);
	if (!set_time(&sync, "synced_at_us", clock_server_us(client)) ||
	    !(outbox_prune(client->store, clock_server_us(client)) || refuse_store(&sync)))
		return tell_stop(&sync);
	report(&sync);
	return tell_end(&sync);
}

int sync_verify(struct client *client)
{
	struct sync sync = {.client = client};

	if (!open_sync(&sync) || !pull_and_prove(&sync))
		return tell_stop(&sync);
	return tell_end(&sync);
}

/* ---- What would happen ---- */

static bool show_waiting(void *owner, const struct op *op)
{
	struct client *client = owner;
	struct verb verb;
	const char *label = op->method;

	if (command_find_route(&client->mem, op->method, &verb))
		label = text_in(client->lang, &verb.text->label);
	fprintf(client->out, "%6lld  %s  %s\n", (long long)op->seq,
		date_instant(&client->mem, op->made_at_us, DATE_SHOWN), label);
	return true;
}

static bool show_coming(struct sync *sync)
{
	const Chibo__V1__SyncFeedsResponse *feeds = pull_feeds(sync->client, &sync->refusal);
	struct client *client = sync->client;
	bool is_ours = replica_is_of(client->store, local_owner(client));

	for (size_t i = 0; feeds != NULL && i < feeds->n_feeds; i++) {
		struct cursor cursor = {0};
		bool known = is_ours && feeds->feeds[i]->feed.len == STORE_ID &&
			     replica_cursor(client->store, &client->mem, feeds->feeds[i]->feed.data, &cursor);
		long long behind = (long long)(feeds->feeds[i]->position - cursor.position);

		client_note(client, known && cursor.copying == NULL ? SAY_WOULD_PULL : SAY_WOULD_COPY, "name",
			    feeds->feeds[i]->name != NULL ? feeds->feeds[i]->name : "", "n",
			    mem_format(&client->mem, "%lld", behind), NULL);
	}
	return feeds != NULL;
}

int sync_preview(struct client *client)
{
	struct sync sync = {.client = client};
	Chibo__V1__SyncOpenRequest request = CHIBO__V1__SYNC_OPEN_REQUEST__INIT;

	if (!outbox_each(client->store, &client->mem, 1u << OP_WAITING | 1u << OP_UNKNOWN, show_waiting, client)) {
		refuse_store(&sync);
		return tell_stop(&sync);
	}
	sync.open = (const void *)pull_ask(client, "Open", &request.base, &sync.refusal);
	if (sync.open == NULL || (sync.open->may_pull && !show_coming(&sync)))
		return tell_stop(&sync);
	return EXIT_DONE;
}

static int with_store(struct client *client, int (*run)(struct client *client))
{
	struct refusal refusal;

	if (client->session.current == NULL)
		return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
	if (client->globals.offline) {
		refusal_set(&refusal, STATUS_UNAVAILABLE, "offline", NULL);
		return error_refusal(client, &refusal, NULL, NULL);
	}
	return push_open(client, &refusal) ? run(client) : error_refusal(client, &refusal, NULL, NULL);
}

static int run_round(struct client *client)
{
	return with_store(client, client->globals.dry_run ? sync_preview : sync_once);
}

int sync_run(struct client *client, const struct args *args)
{
	if (args_given(args, "watch"))
		return sync_watch(client, args, run_round);
	return run_round(client);
}

int sync_verify_run(struct client *client, const struct args *args)
{
	(void)args;
	return with_store(client, sync_verify);
}
