/* A damaged store: never deleted, never written to again, and what can still be read of its outbox is written out. */
#include "store_parts.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>

#include "value.h"

static const char *const state_names[] = {
	[OP_WAITING] = "waiting", [OP_UNKNOWN] = "unknown", [OP_SAVED] = "saved",	  [OP_PARKED] = "parked",
	[OP_TOLD] = "told",	  [OP_RESENT] = "resent",   [OP_DISCARDED] = "discarded",
};

/* ---- reading what is left ---- */

/* In memory: SQLite neither writes to the damaged file nor rolls it back any further. */
static sqlite3 *open_copy(struct store *store, const char *path)
{
	enum { FILE_MAX = 1 << 30 };
	sqlite3 *db = NULL;
	uint8_t *bytes = NULL;
	FILE *file = fopen(path, "rbe");
	struct stat st;
	int rc = SQLITE_ERROR;

	if (file != NULL && fstat(fileno(file), &st) == 0 && st.st_size > 0 && st.st_size < FILE_MAX)
		bytes = sqlite3_malloc64((sqlite3_uint64)st.st_size);
	if (bytes != NULL && fread(bytes, 1, (size_t)st.st_size, file) == (size_t)st.st_size)
		rc = sqlite3_open(":memory:", &db);
	if (file != NULL)
		fclose(file);
	if (rc != SQLITE_OK) {
		sqlite3_free(bytes);
		store->why = "the damaged store cannot be read";
	} else {
		rc = sqlite3_deserialize(db, "main", bytes, st.st_size, st.st_size,
					 SQLITE_DESERIALIZE_FREEONCLOSE | SQLITE_DESERIALIZE_READONLY);
	}
	if (rc == SQLITE_OK)
		rc = store_add_seal(db);
	if (rc == SQLITE_OK)
		return db;
	sqlite3_close(db);
	return NULL;
}

static bool has(const struct store_ops *list, int64_t seq)
{
	for (size_t i = list->n; i > 0; i--)
		if (list->ops[i - 1].seq == seq)
			return true;
	return false;
}

static void keep(struct store *store, struct store_ops *list, sqlite3_stmt *statement)
{
	struct op op;

	if (has(list, sqlite3_column_int64(statement, 0)))
		return;
	outbox_read(statement, store->arena, &op);
	if (op.method == NULL || op.account == NULL || op.state > OP_DISCARDED)
		return;
	list->ops = mem_grow(store->arena, list->ops, list->n, &list->capacity, sizeof(*list->ops));
	list->ops[list->n++] = op;
}

/* Until the end or the first page that cannot be read; the last number seen, 0 for none. */
static int64_t scan(struct store *store, sqlite3 *db, const char *sql, struct store_ops *list)
{
	sqlite3_stmt *statement = NULL;
	int64_t seq = 0;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return 0;
	while (sqlite3_step(statement) == SQLITE_ROW) {
		seq = sqlite3_column_int64(statement, 0);
		keep(store, list, statement);
	}
	sqlite3_finalize(statement);
	return seq;
}

/* One by one: another page may lead to them. */
static void probe(struct store *store, sqlite3 *db, int64_t from, int64_t until, struct store_ops *list)
{
	static const char sql[] = "select " OUTBOX_COLUMNS " from op where seq = ?1";
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return;
	for (int64_t seq = from; seq < until; seq++) {
		sqlite3_bind_int64(statement, 1, seq);
		if (sqlite3_step(statement) == SQLITE_ROW)
			keep(store, list, statement);
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
}

static int compare(const void *a, const void *b)
{
	int64_t x = ((const struct op *)a)->seq, y = ((const struct op *)b)->seq;

	return (x > y) - (x < y);
}

/* From both ends, and what lies between. */
static void read_all(struct store *store, sqlite3 *db, struct store_ops *list)
{
	enum { PROBE_MAX = 100000 };
	int64_t low = scan(store, db, "select " OUTBOX_COLUMNS " from op order by seq", list);
	int64_t high = scan(store, db, "select " OUTBOX_COLUMNS " from op order by seq desc", list);

	if (high == 0)
		high = low + PROBE_MAX;
	probe(store, db, low + 1, high < low + PROBE_MAX ? high : low + PROBE_MAX, list);
	if (list->n > 1)
		qsort(list->ops, list->n, sizeof(*list->ops), compare);
}

/* ---- writing it out ---- */

static json_t *base64(struct arena *arena, const uint8_t *bytes, size_t n)
{
	size_t size = sodium_base64_ENCODED_LEN(n, sodium_base64_VARIANT_ORIGINAL);
	char *text = mem_take(arena, size);

	return json_string(sodium_bin2base64(text, size, bytes, n, sodium_base64_VARIANT_ORIGINAL));
}

static json_t *uuid(const uint8_t id[static STORE_ID])
{
	char text[UUID_TEXT];

	value_print_uuid(id, text);
	return json_string(text);
}

static json_t *instant(int64_t us)
{
	time_t seconds = us / 1000000;
	struct tm utc;
	char text[32];

	gmtime_r(&seconds, &utc);
	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &utc);
	return json_string(text);
}

/* Damaged texts need not be UTF-8: then the value is null. */
static void set(json_t *line, const char *key, json_t *value)
{
	json_object_set_new(line, key, value != NULL ? value : json_null());
}

static void put_line(struct arena *arena, struct text *out, const struct op *op)
{
	json_t *line = json_object();
	char *text;

	set(line, "seq", json_integer(op->seq));
	set(line, "op_id", uuid(op->op_id));
	set(line, "method", json_string(op->method));
	set(line, "account", json_string(op->account));
	set(line, "grant_id", op->has_grant ? uuid(op->grant) : NULL);
	set(line, "made_at", instant(op->made_at_us));
	set(line, "state", json_string(state_names[op->state]));
	set(line, "rule", json_string(op->rule));
	set(line, "intact", json_boolean(outbox_intact(op)));
	set(line, "body", base64(arena, op->body, op->body_len));
	text = json_dumps(line, JSON_COMPACT);
	if (text != NULL)
		text_printf(out, "%s\n", text);
	free(text);
	json_decref(line);
}

static void export(struct store *store, const struct store_ops *list)
{
	const char *path = mem_format(store->arena, "%s.jsonl", store->aside);
	struct text out;

	if (list->n == 0)
		return;
	text_init(&out, store->arena);
	for (size_t i = 0; i < list->n; i++)
		put_line(store->arena, &out, &list->ops[i]);
	if (file_write(store->arena, path, out.data, out.len))
		store->exported = path;
	else
		store_failed_system(store, path);
}

/* ---- */

static void drop_broken(struct store_ops *list)
{
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (outbox_intact(&list->ops[i]))
			list->ops[n++] = list->ops[i];
	list->n = n;
}

/* A journal that SQLite could not roll back stays with its file. */
static bool move_away(struct store *store)
{
	const char *aside = store_aside_name(store, "damaged");
	const char *journal = mem_format(store->arena, "%s-journal", store->path);

	if (rename(store->path, aside) != 0) {
		store_failed_system(store, store->path);
		return false;
	}
	if (rename(journal, mem_format(store->arena, "%s-journal", aside)) != 0 && errno != ENOENT)
		store_failed_system(store, journal);
	store_flush_folder(store);
	store->aside = aside;
	return true;
}

void store_set_aside(struct store *store, struct store_ops *ops)
{
	sqlite3 *db;

	*ops = (struct store_ops){0};
	if (!move_away(store))
		return;
	db = open_copy(store, store->aside);
	if (db == NULL)
		return;
	read_all(store, db, ops);
	sqlite3_close(db);
	export(store, ops);
	drop_broken(ops);
}
