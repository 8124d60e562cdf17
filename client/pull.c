/* Brings the replica to the server's heads: first copy, pages, and the proof that both sides hold the same. */
#include "pull.h"

#include <string.h>

#include "mem.h"
#include "progress.h"
#include "store_told.h"
#include "value.h"

enum {
	COPY_PAGE = 500, /* records */
	PULL_PAGE = 500, /* entries */
	TRIES = 5,	 /* of a proof while the district goes on writing */
};

const ProtobufCMessage *pull_ask(struct client *client, const char *method, const ProtobufCMessage *request,
				 struct refusal *refusal)
{
	struct verb verb;
	struct call call;

	command_known_verb(&client->mem, "Sync", method, &verb);
	call_init(client, &call, &verb, request);
	call.dry_run = false;
	if (call_send(client, &call))
		return call.response;
	*refusal = call.refusal;
	return NULL;
}

const Chibo__V1__SyncFeedsResponse *pull_feeds(struct client *client, struct refusal *refusal)
{
	Chibo__V1__SyncFeedsRequest request = CHIBO__V1__SYNC_FEEDS_REQUEST__INIT;

	return (const void *)pull_ask(client, "Feeds", &request.base, refusal);
}

static bool refuse_store(const struct client *client, struct refusal *refusal)
{
	(void)store_refusal(client->store, STORE_OPEN, refusal);
	return false;
}

/* What is taken over byte by byte has to have them. */
static bool is_whole(bool holds, struct refusal *refusal)
{
	if (!holds)
		refusal_set(refusal, STATUS_INTERNAL, "bad_reply", NULL);
	return holds;
}

/* ---- The first copy ---- */

/* The next entity that is copied by itself, from `i` on; parts come with what they belong to. */
static size_t next_entity(size_t i)
{
	while (i < replica_n_entities && replica_entities[i].parent != NULL)
		i++;
	return i;
}

static size_t entity_number(const char *entity)
{
	size_t i = 0;

	while (i < replica_n_entities && strcmp(replica_entities[i].entity, entity) != 0)
		i++;
	return i;
}

/* The cursor as it stands after this page: at the last record, or at the next entity, or at the end. */
static void move_on(struct cursor *cursor, const Chibo__V1__SyncCopyResponse *page)
{
	size_t next;

	if (page->more && page->n_marks > 0) {
		memcpy(cursor->copied, page->marks[page->n_marks - 1]->id.data, STORE_ID);
		return;
	}
	next = next_entity(entity_number(cursor->copying) + 1);
	cursor->copying = next < replica_n_entities ? replica_entities[next].entity : NULL;
	memset(cursor->copied, 0, STORE_ID);
}

static bool is_whole_copy(const Chibo__V1__SyncCopyResponse *page, struct refusal *refusal)
{
	return is_whole(!page->more || page->n_marks == 0 || page->marks[page->n_marks - 1]->id.len == STORE_ID, refusal);
}

static const Chibo__V1__SyncCopyResponse *ask_copy(struct client *client, const struct cursor *cursor,
						   struct refusal *refusal)
{
	static const uint8_t none[STORE_ID];
	Chibo__V1__SyncCopyRequest request = CHIBO__V1__SYNC_COPY_REQUEST__INIT;

	request.has_feed = request.has_limit = 1;
	request.feed = value_bytes(&client->mem, cursor->feed, STORE_ID);
	request.entity = mem_format(&client->mem, "%s", cursor->copying);
	request.has_after_id = memcmp(cursor->copied, none, STORE_ID) != 0;
	request.after_id = value_bytes(&client->mem, cursor->copied, STORE_ID);
	request.limit = COPY_PAGE;
	return (const void *)pull_ask(client, "Copy", &request.base, refusal);
}

/* Goes on where it broke off. The cursor stands at the head that was read before the first page. */
static bool copy(struct client *client, struct cursor *cursor, struct refusal *refusal)
{
	struct progress progress;
	bool done = true;

	progress_start(client, &progress, SAY_COPYING, replica_n_entities);
	while (done && cursor->copying != NULL) {
		const Chibo__V1__SyncCopyResponse *page = ask_copy(client, cursor, refusal);

		progress_move(&progress, entity_number(cursor->copying));
		done = page != NULL && is_whole_copy(page, refusal);
		if (done) {
			move_on(cursor, page);
			done = replica_apply(client->store, &page->base, cursor) || refuse_store(client, refusal);
		}
	}
	if (done)
		progress_move(&progress, replica_n_entities);
	progress_end(&progress);
	return done;
}

static bool copy_anew(struct client *client, const Chibo__V1__SyncFeed *feed, struct cursor *cursor,
		      struct refusal *refusal)
{
	if (!replica_forget(client->store, feed->feed.data))
		return refuse_store(client, refusal);
	*cursor = (struct cursor){.position = feed->position, .copying = replica_entities[next_entity(0)].entity};
	memcpy(cursor->feed, feed->feed.data, STORE_ID);
	memcpy(cursor->hash, feed->hash.data, STORE_HASH);
	return copy(client, cursor, refusal);
}

/* ---- Pages ---- */

/* `behind`: the page that ended inside an entry, or NULL. What was applied of such an entry is applied again if the line
 * breaks there: the cursor stands before it. */
static const Chibo__V1__SyncPullResponse *ask_page(struct client *client, const struct cursor *cursor,
						   const ProtobufCBinaryData *history,
						   const Chibo__V1__SyncPullResponse *behind, struct refusal *refusal)
{
	Chibo__V1__SyncPullRequest request = CHIBO__V1__SYNC_PULL_REQUEST__INIT;

	request.has_history_id = request.has_feed = request.has_position = request.has_limit = 1;
	request.history_id = *history;
	request.feed = value_bytes(&client->mem, cursor->feed, STORE_ID);
	request.position = cursor->position;
	request.has_hash = cursor->position > 0;
	request.hash = value_bytes(&client->mem, cursor->hash, STORE_HASH);
	request.limit = PULL_PAGE;
	if (behind != NULL && behind->more && behind->n_marks > 0) {
		request.after_entity = behind->marks[behind->n_marks - 1]->entity;
		request.after_id = behind->marks[behind->n_marks - 1]->id;
		request.has_after_id = 1;
	}
	return (const void *)pull_ask(client, "Pull", &request.base, refusal);
}

static bool is_whole_page(const Chibo__V1__SyncPullResponse *page, struct refusal *refusal)
{
	return is_whole(page->n_entries == 0 || page->entries[page->n_entries - 1]->hash.len == STORE_HASH, refusal);
}

/* The last position applied, never one more. */
static void advance(struct cursor *cursor, const Chibo__V1__SyncPullResponse *page)
{
	if (page->n_entries > 0) {
		const Chibo__V1__SyncEntry *last = page->entries[page->n_entries - 1];

		cursor->position = last->position;
		memcpy(cursor->hash, last->hash.data, STORE_HASH);
	}
	if (!page->more && cursor->position >= page->head_position)
		cursor->pulled_at_us = store_now_us();
}

/* The server's history is not the one that the cursor is of: back to the last entry that both have, or all anew. */
static bool walk_back(struct client *client, const Chibo__V1__SyncFeed *feed, struct cursor *cursor,
		      struct refusal *refusal)
{
	struct cursor before;

	if (replica_checkpoint(client->store, cursor->feed, cursor->position, &before)) {
		*cursor = before;
		return replica_apply(client->store, NULL, cursor) || refuse_store(client, refusal);
	}
	return copy_anew(client, feed, cursor, refusal);
}

static bool is_other_history(const struct refusal *refusal)
{
	return strcmp(refusal->rule, "history") == 0 || strcmp(refusal->rule, "out_of_range") == 0;
}

static bool pull(struct client *client, const Chibo__V1__SyncFeed *feed, struct cursor *cursor,
		 const ProtobufCBinaryData *history, struct refusal *refusal)
{
	const Chibo__V1__SyncPullResponse *page = NULL;
	int64_t start = cursor->position;
	struct progress progress;
	bool done = false;

	progress_start(client, &progress, SAY_PULLING,
		       feed->position > start ? (size_t)(feed->position - start) : 0);
	while (!done) {
		page = ask_page(client, cursor, history, page, refusal);
		if (page == NULL && is_other_history(refusal) && walk_back(client, feed, cursor, refusal))
			continue;
		if (page == NULL || !is_whole_page(page, refusal))
			break;
		advance(cursor, page);
		if (!replica_apply(client->store, &page->base, cursor)) {
			refuse_store(client, refusal);
			break;
		}
		done = !page->more && (page->n_entries == 0 || cursor->position >= page->head_position);
		if (cursor->position > start && feed->position > start)
			progress_move(&progress, (size_t)(cursor->position < feed->position ? cursor->position - start
											   : feed->position - start));
	}
	progress_end(&progress);
	return done;
}

bool pull_feed(struct client *client, const Chibo__V1__SyncFeed *feed, const ProtobufCBinaryData *history,
	       struct refusal *refusal)
{
	struct cursor cursor;

	if (!is_whole(feed->feed.len == STORE_ID && feed->hash.len == STORE_HASH, refusal))
		return false;
	if (!replica_cursor(client->store, &client->mem, feed->feed.data, &cursor)) {
		if (!copy_anew(client, feed, &cursor, refusal))
			return false;
	} else if (cursor.copying != NULL && !copy(client, &cursor, refusal)) {
		return false;
	}
	return pull(client, feed, &cursor, history, refusal);
}

/* ---- The proof ---- */

static const Chibo__V1__SyncDigestResponse *ask_digests(struct client *client, const Chibo__V1__SyncFeed *feed,
							struct refusal *refusal)
{
	Chibo__V1__SyncDigestRequest request = CHIBO__V1__SYNC_DIGEST_REQUEST__INIT;

	request.has_feed = 1;
	request.feed = feed->feed;
	return (const void *)pull_ask(client, "Digest", &request.base, refusal);
}

static bool same_unit(const Chibo__V1__SyncDigestRow *there, const struct replica_digest *here)
{
	static const uint8_t none[STORE_ID];
	const uint8_t *unit = there->has_unit_id && there->unit_id.len == STORE_ID ? there->unit_id.data : none;

	return memcmp(unit, here->unit_id, STORE_ID) == 0;
}

static bool holds(const struct replica_digest *rows, size_t n, const Chibo__V1__SyncDigestRow *there)
{
	for (size_t i = 0; there->entity != NULL && i < n; i++)
		if (strcmp(rows[i].entity, there->entity) == 0 && same_unit(there, &rows[i]))
			return rows[i].count == there->count && rows[i].digest == there->digest;
	return false;
}

/* Each row of theirs is one of ours, and there are as many: so they are the same. A row that counts nothing is none.
 * `*records`: in all of them. */
static bool agree(const Chibo__V1__SyncDigestResponse *there, const struct replica_digest *rows, size_t n,
		  int64_t *records)
{
	size_t rows_there = 0;

	*records = 0;
	for (size_t i = 0; i < there->n_digests; i++) {
		*records += there->digests[i]->count;
		rows_there += there->digests[i]->count > 0;
		if (there->digests[i]->count > 0 && !holds(rows, n, there->digests[i]))
			return false;
	}
	return rows_there == n;
}

/* A proof holds of one position on both sides: while the district writes on, it is pulled and asked again. */
static enum proof prove(struct client *client, const Chibo__V1__SyncFeed *feed, const ProtobufCBinaryData *history,
			int64_t *records, struct refusal *refusal)
{
	enum proof proof = PROOF_DIFFERS;

	for (int try = 0; try < TRIES && proof == PROOF_DIFFERS; try++) {
		const Chibo__V1__SyncDigestResponse *there = ask_digests(client, feed, refusal);
		struct replica_digest *rows;
		struct cursor cursor;
		size_t n;

		if (there == NULL)
			return PROOF_FAILED;
		if (!replica_digests(client->store, &client->mem, feed->feed.data, &rows, &n) ||
		    !replica_cursor(client->store, &client->mem, feed->feed.data, &cursor)) {
			refuse_store(client, refusal);
			return PROOF_FAILED;
		}
		if (agree(there, rows, n, records))
			proof = PROOF_AGREES;
		else if (there->position == cursor.position)
			break;
		else if (!pull_feed(client, feed, history, refusal))
			return PROOF_FAILED;
	}
	return proof;
}

enum proof pull_prove(struct client *client, const Chibo__V1__SyncFeed *feed, const ProtobufCBinaryData *history,
		      int64_t *records, struct refusal *refusal)
{
	enum proof proof = prove(client, feed, history, records, refusal);
	struct cursor cursor;

	if (proof != PROOF_DIFFERS)
		return proof;
	if (!copy_anew(client, feed, &cursor, refusal) || !pull(client, feed, &cursor, history, refusal))
		return PROOF_FAILED;
	return prove(client, feed, history, records, refusal);
}
