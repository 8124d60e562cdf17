/* What the replica knows: records by id, unit or parent, how far each feed got, and digests to compare. */
#include "replica.h"

#include <string.h>

#include "chibo/v1/sync.pb-c.h"
#include "replica_parts.h"
#include "value.h"

const struct replica_entity replica_entities[] = {
#define REPLICA(entity, field, service) {entity, field, service, NULL},
#define REPLICA_PART(entity, field, parent) {entity, field, "", parent},
#include "replica.def"
#undef REPLICA
#undef REPLICA_PART
};
const size_t replica_n_entities = sizeof(replica_entities) / sizeof(*replica_entities);

const struct replica_entity *replica_entity(const char *entity)
{
	for (size_t i = 0; i < replica_n_entities; i++)
		if (strcmp(replica_entities[i].entity, entity) == 0)
			return &replica_entities[i];
	return NULL;
}

/* ---- records ---- */

static const ProtobufCMessageDescriptor *type_of(const char *entity)
{
	const struct replica_entity *known = replica_entity(entity);
	const ProtobufCFieldDescriptor *field =
		known == NULL ? NULL : value_field(&chibo__v1__sync_pull_response__descriptor, known->field);

	return field == NULL ? NULL : field->descriptor;
}

/* Columns: the body, and whether the row is as it was written. If not, the next opening looks at all of the file. */
static const ProtobufCMessage *unpack(struct store *store, sqlite3_stmt *row, struct arena *arena,
				      const ProtobufCMessageDescriptor *type)
{
	static const uint8_t none[1];
	const uint8_t *bytes = sqlite3_column_blob(row, 0);
	const ProtobufCMessage *record = NULL;

	if (sqlite3_column_int(row, 1) == 1)
		record = protobuf_c_message_unpack(type, arena_allocator(arena), (size_t)sqlite3_column_bytes(row, 0),
						   bytes != NULL ? bytes : none);
	if (record == NULL && store_exec(store, "delete from fact where name = '" STORE_CHECKED_FACT "'"))
		store->why = "a record of the replica is damaged";
	return record;
}

const ProtobufCMessage *replica_get(struct store *store, struct arena *arena, const char *entity,
				    const uint8_t id[static STORE_ID])
{
	const ProtobufCMessageDescriptor *type = type_of(entity);
	sqlite3_stmt *statement = store_prepare(store, "select body, seal = " RECORD_SEAL("") " from record "
						      "where entity = ?1 and id = ?2");
	const ProtobufCMessage *record = NULL;
	int rc;

	if (type == NULL || statement == NULL)
		return NULL;
	sqlite3_bind_text(statement, 1, entity, -1, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 2, id, STORE_ID, SQLITE_STATIC);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		record = unpack(store, statement, arena, type);
	else if (rc != SQLITE_DONE)
		store_failed(store, rc);
	sqlite3_reset(statement);
	return record;
}

struct listing {
	struct store *store;
	struct arena *arena;
	const ProtobufCMessageDescriptor *type;
	bool (*each)(void *owner, const ProtobufCMessage *record);
	void *owner;
};

/* Bound already, and finalised here: `each` may use the store. */
static bool list(const struct listing *listing, sqlite3_stmt *statement)
{
	const ProtobufCMessage *record;
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		record = unpack(listing->store, statement, listing->arena, listing->type);
		if (record == NULL)
			break;
		if (!listing->each(listing->owner, record)) {
			rc = SQLITE_DONE;
			break;
		}
	}
	if (rc != SQLITE_DONE && rc != SQLITE_ROW)
		store_failed(listing->store, rc);
	sqlite3_finalize(statement);
	return rc == SQLITE_DONE;
}

static sqlite3_stmt *prepare_list(struct store *store, const char *sql, const char *entity, const uint8_t *id)
{
	sqlite3_stmt *statement = NULL;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (rc != SQLITE_OK) {
		store_failed(store, rc);
		return NULL;
	}
	sqlite3_bind_text(statement, 1, entity, -1, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 2, id, STORE_ID, SQLITE_STATIC);
	return statement;
}

bool replica_each(struct store *store, struct arena *arena, const char *entity, const uint8_t *unit_id,
		  bool (*each)(void *owner, const ProtobufCMessage *record), void *owner)
{
	static const char all[] = "select r.body, r.seal = " RECORD_SEAL("r.") " from record r "
				  "left join record u on u.entity = 'unit' and u.id = r.unit_id "
				  "where r.entity = ?1 order by coalesce(u.order_key, r.order_key), r.id";
	static const char one[] = "select body, seal = " RECORD_SEAL("")
				  " from record where entity = ?1 and unit_id = ?2 order by order_key, id";
	const struct listing listing = {store, arena, type_of(entity), each, owner};
	sqlite3_stmt *statement = listing.type == NULL ? NULL
						       : prepare_list(store, unit_id == NULL ? all : one, entity, unit_id);

	return statement != NULL && list(&listing, statement);
}

bool replica_parts(struct store *store, struct arena *arena, const char *entity, const uint8_t parent[static STORE_ID],
		   bool (*each)(void *owner, const ProtobufCMessage *record), void *owner)
{
	static const char sql[] = "select body, seal = " PART_SEAL " from part "
				  "where parent_entity = ?3 and parent_id = ?2 and entity = ?1 order by no";
	const struct replica_entity *known = replica_entity(entity);
	const struct listing listing = {store, arena, type_of(entity), each, owner};
	sqlite3_stmt *statement = known == NULL || known->parent == NULL ? NULL : prepare_list(store, sql, entity, parent);

	if (statement == NULL)
		return false;
	sqlite3_bind_text(statement, 3, known->parent, (int)(strlen(known->parent) - strlen("_id")), SQLITE_STATIC);
	return list(&listing, statement);
}

bool replica_merged_into(struct store *store, const uint8_t unit_id[static STORE_ID], uint8_t into[static STORE_ID])
{
	sqlite3_stmt *statement = store_prepare(
		store, "select into_id from record where entity = 'unit' and id = ?1 and into_id is not null");
	bool merged;

	if (statement == NULL)
		return false;
	sqlite3_bind_blob(statement, 1, unit_id, STORE_ID, SQLITE_STATIC);
	merged = sqlite3_step(statement) == SQLITE_ROW;
	if (merged)
		memcpy(into, sqlite3_column_blob(statement, 0), STORE_ID);
	sqlite3_reset(statement);
	return merged;
}

/* ---- cursors ---- */

static bool read_place(sqlite3_stmt *statement, const uint8_t *feed, struct cursor *cursor)
{
	if (sqlite3_step(statement) != SQLITE_ROW)
		return false;
	*cursor = (struct cursor){.position = sqlite3_column_int64(statement, 0)};
	memcpy(cursor->feed, feed, STORE_ID);
	memcpy(cursor->hash, sqlite3_column_blob(statement, 1), STORE_HASH);
	return true;
}

bool replica_cursor(struct store *store, struct arena *arena, const uint8_t feed[static STORE_ID], struct cursor *cursor)
{
	static const char sql[] = "select position, hash, copying, copied, pulled_at_us from cursor where feed = ?1";
	sqlite3_stmt *statement = store_prepare(store, sql);
	bool found;

	if (statement == NULL)
		return false;
	sqlite3_bind_blob(statement, 1, feed, STORE_ID, SQLITE_STATIC);
	found = read_place(statement, feed, cursor);
	if (found) {
		if (sqlite3_column_type(statement, 2) != SQLITE_NULL)
			cursor->copying = mem_format(arena, "%s", (const char *)sqlite3_column_text(statement, 2));
		memcpy(cursor->copied, sqlite3_column_blob(statement, 3), STORE_ID);
		cursor->pulled_at_us = sqlite3_column_int64(statement, 4);
	}
	sqlite3_reset(statement);
	return found;
}

bool replica_checkpoint(struct store *store, const uint8_t feed[static STORE_ID], int64_t position, struct cursor *cursor)
{
	static const char sql[] = "select position, hash from checkpoint where feed = ?1 and position < ?2 "
				  "order by position desc limit 1";
	sqlite3_stmt *statement = store_prepare(store, sql);
	bool found;

	if (statement == NULL)
		return false;
	sqlite3_bind_blob(statement, 1, feed, STORE_ID, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 2, position);
	found = read_place(statement, feed, cursor);
	sqlite3_reset(statement);
	return found;
}

int64_t replica_reached(struct store *store, const uint8_t id[static STORE_ID])
{
	static const char sql[] = "select position from cursor where feed = coalesce((select feed from record where id = ?1), "
				  "(select feed from record where entity = 'unit' limit 1))";
	sqlite3_stmt *statement = store_prepare(store, sql);
	int64_t position = INT64_MAX;

	if (statement == NULL)
		return position;
	sqlite3_bind_blob(statement, 1, id, STORE_ID, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		position = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return position;
}

/* ---- digests ---- */

struct digests {
	struct arena *arena;
	struct replica_digest *rows;
	size_t n, capacity;
};

static bool same_bucket(const struct replica_digest *row, const char *entity, const uint8_t unit[static STORE_ID])
{
	return strcmp(row->entity, entity) == 0 && memcmp(row->unit_id, unit, STORE_ID) == 0;
}

/* Rows come sorted by entity and unit. */
static void add_digest(struct digests *all, sqlite3_stmt *statement)
{
	const char *entity = (const char *)sqlite3_column_text(statement, 0);
	const void *unit = sqlite3_column_blob(statement, 1);
	uint8_t unit_id[STORE_ID] = {0};

	if (unit != NULL)
		memcpy(unit_id, unit, STORE_ID);
	if (all->n == 0 || !same_bucket(&all->rows[all->n - 1], entity, unit_id)) {
		all->rows = mem_grow(all->arena, all->rows, all->n, &all->capacity, sizeof(*all->rows));
		all->rows[all->n] = (struct replica_digest){.entity = mem_format(all->arena, "%s", entity)};
		memcpy(all->rows[all->n++].unit_id, unit_id, STORE_ID);
	}
	all->rows[all->n - 1].count++;
	all->rows[all->n - 1].digest ^= sqlite3_column_int64(statement, 2);
}

bool replica_digests(struct store *store, struct arena *arena, const uint8_t feed[static STORE_ID],
		     struct replica_digest **rows, size_t *n)
{
	static const char sql[] =
		"select entity, unit_id, digest from record where feed = ?1 order by entity, unit_id";
	sqlite3_stmt *statement = store_prepare(store, sql);
	struct digests all = {.arena = arena};
	int rc;

	if (statement == NULL)
		return false;
	sqlite3_bind_blob(statement, 1, feed, STORE_ID, SQLITE_STATIC);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
		add_digest(&all, statement);
	if (rc != SQLITE_DONE)
		store_failed(store, rc);
	sqlite3_reset(statement);
	*rows = all.rows;
	*n = all.n;
	return rc == SQLITE_DONE;
}
