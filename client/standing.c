/* What an enrolled computer holds that the server has not answered, and how far its copy is. */
#include "standing.h"

#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "call.h"
#include "chibo/v1/sync.pb-c.h"
#include "local.h"
#include "replica.h"
#include "tls.h"

enum { WAIT_MS = 2000 };

static const char *fingerprint(struct client *client)
{
	const char *file = session_key_path(&client->mem, client->session.current);
	char *text = mem_take(&client->mem, TLS_PIN_TEXT);
	uint8_t pin[TLS_PIN];

	if (!tls_key_pin(file, pin))
		return NULL;
	tls_pin_print(pin, text);
	return text;
}

static int64_t instant_of(struct client *client, struct store *store, const char *fact)
{
	const char *text = store_fact(store, &client->mem, fact);

	return text == NULL ? 0 : strtoll(text, NULL, 10);
}

static void add_feed(struct client *client, struct standing *standing, size_t *capacity,
		     struct sqlite3_stmt *row)
{
	struct feed_place *place;

	standing->feeds = mem_grow(&client->mem, standing->feeds, standing->n_feeds, capacity,
				   sizeof(*standing->feeds));
	place = &standing->feeds[standing->n_feeds++];
	memcpy(place->feed, sqlite3_column_blob(row, 0), STORE_ID);
	place->position = sqlite3_column_int64(row, 1);
	standing->copying = standing->copying || sqlite3_column_int(row, 2) != 0;
}

static bool read_feeds(struct client *client, struct standing *standing, struct store *store)
{
	struct sqlite3_stmt *rows =
		store_prepare(store, "select feed, position, copying is not null from cursor order by feed");
	size_t capacity = 0;
	int result;

	if (rows == NULL)
		return false;
	while ((result = sqlite3_step(rows)) == SQLITE_ROW)
		add_feed(client, standing, &capacity, rows);
	sqlite3_reset(rows);
	return result == SQLITE_DONE;
}

static bool read_store(struct client *client, struct standing *standing, struct store *store)
{
	bool is_ours = replica_is_of(store, local_owner(client));
	struct op first;

	if (!outbox_count(store, &standing->queue) || (is_ours && !read_feeds(client, standing, store)))
		return false;
	if (standing->queue.waiting > 0 && outbox_next(store, &client->mem, 0, &first))
		standing->sender = first.account;
	standing->synced_at_us = instant_of(client, store, "synced_at_us");
	if (is_ours)
		standing->proven_at_us = instant_of(client, store, "proven_at_us");
	return true;
}

static void note_trouble(struct standing *standing, enum store_state state, const struct store *store)
{
	static const char *const rules[] = {
		[STORE_OPEN] = "store_failed",	     [STORE_BUSY] = "store_busy",
		[STORE_DAMAGED] = "store_damaged",   [STORE_NEWER] = "store_newer",
		[STORE_TOO_OPEN] = "store_too_open", [STORE_FAILED] = "store_failed",
	};

	refusal_set(&standing->trouble, STATUS_INTERNAL, rules[state], NULL);
	refusal_param(&standing->trouble, "why", "%s", store->why != NULL ? store->why : "");
	refusal_param(&standing->trouble, "file", "%s", store->aside != NULL ? store->aside : "");
	refusal_param(&standing->trouble, "exported", "%s", store->exported != NULL ? store->exported : "");
}

/* Held no longer than it is read: what is asked of the server afterwards may need it. */
void standing_read(struct client *client, struct standing *standing)
{
	struct store store;
	enum store_state state = store_open(&store, &client->mem, client->session.current, WAIT_MS);

	*standing = (struct standing){.enrolled = state != STORE_ABSENT, .behind = -1};
	if (!standing->enrolled)
		return;
	standing->computer = fingerprint(client);
	standing->known = state == STORE_OPEN && read_store(client, standing, &store);
	if (!standing->known)
		note_trouble(standing, state, &store);
	if (state == STORE_OPEN)
		store_close(&store);
}

/* ---- Against the server ---- */

static int64_t place_in(const struct standing *standing, const Chibo__V1__SyncFeed *feed)
{
	for (size_t i = 0; i < standing->n_feeds; i++)
		if (feed->feed.len == STORE_ID && memcmp(standing->feeds[i].feed, feed->feed.data, STORE_ID) == 0)
			return standing->feeds[i].position;
	return 0;
}

void standing_compare(struct client *client, struct standing *standing)
{
	Chibo__V1__SyncFeedsRequest request = CHIBO__V1__SYNC_FEEDS_REQUEST__INIT;
	const Chibo__V1__SyncFeedsResponse *answer;
	struct verb verb;
	struct call call;

	if (standing->n_feeds == 0 || !command_find_route(&client->mem, "SyncService/Feeds", &verb))
		return;
	call_init(client, &call, &verb, &request.base);
	call.dry_run = false;
	if (!call_send(client, &call))
		return;
	answer = (const void *)call.response;
	standing->behind = 0;
	for (size_t i = 0; i < answer->n_feeds; i++)
		standing->behind += answer->feeds[i]->position - place_in(standing, answer->feeds[i]);
}
