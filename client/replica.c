/* Pages of a feed on their way into the replica. One transaction each: records, what became of others, and how far it got. */
#include "replica.h"

#include <stdlib.h>
#include <string.h>

#include "chibo/v1/sync.pb-c.h"
#include "replica_parts.h"
#include "value.h"

enum {
	FIRST_FIELD = 20, /* of a page that carries records */
	CHECKPOINTS = 20, /* kept of a feed */
};

struct page {
	struct store *store;
	const ProtobufCMessage *message;
	const struct cursor *cursor;
	Chibo__V1__SyncMark **marks;
	size_t n_marks;
};

/* ---- what a page has ---- */

/* NULL: this page has no such field, or it is not one of records. */
static const ProtobufCFieldDescriptor *field_of(const struct page *page, const struct replica_entity *entity)
{
	const ProtobufCFieldDescriptor *field = value_field(page->message->descriptor, entity->field);

	if (field == NULL || field->id < FIRST_FIELD || field->label != PROTOBUF_C_LABEL_REPEATED ||
	    field->type != PROTOBUF_C_TYPE_MESSAGE)
		return NULL;
	return field;
}

static const uint8_t *uuid_of(const ProtobufCMessage *record, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(record->descriptor, name);

	return field == NULL ? NULL : value_uuid(record, field);
}

static int64_t number_of(const ProtobufCMessage *record, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(record->descriptor, name);

	return field == NULL || !value_is_number(field) || !value_has(record, field) ? 0 : value_number(record, field);
}

static bool is_id(const ProtobufCBinaryData *bytes)
{
	return bytes->len == STORE_ID;
}

static const Chibo__V1__SyncMark *mark_of(const struct page *page, const char *entity, const uint8_t *id)
{
	for (size_t i = 0; i < page->n_marks; i++) {
		const Chibo__V1__SyncMark *mark = page->marks[i];

		if (is_id(&mark->id) && memcmp(mark->id.data, id, STORE_ID) == 0 && mark->entity != NULL &&
		    strcmp(mark->entity, entity) == 0)
			return mark;
	}
	return NULL;
}

static const ProtobufCMessage *record_of(const struct page *page, const struct replica_entity *entity, const uint8_t *id)
{
	const ProtobufCFieldDescriptor *field = field_of(page, entity);
	size_t n = field == NULL ? 0 : value_count(page->message, field);

	for (size_t i = 0; i < n; i++) {
		const ProtobufCMessage *record = value_message(page->message, field, i);
		const uint8_t *own = uuid_of(record, "id");

		if (own != NULL && memcmp(own, id, STORE_ID) == 0)
			return record;
	}
	return NULL;
}

/* ---- into the store ---- */

static void bind_id(sqlite3_stmt *statement, int n, const uint8_t *id)
{
	sqlite3_bind_blob(statement, n, id, STORE_ID, SQLITE_STATIC); /* NULL binds null */
}

static void bind_text(sqlite3_stmt *statement, int n, const char *text)
{
	sqlite3_bind_text(statement, n, text, -1, SQLITE_STATIC);
}

/* Fields that this chibo does not know are packed again as they came. */
static bool bind_message(sqlite3_stmt *statement, int n, const ProtobufCMessage *message)
{
	size_t size = protobuf_c_message_get_packed_size(message);
	uint8_t *bytes = sqlite3_malloc64(size + 1);

	if (bytes == NULL)
		return false;
	protobuf_c_message_pack(message, bytes);
	return sqlite3_bind_blob64(statement, n, bytes, size, sqlite3_free) == SQLITE_OK;
}

/* Version of what is kept; false: SQLite failed. */
static bool kept_version(struct store *store, const char *entity, const uint8_t *id, int64_t *version)
{
	sqlite3_stmt *statement = store_prepare(store, "select version from record where entity = ?1 and id = ?2");
	int rc;

	*version = INT64_MIN;
	if (statement == NULL)
		return false;
	bind_text(statement, 1, entity);
	bind_id(statement, 2, id);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*version = sqlite3_column_int64(statement, 0);
	sqlite3_reset(statement);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

static const uint8_t *unit_of(const ProtobufCMessage *record, const Chibo__V1__SyncMark *mark)
{
	if (mark != NULL)
		return is_id(&mark->unit_id) ? mark->unit_id.data : NULL;
	return uuid_of(record, "unit_id");
}

static void bind_mark(sqlite3_stmt *statement, int into, int retired, const Chibo__V1__SyncMark *mark)
{
	if (mark != NULL && mark->kind == CHIBO__V1__SYNC_KIND__SYNC_KIND_MERGED_INTO && is_id(&mark->into_id))
		bind_id(statement, into, mark->into_id.data);
	sqlite3_bind_int(statement, retired, mark != NULL && mark->kind == CHIBO__V1__SYNC_KIND__SYNC_KIND_RETIRED);
}

static bool write_record(const struct page *page, const char *entity, const ProtobufCMessage *record,
			 const Chibo__V1__SyncMark *mark, int64_t version)
{
	sqlite3_stmt *statement = store_prepare(
		page->store,
		"insert into record (entity, id, version, feed, unit_id, digest, order_key, into_id, retired, body, seal) "
		"values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, seal_of(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)) "
		"on conflict (entity, id) do update set version = excluded.version, feed = excluded.feed, "
		"unit_id = excluded.unit_id, digest = excluded.digest, order_key = excluded.order_key, "
		"into_id = coalesce(excluded.into_id, into_id), retired = excluded.retired, body = excluded.body, "
		"seal = seal_of(entity, id, excluded.version, excluded.feed, excluded.unit_id, excluded.digest, "
		"excluded.order_key, coalesce(excluded.into_id, into_id), excluded.retired, excluded.body)");

	if (statement == NULL)
		return false;
	bind_text(statement, 1, entity);
	bind_id(statement, 2, uuid_of(record, "id"));
	sqlite3_bind_int64(statement, 3, version);
	bind_id(statement, 4, page->cursor->feed);
	bind_id(statement, 5, unit_of(record, mark));
	sqlite3_bind_int64(statement, 6, mark == NULL ? 0 : mark->digest);
	sqlite3_bind_int64(statement, 7, number_of(record, "pos"));
	bind_mark(statement, 8, 9, mark);
	return bind_message(statement, 10, record) && store_run(page->store, statement);
}

static bool purge(struct store *store, const uint8_t *feed, const char *entity, const uint8_t *id)
{
	sqlite3_stmt *statement =
		store_prepare(store, "delete from record where entity = ?1 and id = ?2 and feed = ?3");

	if (statement == NULL)
		return false;
	bind_text(statement, 1, entity);
	bind_id(statement, 2, id);
	bind_id(statement, 3, feed);
	return store_run(store, statement) && (sqlite3_changes(store->db) == 0 || store_note_purge(store));
}

/* ---- parts ---- */

/* "meeting_id" names a "meeting". */
static bool is_part_of(const struct replica_entity *part, const char *entity)
{
	size_t n = strlen(entity);

	return part->parent != NULL && strncmp(part->parent, entity, n) == 0 && strcmp(part->parent + n, "_id") == 0;
}

static bool drop_parts(struct store *store, const char *entity, const uint8_t *id, const char *part)
{
	sqlite3_stmt *statement = store_prepare(
		store, "delete from part where parent_entity = ?1 and parent_id = ?2 and entity = ?3");

	if (statement == NULL)
		return false;
	bind_text(statement, 1, entity);
	bind_id(statement, 2, id);
	bind_text(statement, 3, part);
	return store_run(store, statement);
}

static bool write_part(struct store *store, const char *entity, const uint8_t *id, const char *part, size_t no,
		       const ProtobufCMessage *message)
{
	sqlite3_stmt *statement =
		store_prepare(store, "insert into part (parent_entity, parent_id, entity, no, body, seal) "
				     "values (?1, ?2, ?3, ?4, ?5, seal_of(?3, ?1, ?2, ?4, ?5))");

	if (statement == NULL)
		return false;
	bind_text(statement, 1, entity);
	bind_id(statement, 2, id);
	bind_text(statement, 3, part);
	sqlite3_bind_int64(statement, 4, (int64_t)no);
	return bind_message(statement, 5, message) && store_run(store, statement);
}

static bool write_parts_of(const struct page *page, const char *entity, const uint8_t *id,
			   const struct replica_entity *part)
{
	const ProtobufCFieldDescriptor *field = field_of(page, part);
	size_t n = field == NULL ? 0 : value_count(page->message, field);

	if (field != NULL && !drop_parts(page->store, entity, id, part->entity))
		return false;
	for (size_t i = 0; i < n; i++) {
		const ProtobufCMessage *message = value_message(page->message, field, i);
		const uint8_t *parent = uuid_of(message, part->parent);

		if (parent != NULL && memcmp(parent, id, STORE_ID) == 0 &&
		    !write_part(page->store, entity, id, part->entity, i, message))
			return false;
	}
	return true;
}

static bool write_parts(const struct page *page, const char *entity, const uint8_t *id)
{
	for (size_t i = 0; i < replica_n_entities; i++)
		if (is_part_of(&replica_entities[i], entity) && !write_parts_of(page, entity, id, &replica_entities[i]))
			return false;
	return true;
}

/* ---- a page ---- */

static bool is_purge(const Chibo__V1__SyncMark *mark)
{
	return mark->kind == CHIBO__V1__SYNC_KIND__SYNC_KIND_DELETED ||
	       mark->kind == CHIBO__V1__SYNC_KIND__SYNC_KIND_LEFT_SCOPE;
}

/* The same version is written again: what a record shows of others can change, and pages come in the order they were read. */
static bool apply_record(const struct page *page, const char *entity, const ProtobufCMessage *record)
{
	const uint8_t *id = uuid_of(record, "id");
	const Chibo__V1__SyncMark *mark;
	int64_t version = number_of(record, "version"), kept;

	if (id == NULL)
		return true; /* nothing could ever find it */
	mark = mark_of(page, entity, id);
	if (mark != NULL && is_purge(mark))
		return true;
	if (version == 0 && mark != NULL)
		version = mark->version;
	if (!kept_version(page->store, entity, id, &kept))
		return false;
	return kept > version || (write_record(page, entity, record, mark, version) && write_parts(page, entity, id));
}

static bool apply_records(const struct page *page)
{
	for (size_t i = 0; i < replica_n_entities; i++) {
		const struct replica_entity *entity = &replica_entities[i];
		const ProtobufCFieldDescriptor *field = entity->parent != NULL ? NULL : field_of(page, entity);
		size_t n = field == NULL ? 0 : value_count(page->message, field);

		for (size_t j = 0; j < n; j++)
			if (!apply_record(page, entity->entity, value_message(page->message, field, j)))
				return false;
	}
	return true;
}

/* A record that stays, though nobody may use it any more. */
static bool note_end(const struct page *page, const Chibo__V1__SyncMark *mark)
{
	sqlite3_stmt *statement = store_prepare(
		page->store, "update record set into_id = ?1, retired = ?2, digest = ?3, version = ?4, "
			     "seal = seal_of(entity, id, ?4, feed, unit_id, ?3, order_key, ?1, ?2, body) "
			     "where entity = ?5 and id = ?6 and feed = ?7 and version <= ?4");

	if (statement == NULL)
		return false;
	bind_mark(statement, 1, 2, mark);
	sqlite3_bind_int64(statement, 3, mark->digest);
	sqlite3_bind_int64(statement, 4, mark->version);
	bind_text(statement, 5, mark->entity);
	bind_id(statement, 6, mark->id.data);
	bind_id(statement, 7, page->cursor->feed);
	return store_run(page->store, statement);
}

/* A record that was only changed but is not in the page is out of the caller's sight. */
static bool apply_mark(const struct page *page, const Chibo__V1__SyncMark *mark)
{
	const struct replica_entity *entity = mark->entity == NULL ? NULL : replica_entity(mark->entity);

	if (entity == NULL || !is_id(&mark->id))
		return true;
	if (!is_purge(mark) && record_of(page, entity, mark->id.data) != NULL)
		return true;
	if (mark->kind == CHIBO__V1__SYNC_KIND__SYNC_KIND_MERGED_INTO ||
	    mark->kind == CHIBO__V1__SYNC_KIND__SYNC_KIND_RETIRED)
		return note_end(page, mark);
	return purge(page->store, page->cursor->feed, mark->entity, mark->id.data);
}

static bool apply_marks(const struct page *page)
{
	for (size_t i = 0; i < page->n_marks; i++)
		if (!apply_mark(page, page->marks[i]))
			return false;
	return true;
}

static bool open_page(struct page *page)
{
	const ProtobufCFieldDescriptor *field = value_field(page->message->descriptor, "marks");

	if (field == NULL || field->descriptor != &chibo__v1__sync_mark__descriptor) {
		page->store->why = "a page without marks";
		return false;
	}
	page->n_marks = value_count(page->message, field);
	page->marks = *(Chibo__V1__SyncMark **const *)((const char *)page->message + field->offset);
	return true;
}

/* ---- cursors ---- */

static void bind_place(sqlite3_stmt *statement, const struct cursor *cursor)
{
	bind_id(statement, 1, cursor->feed);
	sqlite3_bind_int64(statement, 2, cursor->position);
	sqlite3_bind_blob(statement, 3, cursor->hash, STORE_HASH, SQLITE_STATIC);
}

static bool write_cursor(struct store *store, const struct cursor *cursor)
{
	sqlite3_stmt *statement = store_prepare(
		store, "insert into cursor (feed, position, hash, copying, copied, pulled_at_us, seal) "
		       "values (?1, ?2, ?3, ?4, ?5, ?6, seal_of(?1, ?2, ?3, ?4, ?5, ?6)) "
		       "on conflict (feed) do update set position = excluded.position, hash = excluded.hash, "
		       "copying = excluded.copying, copied = excluded.copied, pulled_at_us = excluded.pulled_at_us, "
		       "seal = excluded.seal");

	if (statement == NULL)
		return false;
	bind_place(statement, cursor);
	bind_text(statement, 4, cursor->copying);
	bind_id(statement, 5, cursor->copied);
	sqlite3_bind_int64(statement, 6, cursor->pulled_at_us);
	return store_run(store, statement);
}

/* Those behind the cursor are of a history that is gone. */
static bool trim_checkpoints(struct store *store, const struct cursor *cursor)
{
	sqlite3_stmt *statement = store_prepare(
		store, "delete from checkpoint where feed = ?1 and (position >= ?2 or position <= "
		       "(select position from checkpoint where feed = ?1 and position < ?2 order by position desc "
		       "limit 1 offset ?3))");

	if (statement == NULL)
		return false;
	bind_id(statement, 1, cursor->feed);
	sqlite3_bind_int64(statement, 2, cursor->position);
	sqlite3_bind_int(statement, 3, CHECKPOINTS - 1);
	return store_run(store, statement);
}

static bool write_checkpoint(struct store *store, const struct cursor *cursor)
{
	sqlite3_stmt *statement;

	if (!trim_checkpoints(store, cursor))
		return false;
	if (cursor->position <= 0 || cursor->copying != NULL)
		return true;
	statement = store_prepare(store, "insert into checkpoint (feed, position, hash, seal) "
					 "values (?1, ?2, ?3, seal_of(?1, ?2, ?3))");
	if (statement == NULL)
		return false;
	bind_place(statement, cursor);
	return store_run(store, statement);
}

static bool is_at_head(struct store *store, const struct cursor *cursor)
{
	struct cursor before;

	return !replica_cursor(store, store->arena, cursor->feed, &before) || cursor->pulled_at_us != before.pulled_at_us;
}

bool replica_apply(struct store *store, const ProtobufCMessage *message, const struct cursor *cursor)
{
	struct page page = {.store = store, .message = message, .cursor = cursor};
	bool at_head = is_at_head(store, cursor);

	if (message != NULL && !open_page(&page))
		return false;
	if (!store_begin(store))
		return false;
	if ((message == NULL || (apply_records(&page) && apply_marks(&page))) && write_cursor(store, cursor) &&
	    write_checkpoint(store, cursor) && store_commit(store)) {
		if (at_head)
			store_scrub(store); /* else it stays due */
		return true;
	}
	store_roll_back(store);
	return false;
}
