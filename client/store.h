/* What a ward's computer keeps: one SQLite file per context, in the state folder, mode 0600. One connection of one process at
 * a time, under flock; rollback journal, full sync. Nothing in it is ever deleted because it is damaged. */
#ifndef CHIBO_CLIENT_STORE_H
#define CHIBO_CLIENT_STORE_H

#include <stdbool.h>
#include <stdint.h>

#include "client.h"
#include "files.h"

struct sqlite3;
struct sqlite3_stmt;
struct store_text;

enum {
	STORE_SCHEMA = 1, /* user_version */
	STORE_ID = 16,
	STORE_HASH = 32,
};

enum store_state {
	STORE_OPEN,
	STORE_ABSENT,	/* this context is of a computer that is not enrolled, or its file is gone */
	STORE_BUSY,	/* another chibo has it, longer than the time-out */
	STORE_DAMAGED,	/* renamed aside, what is readable exported beside it: `aside` and `exported` (NULL: nothing); `rebuilt`.
			 * Every opening says so, until store_create() has taken its operations over */
	STORE_NEWER,	/* made by a newer chibo */
	STORE_TOO_OPEN, /* others may read it */
	STORE_FAILED,	/* `why` */
};

struct store {
	struct sqlite3 *db; /* NULL: not open */
	int lock;	    /* descriptor of the lock file, or -1 */
	const char *path;
	uint8_t device_id[STORE_ID];
	const char *why; /* a sentence of SQLite or the system, after a failure */
	const char *aside;
	const char *exported;
	bool full; /* the last failure was a full disk */
	bool rebuilt; /* with STORE_DAMAGED: the outbox was whole and goes on in a new file. Open it again; copy the feeds again */
	/* its own */
	bool ready;
	struct arena *arena;
	struct store_text *texts;
	size_t n_texts, max_texts;
};

/* Waits at most `wait_ms` for another process. Checks integrity and the chain of the outbox once per opening. */
enum store_state store_open(struct store *store, struct arena *arena, const char *context, int wait_ms) MUST_CHECK;
/* A new store for a computer that has just enrolled. If this context had one under another device id, or one that was set
 * aside because of its damage, its unanswered and parked operations, and those saved within OUTBOX_KEEP_DAYS, come along with new
 * numbers and their old op_ids, and the old file stays aside. */
enum store_state store_create(struct store *store, struct arena *arena, const char *context,
			      const uint8_t device_id[static STORE_ID]) MUST_CHECK;
/* Whether store_create() can make a store here, whatever the new device: what was damaged is set aside, a whole one is left as it
 * is. Nothing is open afterwards. */
enum store_state store_try_create(struct store *store, struct arena *arena, const char *context) MUST_CHECK;
/* Scrubs first. */
void store_close(struct store *store);
/* Rewrites the file if something was purged since: secure_delete leaves copies that SQLite once made while it moved rows between
 * pages. replica_apply() does it when a feed's head is reached, after a power cut the next opening. False: still due. */
bool store_scrub(struct store *store);
/* This computer's clock, in microseconds since 1970. */
int64_t store_now_us(void);
const char *store_path(struct arena *arena, const char *context);

/* ---- for outbox.c and replica.c ---- */

/* Transactions; store_commit is true only when the bytes are on the disk. */
bool store_begin(struct store *store) MUST_CHECK;
bool store_commit(struct store *store) MUST_CHECK;
void store_roll_back(struct store *store);
/* Prepared once per store and text; reset and cleared. NULL: store->why. */
struct sqlite3_stmt *store_prepare(struct store *store, const char *sql);
/* Runs to its end and resets. */
bool store_run(struct store *store, struct sqlite3_stmt *statement) MUST_CHECK;
/* Small facts: "history_id", "schema_level", "proven_at_us", … NULL: absent. */
const char *store_fact(struct store *store, struct arena *arena, const char *name);
bool store_set_fact(struct store *store, const char *name, const char *value) MUST_CHECK;

#endif
