/* The replica: a page is applied whole or not at all, what leaves the scope leaves the file, and nothing newer is undone. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <sqlite3.h>

#include "chibo/v1/sync.pb-c.h"
#include "replica.h"
#include "store_home.h"

enum { MANY = 3000 };

typedef Chibo__V1__SyncPullResponse Page;

static const uint8_t feed[STORE_ID] = {0xfe, 1}, other_feed[STORE_ID] = {0xfe, 2};
static const uint8_t unit_a[STORE_ID] = {0xa0}, unit_b[STORE_ID] = {0xb0};

/* ---- pages ---- */

static Page *page_new(void)
{
	Page *page = mem_take(&arena, sizeof(*page));

	chibo__v1__sync_pull_response__init(page);
	return page;
}

static ProtobufCBinaryData bytes_of(const uint8_t *id)
{
	return (ProtobufCBinaryData){.len = STORE_ID, .data = (uint8_t *)mem_copy(&arena, (const char *)id, STORE_ID)};
}

static const uint8_t *id_of(unsigned n)
{
	uint8_t *id = mem_take(&arena, STORE_ID);

	id[0] = (uint8_t)(n * 37); /* not in the order in which they are made */
	memcpy(id + 8, &n, sizeof(n));
	return id;
}

#define APPEND(page, field, item)                                                                                      \
	do {                                                                                                           \
		void *larger = mem_take(&arena, ((page)->n_##field + 1) * sizeof(*(page)->field));                     \
		if ((page)->n_##field > 0)                                                                             \
			memcpy(larger, (page)->field, (page)->n_##field * sizeof(*(page)->field));                     \
		(page)->field = larger;                                                                                \
		(page)->field[(page)->n_##field++] = (item);                                                           \
	} while (0)

static Chibo__V1__SyncMark *add_mark(Page *page, const char *entity, const uint8_t *id, int version,
				     Chibo__V1__SyncKind kind)
{
	Chibo__V1__SyncMark *mark = mem_take(&arena, sizeof(*mark));

	chibo__v1__sync_mark__init(mark);
	mark->entity = mem_format(&arena, "%s", entity);
	mark->has_id = mark->has_version = mark->has_kind = mark->has_unit_id = mark->has_digest = true;
	mark->id = bytes_of(id);
	mark->version = version;
	mark->kind = kind;
	mark->unit_id = bytes_of(unit_a);
	mark->digest = (int64_t)id[8] * 1000 + version;
	APPEND(page, marks, mark);
	return mark;
}

static Chibo__V1__Member *add_member(Page *page, unsigned n, int version, const char *name)
{
	Chibo__V1__Member *member = mem_take(&arena, sizeof(*member));

	chibo__v1__member__init(member);
	member->has_id = member->has_version = member->has_unit_id = true;
	member->id = bytes_of(id_of(n));
	member->version = version;
	member->full_name = mem_format(&arena, "%s", name);
	member->unit_id = bytes_of(unit_a);
	APPEND(page, members, member);
	return member;
}

static Chibo__V1__SyncMark *changed(Page *page, unsigned n, int version, const char *name)
{
	add_member(page, n, version, name);
	return add_mark(page, "member", id_of(n), version, CHIBO__V1__SYNC_KIND__SYNC_KIND_CHANGED);
}

static void add_meeting(Page *page, unsigned n, int version, const char *const *titles)
{
	Chibo__V1__Meeting *meeting = mem_take(&arena, sizeof(*meeting));

	chibo__v1__meeting__init(meeting);
	meeting->has_id = meeting->has_version = true;
	meeting->id = bytes_of(id_of(n));
	meeting->version = version;
	APPEND(page, meetings, meeting);
	add_mark(page, "meeting", id_of(n), version, CHIBO__V1__SYNC_KIND__SYNC_KIND_CHANGED);
	for (; *titles != NULL; titles++) {
		Chibo__V1__SyncAgendaItem *item = mem_take(&arena, sizeof(*item));

		chibo__v1__sync_agenda_item__init(item);
		item->has_meeting_id = true;
		item->meeting_id = bytes_of(id_of(n));
		item->title = mem_format(&arena, "%s", *titles);
		APPEND(page, agenda_items, item);
	}
}

static void add_unit(Page *page, const uint8_t *id, int pos)
{
	Chibo__V1__Unit *unit = mem_take(&arena, sizeof(*unit));

	chibo__v1__unit__init(unit);
	unit->has_id = unit->has_version = unit->has_pos = true;
	unit->id = bytes_of(id);
	unit->version = 1;
	unit->pos = pos;
	APPEND(page, units, unit);
	add_mark(page, "unit", id, 1, CHIBO__V1__SYNC_KIND__SYNC_KIND_CHANGED)->unit_id = bytes_of(id);
}

static struct cursor cursor_at(int64_t position)
{
	struct cursor cursor = {.position = position, .pulled_at_us = position * 10};

	memcpy(cursor.feed, feed, STORE_ID);
	memset(cursor.hash, (int)position, STORE_HASH);
	return cursor;
}

static void apply(struct store *store, Page *page, int64_t position)
{
	const struct cursor cursor = cursor_at(position);

	ck_assert_msg(replica_apply(store, &page->base, &cursor), "%s", store->why);
}

static const char *name_of(struct store *store, unsigned n)
{
	const Chibo__V1__Member *member =
		(const Chibo__V1__Member *)replica_get(store, &arena, "member", id_of(n));

	return member == NULL ? NULL : member->full_name;
}

static bool gone(struct store *store, unsigned n)
{
	return replica_get(store, &arena, "member", id_of(n)) == NULL;
}

static bool join_title(void *owner, const ProtobufCMessage *record)
{
	strcat(strcat(owner, ((const Chibo__V1__SyncAgendaItem *)record)->title), ";");
	return true;
}

static const char *titles_of(struct store *store, unsigned n)
{
	char *text = mem_take(&arena, 1000);

	ck_assert(replica_parts(store, &arena, "agenda_item", id_of(n), join_title, text));
	return text;
}

/* ---- records and versions ---- */

START_TEST(a_page_comes_back)
{
	struct store store;
	struct cursor cursor;
	Page *page = page_new();

	home_create(&store);
	ck_assert(!replica_cursor(&store, &arena, feed, &cursor));
	changed(page, 1, 1, "Trần Thị Thử");
	changed(page, 2, 4, "Lê Văn Mẫu");
	apply(&store, page, 9);
	store_close(&store);
	home_open(&store);
	ck_assert_str_eq(name_of(&store, 1), "Trần Thị Thử");
	ck_assert_str_eq(name_of(&store, 2), "Lê Văn Mẫu");
	ck_assert(gone(&store, 3));
	ck_assert_ptr_null(replica_get(&store, &arena, "nothing", id_of(1)));
	ck_assert_ptr_null(replica_get(&store, &arena, "unit", id_of(1)));
	ck_assert(replica_cursor(&store, &arena, feed, &cursor));
	ck_assert_int_eq(cursor.position, 9);
	ck_assert_int_eq(cursor.pulled_at_us, 90);
	ck_assert_mem_eq(cursor.feed, feed, STORE_ID);
	ck_assert_int_eq(cursor.hash[31], 9);
	ck_assert_ptr_null(cursor.copying);
	ck_assert(!replica_cursor(&store, &arena, other_feed, &cursor));
	store_close(&store);
}
END_TEST

START_TEST(nothing_newer_is_undone)
{
	struct store store;
	Page *page = page_new();

	home_create(&store);
	changed(page, 1, 5, "năm");
	apply(&store, page, 1);
	page = page_new();
	changed(page, 1, 4, "bốn");
	apply(&store, page, 2);
	ck_assert_str_eq(name_of(&store, 1), "năm");
	page = page_new();
	changed(page, 1, 5, "năm, nhìn lại"); /* what it shows of others changed */
	apply(&store, page, 3);
	ck_assert_str_eq(name_of(&store, 1), "năm, nhìn lại");
	page = page_new();
	changed(page, 1, 6, "sáu");
	apply(&store, page, 4);
	apply(&store, page, 4); /* the answer was lost, the page comes twice */
	ck_assert_str_eq(name_of(&store, 1), "sáu");
	store_close(&store);
}
END_TEST

START_TEST(fields_of_a_newer_server_survive)
{
	static const uint8_t later[] = {0xba, 0x3e, 3, 'n', 'e', 'w'}; /* field 999, a text */
	struct store store;
	Page *page = page_new(), *read;
	uint8_t packed[256];
	const ProtobufCMessage *record;
	size_t n;

	home_create(&store);
	changed(page, 1, 1, "Mẫu");
	n = chibo__v1__member__pack(page->members[0], packed);
	memcpy(packed + n, later, sizeof(later));
	read = page_new();
	APPEND(read, members, chibo__v1__member__unpack(arena_allocator(&arena), n + sizeof(later), packed));
	APPEND(read, marks, page->marks[0]);
	ck_assert_uint_eq(read->members[0]->base.n_unknown_fields, 1);
	apply(&store, read, 1);
	record = replica_get(&store, &arena, "member", id_of(1));
	ck_assert_ptr_nonnull(record);
	ck_assert_uint_eq(protobuf_c_message_pack(record, packed + 128), n + sizeof(later));
	ck_assert_mem_eq(packed, packed + 128, n + sizeof(later));
	store_close(&store);
}
END_TEST

START_TEST(entities_of_a_newer_server_are_passed_over)
{
	struct store store;
	Page *page = page_new();
	Chibo__V1__SyncMark *mark;

	home_create(&store);
	add_mark(page, "hologram", id_of(1), 1, CHIBO__V1__SYNC_KIND__SYNC_KIND_CHANGED);
	add_mark(page, "member", id_of(2), 1, CHIBO__V1__SYNC_KIND__SYNC_KIND_CHANGED)->id.len = 3;
	mark = add_mark(page, "member", id_of(3), 1, CHIBO__V1__SYNC_KIND__SYNC_KIND_DELETED);
	mark->entity = NULL;
	changed(page, 4, 1, "Mẫu");
	add_member(page, 5, 1, "không có id")->has_id = false;
	add_member(page, 6, 2, "không có dấu");
	apply(&store, page, 1);
	ck_assert_str_eq(name_of(&store, 4), "Mẫu");
	ck_assert_str_eq(name_of(&store, 6), "không có dấu");
	store_close(&store);
}
END_TEST

/* ---- marks ---- */

START_TEST(what_goes_is_purged)
{
	static const char *const titles[] = {"một", "hai", NULL};
	struct store store;
	Page *page = page_new();

	home_create(&store);
	for (unsigned n = 1; n <= 4; n++)
		changed(page, n, 5, mem_format(&arena, "canary-%u", n));
	add_meeting(page, 10, 1, titles);
	apply(&store, page, 1);
	ck_assert_str_eq(titles_of(&store, 10), "một;hai;");
	page = page_new();
	add_mark(page, "member", id_of(1), 5, CHIBO__V1__SYNC_KIND__SYNC_KIND_DELETED);
	add_mark(page, "member", id_of(2), 6, CHIBO__V1__SYNC_KIND__SYNC_KIND_LEFT_SCOPE);
	add_mark(page, "member", id_of(3), 6, CHIBO__V1__SYNC_KIND__SYNC_KIND_CHANGED); /* out of sight */
	add_mark(page, "meeting", id_of(10), 2, CHIBO__V1__SYNC_KIND__SYNC_KIND_LEFT_SCOPE);
	apply(&store, page, 2);
	ck_assert_ptr_null(store_fact(&store, &arena, "scrub"));
	ck_assert(gone(&store, 1) && gone(&store, 2) && gone(&store, 3));
	ck_assert_str_eq(name_of(&store, 4), "canary-4");
	ck_assert_ptr_null(replica_get(&store, &arena, "meeting", id_of(10)));
	ck_assert_str_eq(titles_of(&store, 10), "");
	ck_assert(!home_contains("canary-1") && !home_contains("canary-2") && !home_contains("canary-3"));
	ck_assert(!home_contains("một"));
	ck_assert(home_contains("canary-4"));
	store_close(&store);
}
END_TEST

/* The old ward's feed says that it left; the new one's has said already that it came. */
START_TEST(a_feed_purges_only_its_own)
{
	struct store store;
	struct cursor cursor = cursor_at(1);
	Page *page = page_new();

	home_create(&store);
	changed(page, 1, 5, "Mẫu");
	apply(&store, page, 1);
	memcpy(cursor.feed, other_feed, STORE_ID);
	page = page_new();
	changed(page, 1, 6, "Mẫu, chuyển đến");
	ck_assert(replica_apply(&store, &page->base, &cursor));
	page = page_new();
	add_mark(page, "member", id_of(1), 6, CHIBO__V1__SYNC_KIND__SYNC_KIND_LEFT_SCOPE);
	apply(&store, page, 2);
	ck_assert_str_eq(name_of(&store, 1), "Mẫu, chuyển đến");
	ck_assert(replica_forget(&store, feed));
	ck_assert_str_eq(name_of(&store, 1), "Mẫu, chuyển đến");
	store_close(&store);
}
END_TEST

START_TEST(a_merged_unit_and_a_retired_rule_stay)
{
	struct store store;
	Page *page = page_new();
	Chibo__V1__SyncMark *mark;
	uint8_t into[STORE_ID];

	home_create(&store);
	add_unit(page, unit_a, 3);
	add_unit(page, unit_b, 4);
	changed(page, 1, 1, "Mẫu");
	apply(&store, page, 1);
	ck_assert(!replica_merged_into(&store, unit_a, into));
	page = page_new();
	mark = add_mark(page, "unit", unit_a, 2, CHIBO__V1__SYNC_KIND__SYNC_KIND_MERGED_INTO);
	mark->has_into_id = true;
	mark->into_id = bytes_of(unit_b);
	add_mark(page, "member", id_of(1), 2, CHIBO__V1__SYNC_KIND__SYNC_KIND_RETIRED);
	apply(&store, page, 2);
	ck_assert_ptr_nonnull(replica_get(&store, &arena, "unit", unit_a));
	ck_assert(replica_merged_into(&store, unit_a, into));
	ck_assert_mem_eq(into, unit_b, STORE_ID);
	ck_assert(!replica_merged_into(&store, unit_b, into));
	ck_assert(!gone(&store, 1));
	page = page_new();
	add_unit(page, unit_a, 3);
	page->units[0]->version = page->marks[0]->version = 3;
	apply(&store, page, 3);
	ck_assert(replica_merged_into(&store, unit_a, into));
	store_close(&store);
	home_open(&store);
	store_close(&store);
}
END_TEST

START_TEST(parts_are_replaced_with_their_record)
{
	static const char *const first[] = {"một", "hai", "ba", NULL}, *const second[] = {"hai", "bốn", NULL},
				 *const none[] = {NULL};
	struct store store;
	Page *page = page_new();

	home_create(&store);
	add_meeting(page, 10, 3, first);
	add_meeting(page, 11, 1, second);
	apply(&store, page, 1);
	page = page_new();
	add_meeting(page, 10, 2, second); /* older: neither it nor its parts */
	apply(&store, page, 2);
	ck_assert_str_eq(titles_of(&store, 10), "một;hai;ba;");
	page = page_new();
	add_meeting(page, 10, 4, second);
	add_meeting(page, 11, 2, none);
	apply(&store, page, 3);
	ck_assert_str_eq(titles_of(&store, 10), "hai;bốn;");
	ck_assert_str_eq(titles_of(&store, 11), "");
	ck_assert(!replica_parts(&store, &arena, "member", id_of(10), join_title, NULL));
	store_close(&store);
}
END_TEST

/* ---- whole or not at all ---- */

static int64_t count(struct store *store, const char *sql)
{
	sqlite3_stmt *statement;
	int64_t n;

	ck_assert_int_eq(sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_step(statement), SQLITE_ROW);
	n = sqlite3_column_int64(statement, 0);
	sqlite3_finalize(statement);
	return n;
}

/* Each statement of the page fails once. */
START_TEST(half_a_page_leaves_nothing)
{
	static const char *const triggers[] = {
		"before insert on record when new.order_key = 0 and (select count(*) from record) = 2",
		"before insert on part when new.no = 1",
		"before delete on record",
		"before update on record",
		"before insert on cursor",
		"before insert on checkpoint",
		"before update on cursor",
	};
	static const char *const titles[] = {"một", "hai", NULL};
	const struct cursor next = cursor_at(2);
	struct store store;
	struct cursor cursor;
	Page *page = page_new();

	home_create(&store);
	changed(page, 1, 1, "trước");
	changed(page, 2, 1, "trước");
	if (_i != 4) /* there the cursor is new */
		apply(&store, page, 1);
	ck_assert(sqlite3_exec(store.db,
			       mem_format(&arena, "create temp trigger fails %s begin select raise(abort, 'planted'); end",
					  triggers[_i]),
			       NULL, NULL, NULL) == SQLITE_OK);
	page = page_new();
	add_mark(page, "member", id_of(1), 2, CHIBO__V1__SYNC_KIND__SYNC_KIND_DELETED);
	changed(page, 2, 2, "sau");
	changed(page, 3, 2, "sau");
	add_meeting(page, 10, 1, titles);
	ck_assert(!replica_apply(&store, &page->base, &next));
	ck_assert_ptr_nonnull(strstr(store.why, "planted"));
	ck_assert_int_eq(count(&store, "select count(*) from record"), _i == 4 ? 0 : 2);
	ck_assert_int_eq(count(&store, "select count(*) from part"), 0);
	if (_i != 4) {
		ck_assert_str_eq(name_of(&store, 2), "trước");
		ck_assert(replica_cursor(&store, &arena, feed, &cursor) && cursor.position == 1);
	}
	ck_assert_int_eq(sqlite3_exec(store.db, "drop trigger fails", NULL, NULL, NULL), SQLITE_OK);
	ck_assert(replica_apply(&store, &page->base, &next));
	ck_assert_str_eq(name_of(&store, 2), "sau");
	store_close(&store);
}
END_TEST

static void die(sqlite3_context *context, int n, sqlite3_value **values)
{
	(void)context;
	(void)n;
	(void)values;
	_exit(7);
}

static void apply_and_die_late(void *argument)
{
	const struct cursor next = cursor_at(2);
	struct store store;
	Page *page = page_new();

	(void)argument;
	if (store_open(&store, &arena, "a", 0) != STORE_OPEN)
		_exit(1);
	for (unsigned n = 1; n <= 500; n++)
		changed(page, n, 2, "sau");
	sqlite3_create_function(store.db, "die", 0, SQLITE_UTF8 | SQLITE_INNOCUOUS, NULL, die, NULL, NULL);
	sqlite3_exec(store.db, "pragma cache_size = 5", NULL, NULL, NULL); /* pages go to the file before the commit */
	sqlite3_exec(store.db, "create temp trigger dies before insert on checkpoint begin select die(); end", NULL, NULL,
		     NULL);
	_exit(replica_apply(&store, &page->base, &next) ? 0 : 3);
}

START_TEST(an_end_within_a_page_leaves_the_page_before)
{
	struct store store;
	struct cursor cursor;
	Page *page = page_new();

	home_create(&store);
	for (unsigned n = 1; n <= 400; n++)
		changed(page, n, 1, "trước");
	apply(&store, page, 1);
	store_close(&store);
	ck_assert_int_eq(home_fork(apply_and_die_late, NULL) >> 8, 7);
	ck_assert_int_eq(home_count("-journal"), 1);
	home_open(&store);
	ck_assert(replica_cursor(&store, &arena, feed, &cursor) && cursor.position == 1);
	ck_assert_int_eq(count(&store, "select count(*) from record where version = 1"), 400);
	ck_assert_int_eq(count(&store, "select count(*) from record"), 400);
	store_close(&store);
}
END_TEST

/* ---- no bytes are left ---- */

static char *canary(unsigned n)
{
	return mem_format(&arena, "canary<%u>%.*s", n, (int)(n * 13 % 90),
			  "....................................................................................................");
}

/* 0: it leaves in the second round, 1: in the fourth, after it was changed twice; 2: it stays. */
static void one_round(struct store *store, int round)
{
	for (unsigned from = 0; from < MANY; from += 500) {
		Page *page = page_new();

		for (unsigned n = from; n < from + 500; n++)
			if (round == 2 * (int)(n % 3) + 2)
				add_mark(page, "member", id_of(n), 9, CHIBO__V1__SYNC_KIND__SYNC_KIND_LEFT_SCOPE);
			else if (round < 2 * (int)(n % 3) + 2 && round < 4)
				changed(page, n, round, canary(n + 100000 * (unsigned)round));
		apply(store, page, (int64_t)round * 10 + from / 500);
	}
}

/* Pages of the file split and are balanced while records come, grow and go: no old copy may stay in a gap. */
START_TEST(nothing_stays_in_gaps_of_the_file)
{
	struct store store;
	size_t size;
	char *file;
	unsigned left = 0;

	home_create(&store);
	for (int round = 1; round <= 4; round++)
		one_round(&store, round);
	store_close(&store);
	file = home_read(home_store(), &size);
	for (unsigned n = 0; n < MANY; n++)
		for (unsigned round = 1; round <= 3; round++) {
			char *text = mem_format(&arena, "canary<%u>", n + 100000 * round);
			bool found = memmem(file, size, text, strlen(text)) != NULL;

			left += n % 3 < 2 && found;
			ck_assert(n % 3 < 2 || round < 3 || found);
		}
	ck_assert_uint_eq(left, 0);
}
END_TEST

static void purge_and_die(void *argument)
{
	struct store store;
	Page *page = page_new();
	struct cursor cursor = cursor_at(2);

	(void)argument;
	cursor.pulled_at_us = 10; /* more pages are to come */
	if (store_open(&store, &arena, "a", 0) != STORE_OPEN)
		_exit(1);
	for (unsigned n = 0; n < MANY; n += 2)
		add_mark(page, "member", id_of(n), 9, CHIBO__V1__SYNC_KIND__SYNC_KIND_LEFT_SCOPE);
	_exit(replica_apply(&store, &page->base, &cursor) && store_fact(&store, &arena, "scrub") != NULL ? 0 : 2);
}

START_TEST(a_purge_is_finished_by_the_next_opening)
{
	struct store store;
	Page *page = page_new();

	home_create(&store);
	for (unsigned n = 0; n < MANY; n++)
		changed(page, n, 1, canary(n));
	apply(&store, page, 1);
	store_close(&store);
	ck_assert_int_eq(home_fork(purge_and_die, NULL), 0);
	home_open(&store);
	ck_assert_ptr_null(store_fact(&store, &arena, "scrub"));
	ck_assert(store_scrub(&store));
	for (unsigned n = 0; n < MANY; n += 500)
		ck_assert(!home_contains(mem_format(&arena, "canary<%u>", n)));
	ck_assert(home_contains("canary<1>"));
	store_close(&store);
}
END_TEST

/* ---- cursors ---- */

START_TEST(checkpoints_are_the_last_twenty)
{
	struct store store;
	struct cursor cursor = cursor_at(0);
	int n = 0;

	home_create(&store);
	for (int64_t position = 0; position <= 30; position++)
		apply(&store, page_new(), position * 2);
	for (int64_t position = 61; replica_checkpoint(&store, feed, position, &cursor); position = cursor.position) {
		ck_assert_int_eq(cursor.hash[0], cursor.position);
		n++;
	}
	ck_assert_int_eq(n, 20);
	ck_assert_int_eq(cursor.position, 22);
	ck_assert(!replica_checkpoint(&store, other_feed, 100, &cursor));
	store_close(&store);
}
END_TEST

START_TEST(walking_back_drops_what_lies_ahead)
{
	struct store store;
	struct cursor cursor;

	home_create(&store);
	for (int64_t position = 1; position <= 10; position++)
		apply(&store, page_new(), position);
	ck_assert(replica_checkpoint(&store, feed, 10, &cursor) && cursor.position == 9);
	ck_assert(replica_checkpoint(&store, feed, 5, &cursor) && cursor.position == 4);
	ck_assert(replica_apply(&store, NULL, &cursor));
	ck_assert(replica_checkpoint(&store, feed, 100, &cursor) && cursor.position == 4);
	cursor = cursor_at(5);
	cursor.hash[0] = 99;
	ck_assert(replica_apply(&store, NULL, &cursor));
	ck_assert(replica_checkpoint(&store, feed, 100, &cursor) && cursor.hash[0] == 99);
	store_close(&store);
}
END_TEST

START_TEST(a_first_copy_knows_where_it_was)
{
	struct store store;
	struct cursor cursor = cursor_at(50), read;

	home_create(&store);
	cursor.copying = "member";
	memcpy(cursor.copied, id_of(7), STORE_ID);
	ck_assert(replica_apply(&store, NULL, &cursor));
	store_close(&store);
	home_open(&store);
	ck_assert(replica_cursor(&store, &arena, feed, &read));
	ck_assert_str_eq(read.copying, "member");
	ck_assert_mem_eq(read.copied, id_of(7), STORE_ID);
	ck_assert(!replica_checkpoint(&store, feed, 100, &read)); /* nothing is applied up to there */
	cursor.copying = NULL;
	ck_assert(replica_apply(&store, NULL, &cursor));
	ck_assert(replica_cursor(&store, &arena, feed, &read) && read.copying == NULL);
	store_close(&store);
}
END_TEST

START_TEST(pages_of_a_first_copy_are_pages)
{
	Chibo__V1__SyncCopyResponse copy = CHIBO__V1__SYNC_COPY_RESPONSE__INIT;
	const struct cursor cursor = cursor_at(1);
	struct store store;
	Page *page = page_new();

	home_create(&store);
	changed(page, 1, 1, "Mẫu");
	copy.marks = page->marks;
	copy.n_marks = page->n_marks;
	copy.members = page->members;
	copy.n_members = page->n_members;
	ck_assert(replica_apply(&store, &copy.base, &cursor));
	ck_assert_str_eq(name_of(&store, 1), "Mẫu");
	ck_assert(!replica_apply(&store, &page->marks[0]->base, &cursor)); /* that is none */
	store_close(&store);
}
END_TEST

START_TEST(forgetting_a_feed_keeps_the_outbox)
{
	static const char *const titles[] = {"một", NULL};
	struct store store;
	struct outbox_sum sum;
	struct cursor cursor;
	Page *page = page_new();

	home_create(&store);
	ck_assert(home_put(&store, 1));
	changed(page, 1, 1, "Mẫu");
	add_meeting(page, 10, 1, titles);
	apply(&store, page, 5);
	ck_assert(replica_forget(&store, feed));
	ck_assert(gone(&store, 1));
	ck_assert_int_eq(count(&store, "select count(*) from part"), 0);
	ck_assert(!replica_cursor(&store, &arena, feed, &cursor));
	ck_assert(!replica_checkpoint(&store, feed, 100, &cursor));
	ck_assert(outbox_count(&store, &sum) && sum.waiting == 1);
	store_close(&store);
}
END_TEST

/* Two feeds, each with a record of its own. */
static void apply_two_feeds(struct store *store)
{
	struct cursor cursor = cursor_at(1);
	Page *page = page_new();

	changed(page, 1, 1, "canary-1");
	apply(store, page, 1);
	memcpy(cursor.feed, other_feed, STORE_ID);
	page = page_new();
	changed(page, 2, 1, "canary-2");
	ck_assert(replica_apply(store, &page->base, &cursor));
}

START_TEST(what_is_followed_no_more_leaves_the_file)
{
	struct store store;
	struct cursor cursor;

	home_create(&store);
	ck_assert(replica_narrow(&store, "a", feed, 1));
	apply_two_feeds(&store);
	ck_assert(store_set_fact(&store, "proven_at_us", "1"));
	ck_assert(replica_narrow(&store, "a", feed, 1));
	ck_assert(!gone(&store, 1) && gone(&store, 2));
	ck_assert(!replica_cursor(&store, &arena, other_feed, &cursor));
	ck_assert_ptr_null(store_fact(&store, &arena, "proven_at_us"));
	ck_assert(!home_contains("canary-2") && home_contains("canary-1"));
	ck_assert(store_set_fact(&store, "proven_at_us", "1"));
	ck_assert(replica_narrow(&store, "a", feed, 1));
	ck_assert(!gone(&store, 1));
	ck_assert_ptr_nonnull(store_fact(&store, &arena, "proven_at_us"));
	store_close(&store);
}
END_TEST

START_TEST(another_owner_finds_nothing)
{
	static const char *const owners[] = {"b", NULL};
	struct store store;

	home_create(&store);
	for (size_t i = 0; i < 2; i++) {
		ck_assert(replica_narrow(&store, "a", feed, 1));
		apply_two_feeds(&store);
		ck_assert(replica_is_of(&store, "a") && !replica_is_of(&store, owners[i]));
		ck_assert(replica_narrow(&store, owners[i], feed, 1));
		ck_assert(replica_is_of(&store, owners[i]) && !replica_is_of(&store, "a"));
		ck_assert(gone(&store, 1) && gone(&store, 2));
		ck_assert(!home_contains("canary"));
	}
	store_close(&store);
}
END_TEST

START_TEST(a_store_that_was_replaced_keeps_its_operations_alone)
{
	struct store store;
	const char *why;

	home_create(&store);
	ck_assert(replica_narrow(&store, "a", feed, 1));
	apply_two_feeds(&store);
	ck_assert(home_put(&store, 1));
	store_close(&store);
	ck_assert_int_eq(store_create(&store, &arena, "a", other_device), STORE_OPEN);
	ck_assert(home_contains("canary"));
	ck_assert_msg(replica_shed(&arena, store.aside, &why), "%s", why);
	ck_assert(!home_contains("canary"));
	store_close(&store);
	ck_assert_int_eq(rename(store.aside, home_store()), 0);
	home_open(&store);
	ck_assert_int_eq(count(&store, "select count(*) from op"), 1);
	store_close(&store);
}
END_TEST

/* ---- lists and digests ---- */

static bool join_name(void *owner, const ProtobufCMessage *record)
{
	strcat(owner, ((const Chibo__V1__Member *)record)->full_name);
	return strlen(owner) < 4;
}

static const char *names(struct store *store, const uint8_t *unit)
{
	char *text = mem_take(&arena, 100);

	ck_assert(replica_each(store, &arena, "member", unit, join_name, text));
	return text;
}

START_TEST(lists_are_in_the_order_of_units)
{
	struct store store;
	Page *page = page_new();

	home_create(&store);
	add_unit(page, unit_a, 20);
	add_unit(page, unit_b, 10);
	changed(page, 7, 1, "c"); /* ids begin with 3, 37, 74 */
	changed(page, 1, 1, "d");
	changed(page, 2, 1, "e");
	changed(page, 3, 1, "b")->unit_id = bytes_of(unit_b);
	apply(&store, page, 1);
	ck_assert_str_eq(names(&store, NULL), "bcde");
	ck_assert_str_eq(names(&store, unit_a), "cde");
	ck_assert_str_eq(names(&store, unit_b), "b");
	ck_assert_str_eq(names(&store, feed), "");
	ck_assert(!replica_each(&store, &arena, "hologram", NULL, join_name, NULL));
	page = page_new();
	changed(page, 4, 1, "f");
	apply(&store, page, 2);
	ck_assert_uint_eq(strlen(names(&store, NULL)), 4); /* it stopped */
	store_close(&store);
}
END_TEST

START_TEST(digests_are_by_entity_and_unit)
{
	struct store store;
	struct replica_digest *rows;
	Page *page = page_new();
	size_t n;

	home_create(&store);
	ck_assert(replica_digests(&store, &arena, feed, &rows, &n) && n == 0);
	changed(page, 1, 1, "a");
	changed(page, 2, 1, "b");
	changed(page, 3, 1, "c")->unit_id = bytes_of(unit_b);
	add_unit(page, unit_b, 1);
	changed(page, 4, 1, "d")->has_unit_id = false;
	page->marks[4]->unit_id = (ProtobufCBinaryData){0};
	page->marks[4]->digest = INT64_MIN;
	apply(&store, page, 1);
	ck_assert(replica_digests(&store, &arena, feed, &rows, &n));
	ck_assert_uint_eq(n, 4);
	ck_assert_str_eq(rows[0].entity, "member");
	ck_assert_mem_eq(rows[0].unit_id, (uint8_t[STORE_ID]){0}, STORE_ID);
	ck_assert_int_eq(rows[0].digest, INT64_MIN);
	ck_assert_mem_eq(rows[1].unit_id, unit_a, STORE_ID);
	ck_assert_int_eq(rows[1].count, 2);
	ck_assert_int_eq(rows[1].digest, page->marks[0]->digest ^ page->marks[1]->digest);
	ck_assert_mem_eq(rows[2].unit_id, unit_b, STORE_ID);
	ck_assert_str_eq(rows[3].entity, "unit");
	page = page_new();
	changed(page, 1, 2, "a");
	add_mark(page, "member", id_of(2), 2, CHIBO__V1__SYNC_KIND__SYNC_KIND_DELETED);
	apply(&store, page, 2);
	ck_assert(replica_digests(&store, &arena, feed, &rows, &n));
	ck_assert_int_eq(rows[1].count, 1);
	ck_assert_int_eq(rows[1].digest, page->marks[0]->digest);
	ck_assert(replica_digests(&store, &arena, other_feed, &rows, &n) && n == 0);
	store_close(&store);
}
END_TEST

/* Each field of a page from 20 on is one that is kept. */
START_TEST(the_table_covers_the_page)
{
	const ProtobufCMessageDescriptor *types[] = {&chibo__v1__sync_pull_response__descriptor,
						     &chibo__v1__sync_copy_response__descriptor};

	for (size_t t = 0; t < 2; t++)
		for (unsigned i = 0; i < types[t]->n_fields; i++) {
			const ProtobufCFieldDescriptor *field = &types[t]->fields[i];
			bool known = false;

			for (size_t j = 0; j < replica_n_entities; j++)
				known = known || strcmp(replica_entities[j].field, field->name) == 0;
			ck_assert_msg(known == (field->id >= 20), "%s", field->name);
		}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_replica");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, home_setup, home_teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, a_page_comes_back);
	tcase_add_test(tcase, nothing_newer_is_undone);
	tcase_add_test(tcase, fields_of_a_newer_server_survive);
	tcase_add_test(tcase, entities_of_a_newer_server_are_passed_over);
	tcase_add_test(tcase, what_goes_is_purged);
	tcase_add_test(tcase, a_feed_purges_only_its_own);
	tcase_add_test(tcase, a_merged_unit_and_a_retired_rule_stay);
	tcase_add_test(tcase, parts_are_replaced_with_their_record);
	tcase_add_loop_test(tcase, half_a_page_leaves_nothing, 0, 7);
	tcase_add_test(tcase, an_end_within_a_page_leaves_the_page_before);
	tcase_add_test(tcase, nothing_stays_in_gaps_of_the_file);
	tcase_add_test(tcase, a_purge_is_finished_by_the_next_opening);
	tcase_add_test(tcase, checkpoints_are_the_last_twenty);
	tcase_add_test(tcase, walking_back_drops_what_lies_ahead);
	tcase_add_test(tcase, a_first_copy_knows_where_it_was);
	tcase_add_test(tcase, pages_of_a_first_copy_are_pages);
	tcase_add_test(tcase, forgetting_a_feed_keeps_the_outbox);
	tcase_add_test(tcase, what_is_followed_no_more_leaves_the_file);
	tcase_add_test(tcase, another_owner_finds_nothing);
	tcase_add_test(tcase, a_store_that_was_replaced_keeps_its_operations_alone);
	tcase_add_test(tcase, lists_are_in_the_order_of_units);
	tcase_add_test(tcase, digests_are_by_entity_and_unit);
	tcase_add_test(tcase, the_table_covers_the_page);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
