/* Whose the replica is: one account's, in one grant. What that one does not follow any more leaves the file. */
#include "replica.h"

#include <string.h>

#include "replica_parts.h"

#define OWNER_FACT "copy_of"

/* Rows of the feeds that stand in ?1 one behind the other, or of all others. */
#define THESE "instr(?1, feed) > 0"
#define OTHERS "instr(?1, feed) = 0"

static const char *const drop_these[] = {"delete from record where " THESE, "delete from cursor where " THESE,
					 "delete from checkpoint where " THESE};
static const char *const drop_others[] = {"delete from record where " OTHERS, "delete from cursor where " OTHERS,
					  "delete from checkpoint where " OTHERS};

enum { TABLES = sizeof(drop_these) / sizeof(*drop_these) };

/* Within a transaction. `*dropped`: whether there was anything. */
static bool drop(struct store *store, const char *const sql[static TABLES], const uint8_t *feeds, size_t n, bool *dropped)
{
	static const uint8_t none[1]; /* not NULL: nothing is like null */

	*dropped = false;
	for (size_t i = 0; i < TABLES; i++) {
		sqlite3_stmt *statement = store_prepare(store, sql[i]);

		if (statement == NULL)
			return false;
		sqlite3_bind_blob(statement, 1, n > 0 ? feeds : none, (int)(n * STORE_ID), SQLITE_STATIC);
		if (!store_run(store, statement))
			return false;
		*dropped = *dropped || sqlite3_changes(store->db) > 0;
	}
	return !*dropped || store_note_purge(store);
}

bool replica_forget(struct store *store, const uint8_t feed[static STORE_ID])
{
	bool dropped;

	if (!store_begin(store))
		return false;
	if (drop(store, drop_these, feed, 1, &dropped) && store_commit(store))
		return true;
	store_roll_back(store);
	return false;
}

bool replica_is_of(struct store *store, const char *owner)
{
	const char *known = store_fact(store, store->arena, OWNER_FACT);

	return known == NULL || owner == NULL ? known == owner : strcmp(known, owner) == 0;
}

/* Within a transaction. It is to be proven anew. */
static bool set_owner(struct store *store, const char *owner)
{
	return store_run(store, store_prepare(store, "delete from fact where name in ('" OWNER_FACT "', 'proven_at_us')")) &&
	       (owner == NULL || store_set_fact(store, OWNER_FACT, owner));
}

bool replica_narrow(struct store *store, const char *owner, const uint8_t *feeds, size_t n)
{
	bool is_known = replica_is_of(store, owner), dropped;

	if (!store_begin(store))
		return false;
	if (drop(store, drop_others, feeds, is_known ? n : 0, &dropped) &&
	    ((is_known && !dropped) || set_owner(store, owner)) && store_commit(store)) {
		store_scrub(store); /* else it stays due */
		return true;
	}
	store_roll_back(store);
	return false;
}

bool replica_shed(struct arena *arena, const char *path, const char **why)
{
	struct store store;
	bool done = true; /* what is damaged stays for whoever has to look at it */

	store_init(&store, arena, path);
	if (store_connect_checked(&store) == STORE_OPEN)
		done = replica_narrow(&store, NULL, NULL, 0) && store_scrub(&store);
	*why = store.why;
	store_close(&store);
	return done;
}
