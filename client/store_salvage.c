/* A damaged store: never deleted, never written to again, and what can still be read of its outbox is written out. */
#include "store_parts.h"

#include <errno.h>
#include <glob.h>
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

static uint8_t *read_bytes(const char *path, int64_t *n)
{
	enum { FILE_MAX = 1 << 30 };
	FILE *file = fopen(path, "rbe");
	uint8_t *bytes = NULL;
	struct stat st;

	if (file != NULL && fstat(fileno(file), &st) == 0 && st.st_size > 0 && st.st_size < FILE_MAX)
		bytes = sqlite3_malloc64((sqlite3_uint64)st.st_size);
	if (bytes != NULL) {
		*n = (int64_t)fread(bytes, 1, (size_t)st.st_size, file);
		memset(bytes + *n, 0, (size_t)(st.st_size - *n));
		*n = st.st_size;
	}
	if (file != NULL)
		fclose(file);
	return bytes;
}

/* sqlite.org/fileformat2.html, 1.3 */
void store_make_header(uint8_t header[static STORE_HEADER], int64_t file_size)
{
	static const uint8_t start[28] = "SQLite format 3\0\x10\0\x01\x01\0\x40\x20\x20\0\0\0\x01";
	int64_t pages = file_size / STORE_PAGE;

	memset(header, 0, STORE_HEADER);
	memcpy(header, start, sizeof(start)); /* page size, versions, and the change counter */
	for (int i = 0; i < 4; i++)
		header[28 + i] = (uint8_t)(pages >> (24 - 8 * i));
	header[43] = 1; /* schema cookie */
	header[47] = 4; /* schema format */
	header[59] = 1; /* UTF-8 */
	header[95] = 1; /* the change for which the size is valid */
}

/* In memory: SQLite neither writes to the damaged file nor rolls it back any further. */
static sqlite3 *open_copy(uint8_t *bytes, int64_t n)
{
	sqlite3 *db = NULL;

	if (n >= STORE_PAGE)
		store_make_header(bytes, n); /* without it SQLite reads nothing */
	if (sqlite3_open(":memory:", &db) != SQLITE_OK)
		sqlite3_free(bytes);
	else if (sqlite3_deserialize(db, "main", bytes, n, n, SQLITE_DESERIALIZE_FREEONCLOSE) == SQLITE_OK &&
		 store_add_seal(db) == SQLITE_OK)
		return db;
	sqlite3_close(db);
	return NULL;
}

#define SELECT "select " OUTBOX_COLUMNS ", seal = " OUTBOX_SEAL " from op "

struct reading {
	struct store *store;
	sqlite3 *db;
	struct salvage *salvage;
	bool only_sealed;
};

static void append(struct arena *arena, struct store_ops *list, const struct op *op)
{
	list->ops = mem_grow(arena, list->ops, list->n, &list->capacity, sizeof(*list->ops));
	list->ops[list->n++] = *op;
}

static bool has(const struct store_ops *list, int64_t seq)
{
	for (size_t i = list->n; i > 0; i--)
		if (list->ops[i - 1].seq == seq)
			return true;
	return false;
}

static void keep(struct reading *reading, sqlite3_stmt *row)
{
	enum { SEALED = 16 };
	struct op op;

	if (reading->only_sealed && sqlite3_column_int(row, SEALED) != 1)
		return;
	if (has(&reading->salvage->all, sqlite3_column_int64(row, 0)))
		return;
	outbox_read(row, reading->store->arena, &op);
	if (op.method == NULL || op.account == NULL || op.state > OP_DISCARDED)
		return;
	append(reading->store->arena, &reading->salvage->all, &op);
	if (sqlite3_column_int(row, SEALED) == 1 && outbox_intact(&op))
		append(reading->store->arena, &reading->salvage->intact, &op);
}

/* Until the end or the first page that cannot be read; the last number seen, 0 for none. */
static int64_t scan(struct reading *reading, const char *sql)
{
	sqlite3_stmt *statement = NULL;
	int64_t seq = 0;

	if (sqlite3_prepare_v2(reading->db, sql, -1, &statement, NULL) != SQLITE_OK)
		return 0;
	while (sqlite3_step(statement) == SQLITE_ROW) {
		seq = sqlite3_column_int64(statement, 0);
		keep(reading, statement);
	}
	sqlite3_finalize(statement);
	return seq;
}

/* One by one: another page may lead to them. */
static void probe(struct reading *reading, int64_t from, int64_t until)
{
	sqlite3_stmt *statement = NULL;

	if (sqlite3_prepare_v2(reading->db, SELECT "where seq = ?1", -1, &statement, NULL) != SQLITE_OK)
		return;
	for (int64_t seq = from; seq < until; seq++) {
		sqlite3_bind_int64(statement, 1, seq);
		if (sqlite3_step(statement) == SQLITE_ROW)
			keep(reading, statement);
		sqlite3_reset(statement);
	}
	sqlite3_finalize(statement);
}

static int compare(const void *a, const void *b)
{
	int64_t x = ((const struct op *)a)->seq, y = ((const struct op *)b)->seq;

	return (x > y) - (x < y);
}

/* ---- pages that nothing leads to any more ---- */

static const char leaf_schema[] = "create table op (seq integer primary key, op_id, account, grant_id, method, body, "
				  "prev_hash, hash, state, made_at_us, answered_at_us, code, rule, field, params, position, "
				  "seal)";

/* The first page of a file that has the outbox alone. */
static bool replace_schema(uint8_t *bytes, int64_t size)
{
	sqlite3 *db = NULL;
	sqlite3_int64 n = 0;
	uint8_t *fresh = NULL;
	bool made = sqlite3_open(":memory:", &db) == SQLITE_OK &&
		    sqlite3_exec(db, "pragma page_size = 4096", NULL, NULL, NULL) == SQLITE_OK &&
		    sqlite3_exec(db, leaf_schema, NULL, NULL, NULL) == SQLITE_OK;

	if (made)
		fresh = sqlite3_serialize(db, "main", &n, 0);
	made = fresh != NULL && n >= STORE_PAGE && size >= STORE_PAGE;
	if (made)
		memcpy(bytes, fresh, STORE_PAGE);
	sqlite3_free(fresh);
	sqlite3_close(db);
	return made;
}

/* Each leaf of a table as if it were the whole outbox; rows of others have no seal of it. */
static void read_leaf(struct reading *reading, int64_t page)
{
	char sql[128];

	snprintf(sql, sizeof(sql), "update sqlite_schema set rootpage = %lld; pragma writable_schema = reset; "
				   "pragma writable_schema = on", (long long)page);
	if (sqlite3_exec(reading->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		scan(reading, SELECT);
}

static void read_leaves(struct reading *reading, const char *path)
{
	enum { TABLE_LEAF = 0x0d };
	int64_t n = 0;
	uint8_t *bytes = read_bytes(path, &n);

	if (bytes == NULL || !replace_schema(bytes, n)) {
		sqlite3_free(bytes);
		return;
	}
	reading->db = open_copy(bytes, n); /* which owns them from here on, and leaves them where they are */
	if (reading->db == NULL)
		return;
	reading->only_sealed = true;
	sqlite3_exec(reading->db, "pragma writable_schema = on", NULL, NULL, NULL);
	for (int64_t page = 2; page * STORE_PAGE <= n; page++)
		if (bytes[(page - 1) * STORE_PAGE] == TABLE_LEAF)
			read_leaf(reading, page);
	sqlite3_close(reading->db);
}

/* ---- all of it ---- */

static void sort(struct store_ops *list)
{
	if (list->n > 1)
		qsort(list->ops, list->n, sizeof(*list->ops), compare);
}

/* From both ends, and what lies between. */
static void read_all(struct reading *reading)
{
	enum { PROBE_MAX = 100000 };
	int64_t low = scan(reading, SELECT "order by seq");
	int64_t high = scan(reading, SELECT "order by seq desc");

	if (high == 0 || high > low + PROBE_MAX)
		high = low + PROBE_MAX;
	probe(reading, low + 1, high);
}

/* As many rows as the store says, all intact, and the last one where the chain ends. */
static bool is_whole(const struct salvage *salvage, sqlite3_stmt *row)
{
	const struct store_ops *list = &salvage->intact;
	const struct op *end = list->n == 0 ? NULL : &list->ops[list->n - 1];

	if (sqlite3_column_int64(row, 3) != (int64_t)list->n || salvage->all.n != list->n)
		return false;
	if (end == NULL)
		return sqlite3_column_int64(row, 1) == 0;
	return sqlite3_column_int64(row, 1) == end->seq &&
	       memcmp(sqlite3_column_blob(row, 2), end->hash, STORE_HASH) == 0;
}

static void read_end(struct reading *reading)
{
	static const char sql[] = "select device_id, last_seq, last_hash, ops from store where length(device_id) = 16 and "
				  "length(last_hash) = 32 and seal = seal_of(device_id, last_seq, last_hash, ops)";
	sqlite3_stmt *row = NULL;

	if (sqlite3_prepare_v2(reading->db, sql, -1, &row, NULL) != SQLITE_OK)
		return;
	if (sqlite3_step(row) == SQLITE_ROW) {
		memcpy(reading->salvage->device_id, sqlite3_column_blob(row, 0), STORE_ID);
		reading->salvage->whole = is_whole(reading->salvage, row);
	}
	sqlite3_finalize(row);
}

static const char *read_history(const struct reading *reading)
{
	static const char sql[] =
		"select value from fact where name = '" STORE_HISTORY_FACT "' and seal = seal_of(name, value)";
	sqlite3_stmt *row = NULL;
	const char *history = NULL;

	if (sqlite3_prepare_v2(reading->db, sql, -1, &row, NULL) != SQLITE_OK)
		return NULL;
	if (sqlite3_step(row) == SQLITE_ROW)
		history = mem_format(reading->store->arena, "%s", (const char *)sqlite3_column_text(row, 0));
	sqlite3_finalize(row);
	return history;
}

static void read_file(struct store *store, const char *path, struct salvage *salvage)
{
	struct reading reading = {.store = store, .salvage = salvage};
	int64_t n = 0;
	uint8_t *bytes = read_bytes(path, &n);

	*salvage = (struct salvage){0};
	if (bytes == NULL)
		return;
	reading.db = open_copy(bytes, n);
	if (reading.db != NULL) {
		read_all(&reading);
		sort(&salvage->intact);
		read_end(&reading);
		salvage->history = read_history(&reading);
		sqlite3_close(reading.db);
	}
	if (!salvage->whole)
		read_leaves(&reading, path);
	sort(&salvage->all);
	sort(&salvage->intact);
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

static void put_line(struct arena *arena, struct text *out, const struct op *op, bool intact)
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
	set(line, "intact", json_boolean(intact));
	set(line, "body", base64(arena, op->body, op->body_len));
	text = json_dumps(line, JSON_COMPACT);
	if (text != NULL)
		text_printf(out, "%s\n", text);
	free(text);
	json_decref(line);
}

static void export(struct store *store, const struct salvage *salvage)
{
	const char *path = mem_format(store->arena, "%s.jsonl", store->aside);
	struct text out;

	if (salvage->all.n == 0)
		return;
	text_init(&out, store->arena);
	for (size_t i = 0; i < salvage->all.n; i++)
		put_line(store->arena, &out, &salvage->all.ops[i], has(&salvage->intact, salvage->all.ops[i].seq));
	if (file_write(store->arena, path, out.data, out.len))
		store->exported = path;
	else
		store_failed_system(store, path);
}

/* ---- */

/* A journal that SQLite could not roll back stays with its file: beside another one it would be taken for its own. */
static void move_journal(struct store *store, const char *aside)
{
	const char *journal = mem_format(store->arena, "%s-journal", store->path);

	if (rename(journal, mem_format(store->arena, "%s-journal", aside)) != 0 && errno != ENOENT)
		store_failed_system(store, journal);
	store_flush_folder(store);
	store->aside = aside;
}

static bool move_away(struct store *store)
{
	const char *aside = store_aside_name(store, "damaged");

	if (rename(store->path, aside) != 0) {
		store_failed_system(store, store->path);
		return false;
	}
	move_journal(store, aside);
	return true;
}

static void read_aside(struct store *store, struct salvage *salvage)
{
	read_file(store, store->aside, salvage);
	export(store, salvage);
}

bool store_set_aside(struct store *store, struct salvage *salvage)
{
	if (!move_away(store))
		return false;
	read_aside(store, salvage);
	return true;
}

const char *store_find_damaged(const struct store *store)
{
	const char *newest = NULL;
	glob_t found;

	if (glob(mem_format(store->arena, "%s.damaged-*Z*", store->path), 0, NULL, &found) != 0)
		return NULL;
	for (size_t i = 0; i < found.gl_pathc; i++) {
		const char *name = found.gl_pathv[i];
		const char *end = strrchr(name, 'Z');

		if (strspn(end, "Z-0123456789") == strlen(end)) /* neither journal nor export */
			newest = mem_format(store->arena, "%s", name);
	}
	globfree(&found);
	return newest;
}

bool store_salvage_found(struct store *store, struct salvage *salvage)
{
	const char *found = store_find_damaged(store);

	if (found == NULL)
		return false;
	move_journal(store, found);
	read_aside(store, salvage);
	return true;
}
