/* What the files of the store share with each other and with nobody else. */
#ifndef CHIBO_CLIENT_STORE_PARTS_H
#define CHIBO_CLIENT_STORE_PARTS_H

#include <sqlite3.h>

#include "outbox.h"
#include "store.h"

enum { STORE_APPLICATION = 0x63686962 }; /* "chib": application_id */

/* Schema from one user_version to the next; steps[0] makes it from nothing. Of store_schema.c. */
extern const char *const store_steps[STORE_SCHEMA];

struct store_ops {
	struct op *ops;
	size_t n, capacity;
};

#define STORE_HISTORY_FACT "history_id" /* of the server's, as it was last told */
#define STORE_CHECKED_FACT "checked_at_us" /* absent: all of the file is checked when it is opened */

enum { STORE_PAGE = 4096, STORE_HEADER = 100 };

/* What can be read of a damaged store. */
struct salvage {
	struct store_ops all, intact;
	bool whole; /* nothing is missing of its outbox */
	uint8_t device_id[STORE_ID];
	const char *history; /* fact STORE_HISTORY_FACT; NULL: unknown */
};

/* ---- store.c ---- */

void store_init(struct store *store, struct arena *arena, const char *path);
/* Is there a file, and nobody else's? */
enum store_state store_look(struct store *store) MUST_CHECK;
/* Waits for the lock. */
enum store_state store_hold(struct store *store, int wait_ms) MUST_CHECK;
/* Opens the file with all settings; no check of what is in it. */
enum store_state store_connect(struct store *store) MUST_CHECK;
/* Keeps the lock. */
void store_disconnect(struct store *store);
/* Notes why SQLite failed. */
enum store_state store_failed(struct store *store, int rc);
/* Notes a failure of the system, from errno. */
enum store_state store_failed_system(struct store *store, const char *what);
/* Within the transaction that takes something away: the file has to be scrubbed. */
bool store_note_purge(struct store *store) MUST_CHECK;
bool store_exec(struct store *store, const char *sql) MUST_CHECK;
/* NULL binds null; the text has to stay until the statement has run. */
void store_bind_text(sqlite3_stmt *statement, int n, const char *text);
/* The first column of the first row; false: SQLite failed. */
bool store_number(struct store *store, const char *sql, int64_t *number) MUST_CHECK;

/* ---- store_check.c ---- */

/* Opens the file, and makes sure that it is whole and of this version. */
enum store_state store_connect_checked(struct store *store) MUST_CHECK;

/* ---- store_new.c ---- */

/* In one transaction from `from` to `to`; an older file is copied aside before. */
bool store_upgrade(struct store *store, const char *const *steps, int from, int to) MUST_CHECK;
/* Puts the damaged file aside; goes on with its outbox, if that is whole. */
void store_give_up(struct store *store);
/* There is no file: whether an earlier opening put a damaged one aside, and could not finish. Goes on with its outbox, if that
 * is whole. */
enum store_state store_take_up(struct store *store) MUST_CHECK;
/* A name beside the store that nobody has: PATH.KIND-20261128T205516Z. */
const char *store_aside_name(struct store *store, const char *kind);
void store_flush_folder(struct store *store);

/* ---- store_salvage.c ---- */

/* Renames the damaged file (its connection is closed) and exports what can be read. False: it is still there. */
bool store_set_aside(struct store *store, struct salvage *salvage) MUST_CHECK;
/* The newest file that was set aside and whose operations are nowhere else; NULL: none. */
const char *store_find_damaged(const struct store *store);
/* Reads and exports the file that store_find_damaged() names. False: there is none. */
bool store_salvage_found(struct store *store, struct salvage *salvage) MUST_CHECK;

/* The first bytes of a file of ours. */
void store_make_header(uint8_t header[static STORE_HEADER], int64_t file_size);

/* ---- store_seal.c ---- */

/* seal_of(…) for statements and constraints: 8 bytes of a hash over all its arguments, with their types. */
int store_add_seal(sqlite3 *db);

/* ---- outbox.c ---- */

/* outbox_put() within a transaction. */
bool outbox_add(struct store *store, struct op *op) MUST_CHECK;
/* Writes a row as it was, number and hashes too; the last one is the end of the chain. */
bool outbox_restore(struct store *store, const struct op *op) MUST_CHECK;
/* The row under `statement`, a query for OUTBOX_COLUMNS. */
void outbox_read(sqlite3_stmt *statement, struct arena *arena, struct op *op);
/* Every link, and the end where the store says it is. */
bool outbox_whole(struct store *store) MUST_CHECK;
bool outbox_intact(const struct op *op);

/* ---- outbox_decided.c: within a transaction ---- */

bool outbox_keep_decided(struct store *store, int64_t high_seq) MUST_CHECK;
bool outbox_drop_decided(struct store *store, int64_t seq) MUST_CHECK;

#define OUTBOX_SEAL                                                                                                    \
	"seal_of(seq, op_id, account, grant_id, prev_hash, hash, state, made_at_us, answered_at_us, code, rule, field, " \
	"params, position)"
#define OUTBOX_COLUMNS                                                                                                 \
	"seq, op_id, account, grant_id, method, body, prev_hash, hash, state, made_at_us, answered_at_us, code, rule, " \
	"field, params, position"

#endif
