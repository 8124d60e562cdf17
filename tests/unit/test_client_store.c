/* The store's file: nobody else's, one process at a time, and whatever becomes of it, nothing of it is lost or believed wrongly. */
#include <check.h>
#include <fcntl.h>
#include <glob.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <jansson.h>
#include <sodium.h>
#include <sqlite3.h>

#include "chibo/v1/sync.pb-c.h"
#include "replica.h"
#include "store_home.h"
#include "store_parts.h"

enum { OPS = 60, MEMBERS = 200 };

static enum store_state open_state(struct store *store)
{
	return store_open(store, &arena, "a", 0);
}

/* ---- the file ---- */

START_TEST(a_store_is_ours_alone)
{
	struct store store;
	struct stat st;

	ck_assert_int_eq(open_state(&store), STORE_ABSENT);
	ck_assert_int_eq(home_count("lock"), 0); /* a computer that is not enrolled gets no files */
	home_create(&store);
	ck_assert_mem_eq(store.device_id, device, STORE_ID);
	ck_assert(stat(home_store(), &st) == 0 && (st.st_mode & 0777) == 0600);
	store_close(&store);
	home_open(&store);
	ck_assert_mem_eq(store.device_id, device, STORE_ID);
	store_close(&store);
	ck_assert_int_eq(chmod(home_store(), 0640), 0);
	ck_assert_int_eq(open_state(&store), STORE_TOO_OPEN);
	ck_assert_int_eq(store_create(&store, &arena, "a", other_device), STORE_TOO_OPEN);
	ck_assert_int_eq(chmod(home_store(), 0600), 0);
	home_open(&store);
	store_close(&store);
	ck_assert_int_eq(rename(home_store(), mem_format(&arena, "%s.x", home_store())), 0);
	ck_assert_int_eq(symlink("store-a.sqlite.x", home_store()), 0);
	ck_assert_int_eq(open_state(&store), STORE_TOO_OPEN);
}
END_TEST

static int64_t number(struct store *store, const char *sql)
{
	int64_t n = -1;

	ck_assert_msg(store_number(store, sql, &n), "%s", store->why);
	return n;
}

START_TEST(settings_survive_a_power_cut)
{
	struct store store;

	home_create(&store);
	ck_assert_int_eq(number(&store, "pragma synchronous"), 3);
	ck_assert_int_eq(number(&store, "pragma secure_delete"), 1);
	ck_assert_int_eq(number(&store, "pragma foreign_keys"), 1);
	ck_assert_int_eq(number(&store, "pragma mmap_size"), 0);
	ck_assert_int_eq(number(&store, "pragma temp_store"), 2);
	ck_assert_int_eq(number(&store, "select count(*) from pragma_journal_mode where journal_mode = 'delete'"), 1);
	ck_assert_int_eq(number(&store, "pragma user_version"), STORE_SCHEMA);
	/* somebody had a look with another program */
	ck_assert_int_eq(sqlite3_exec(store.db, "pragma journal_mode = wal", NULL, NULL, NULL), SQLITE_OK);
	store_close(&store);
	home_open(&store);
	ck_assert_int_eq(number(&store, "select count(*) from pragma_journal_mode where journal_mode = 'delete'"), 1);
	store_close(&store);
	ck_assert_int_eq(home_count("-wal"), 0);
}
END_TEST

START_TEST(one_process_at_a_time)
{
	struct store store, second;
	int ends[2];
	pid_t pid;
	char c;

	home_create(&store);
	ck_assert_int_eq(open_state(&second), STORE_BUSY);
	ck_assert_int_eq(second.lock, -1);
	store_close(&store);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0) {
		if (open_state(&store) != STORE_OPEN || write(ends[1], "x", 1) != 1)
			_exit(1);
		usleep(200000);
		_exit(0);
	}
	ck_assert_int_eq(read(ends[0], &c, 1), 1);
	ck_assert_int_eq(store_open(&second, &arena, "a", 40), STORE_BUSY);
	ck_assert_int_eq(store_open(&second, &arena, "a", 10000), STORE_OPEN);
	store_close(&second);
	waitpid(pid, NULL, 0);
}
END_TEST

START_TEST(contexts_have_files_of_their_own)
{
	struct store a, b;

	home_create(&a);
	ck_assert_int_eq(store_create(&b, &arena, "b", other_device), STORE_OPEN);
	ck_assert(home_put(&a, 1) && home_put(&b, 1));
	store_close(&a);
	store_close(&b);
	store_close(&b); /* once more does nothing */
	ck_assert_int_eq(store_create(&a, &arena, "a", device), STORE_OPEN); /* enrolled twice: as it was */
	ck_assert_ptr_null(a.aside);
	ck_assert(!home_put(&a, 1));
	store_close(&a);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_told)
{
	struct store store;
	char *folder = mem_format(&arena, "%s", home_store());

	if (geteuid() == 0)
		return; /* nothing is forbidden to root */
	home_create(&store);
	store_close(&store);
	*strrchr(folder, '/') = '\0';
	ck_assert_int_eq(unlink(mem_format(&arena, "%s.lock", home_store())), 0);
	ck_assert_int_eq(chmod(folder, 0500), 0);
	ck_assert_int_eq(open_state(&store), STORE_FAILED);
	ck_assert_ptr_nonnull(store.why);
	ck_assert_int_eq(chmod(folder, 0700), 0);
}
END_TEST

/* ---- statements, transactions, facts ---- */

START_TEST(facts_and_transactions)
{
	struct store store;

	home_create(&store);
	ck_assert_ptr_null(store_fact(&store, &arena, "history_id"));
	ck_assert(store_set_fact(&store, "history_id", "một"));
	ck_assert(store_set_fact(&store, "history_id", "hai"));
	ck_assert(!store_set_fact(&store, "history_id", NULL));
	ck_assert_str_eq(store_fact(&store, &arena, "history_id"), "hai");
	ck_assert(store_begin(&store));
	ck_assert(!store_begin(&store));
	ck_assert_ptr_nonnull(store.why);
	ck_assert(!home_put(&store, 1)); /* a transaction within another is none */
	store_roll_back(&store);
	ck_assert(store_begin(&store));
	ck_assert(store_set_fact(&store, "history_id", "ba"));
	store_roll_back(&store);
	store_roll_back(&store);
	ck_assert_str_eq(store_fact(&store, &arena, "history_id"), "hai");
	ck_assert(store_begin(&store));
	ck_assert(store_set_fact(&store, "history_id", "bốn"));
	ck_assert(store_commit(&store));
	ck_assert(!store_commit(&store));
	ck_assert_ptr_null(store_prepare(&store, "select x from nowhere"));
	ck_assert_msg(strstr(store.why, "nowhere") != NULL, "%s", store.why);
	ck_assert(!store_run(&store, NULL));
	ck_assert_ptr_eq(store_prepare(&store, "select 1"), store_prepare(&store, mem_format(&arena, "select %d", 1)));
	store_close(&store);
	home_open(&store);
	ck_assert_str_eq(store_fact(&store, &arena, "history_id"), "bốn");
	store_close(&store);
}
END_TEST

/* ---- versions ---- */

START_TEST(a_newer_store_is_left_alone)
{
	struct store store;
	char *before, *after;
	size_t n, m;

	home_create(&store);
	ck_assert(home_put(&store, 1));
	ck_assert(store_exec(&store, "pragma user_version = 99"));
	store_close(&store);
	before = home_read(home_store(), &n);
	ck_assert_int_eq(open_state(&store), STORE_NEWER);
	ck_assert_int_eq(store_create(&store, &arena, "a", other_device), STORE_NEWER);
	after = home_read(home_store(), &m);
	ck_assert_uint_eq(n, m);
	ck_assert_mem_eq(before, after, n);
	ck_assert_int_eq(home_count("sqlite."), 1); /* the lock */
}
END_TEST

START_TEST(an_older_store_is_copied_and_then_changed)
{
	static const char *const good[] = {NULL, "alter table fact add column at integer",
					   "create table later (x integer) strict"};
	static const char *const bad[] = {NULL, "create table later (x integer) strict", "insert into nowhere values (1)"};
	struct store store;
	struct stat st;
	glob_t found;

	home_create(&store);
	ck_assert(home_put(&store, 1));
	ck_assert(!store_upgrade(&store, bad, 1, 3));
	ck_assert_int_eq(number(&store, "pragma user_version"), 1);
	ck_assert_int_eq(number(&store, "select count(*) from sqlite_schema where name = 'later'"), 0);
	ck_assert(store_upgrade(&store, good, 1, 3));
	ck_assert_int_eq(number(&store, "pragma user_version"), 3);
	ck_assert_int_eq(number(&store, "select count(*) from sqlite_schema where name = 'later'"), 1);
	store_close(&store);
	ck_assert_int_eq(glob(mem_format(&arena, "%s.v1-*", home_store()), 0, NULL, &found), 0);
	ck_assert_uint_eq(found.gl_pathc, 2);
	ck_assert(stat(found.gl_pathv[1], &st) == 0 && (st.st_mode & 0777) == 0600);
	ck_assert_int_eq(rename(found.gl_pathv[1], home_store()), 0); /* the copy is a store */
	globfree(&found);
	home_open(&store);
	ck_assert_int_eq(number(&store, "select count(*) from op"), 1);
	store_close(&store);
}
END_TEST

/* ---- damage ---- */

static void apply_members(struct store *store)
{
	Chibo__V1__SyncPullResponse page = CHIBO__V1__SYNC_PULL_RESPONSE__INIT;
	struct cursor cursor = {.position = 1, .feed = {7}};

	page.n_members = MEMBERS;
	page.members = mem_take(&arena, MEMBERS * sizeof(*page.members));
	for (unsigned i = 0; i < MEMBERS; i++) {
		Chibo__V1__Member *member = page.members[i] = mem_take(&arena, sizeof(*member));

		chibo__v1__member__init(member);
		member->has_id = true;
		member->id = (ProtobufCBinaryData){.len = STORE_ID, .data = mem_take(&arena, STORE_ID)};
		memcpy(member->id.data, &i, sizeof(i));
		member->full_name = mem_format(&arena, "Người Mẫu số %u", i);
	}
	ck_assert(replica_apply(store, &page.base, &cursor));
}

static enum op_state state_of(unsigned n)
{
	return n % 8 == 0 ? OP_TOLD : n % 4 == 0 ? OP_SAVED : n % 4 == 1 ? OP_PARKED : OP_WAITING;
}

/* Saved, told and parked ones among those that wait; the first saved one long ago. */
static void create_full(void)
{
	struct store store;
	struct op op;

	home_create(&store);
	for (unsigned n = 1; n <= OPS; n++) {
		ck_assert(home_put(&store, n));
		ck_assert(outbox_get(&store, &arena, n, &op));
		op.state = state_of(n);
		op.position = n;
		op.answered_at_us = n == 4 ? store_now_us() - OUTBOX_KEEP_US - 1 : 0;
		ck_assert(outbox_settle(&store, &op));
	}
	apply_members(&store);
	ck_assert(store_set_fact(&store, STORE_HISTORY_FACT, "h1"));
	store_close(&store);
}

static bool same_op(const struct op *op, unsigned n)
{
	struct op made = home_op(n);

	return op->seq == n && strcmp(op->method, made.method) == 0 && strcmp(op->account, made.account) == 0 &&
	       op->body_len == made.body_len && memcmp(op->body, made.body, made.body_len) == 0 &&
	       memcmp(op->op_id, made.op_id, STORE_ID) == 0 && op->has_grant == made.has_grant &&
	       op->state == state_of(n) && op->position == n;
}

static bool same_member(void *owner, const ProtobufCMessage *record)
{
	const Chibo__V1__Member *member = (const Chibo__V1__Member *)record;
	unsigned i;

	memcpy(&i, member->id.data, sizeof(i));
	ck_assert_str_eq(member->full_name, mem_format(&arena, "Người Mẫu số %u", i));
	++*(int *)owner;
	return true;
}

static void assert_outbox_full(struct store *store)
{
	struct op op;

	for (unsigned n = 1; n <= OPS; n++)
		ck_assert(outbox_get(store, &arena, n, &op) && same_op(&op, n));
}

static void assert_full(struct store *store)
{
	int members = 0;

	assert_outbox_full(store);
	ck_assert(replica_each(store, &arena, "member", NULL, same_member, &members));
	ck_assert_int_eq(members, MEMBERS);
}

/* Lines that say that they are intact, and are. */
static unsigned exported_intact(const char *path)
{
	struct stat st;
	size_t size;
	char *line = home_read(path, &size), *rest = NULL;
	unsigned n = 0;

	ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	for (line = strtok_r(line, "\n", &rest); line != NULL; line = strtok_r(NULL, "\n", &rest)) {
		json_t *object = json_loads(line, 0, NULL);
		unsigned seq = (unsigned)json_integer_value(json_object_get(object, "seq"));
		struct op made = home_op(seq);
		uint8_t body[4000];
		size_t body_len = 0;

		ck_assert_ptr_nonnull(object);
		if (!json_is_true(json_object_get(object, "intact"))) {
			json_decref(object);
			continue;
		}
		ck_assert_int_eq(sodium_base642bin(body, sizeof(body), json_string_value(json_object_get(object, "body")),
						   json_string_length(json_object_get(object, "body")), NULL, &body_len,
						   NULL, sodium_base64_VARIANT_ORIGINAL),
				 0);
		ck_assert_uint_eq(body_len, made.body_len);
		ck_assert_mem_eq(body, made.body, body_len);
		ck_assert_str_eq(json_string_value(json_object_get(object, "method")), made.method);
		ck_assert_str_eq(json_string_value(json_object_get(object, "account")), made.account);
		ck_assert_str_eq(json_string_value(json_object_get(object, "state")),
				 state_of(seq) == OP_TOLD     ? "told"
				 : state_of(seq) == OP_SAVED  ? "saved"
				 : state_of(seq) == OP_PARKED ? "parked"
							      : "waiting");
		ck_assert_uint_eq(strlen(json_string_value(json_object_get(object, "op_id"))), 36);
		ck_assert_uint_eq(strlen(json_string_value(json_object_get(object, "made_at"))), 20);
		json_decref(object);
		n++;
	}
	return n;
}

struct outcome {
	int harmless, rebuilt, lost;
};

/* Whatever was damaged: all is as it was, or it is put aside and as much as possible exported. */
static void open_damaged(struct outcome *outcome, unsigned least)
{
	struct store store;
	enum store_state state = open_state(&store);
	struct stat st;

	if (state == STORE_OPEN) {
		assert_full(&store);
		store_close(&store);
		outcome->harmless++;
		return;
	}
	ck_assert_msg(state == STORE_DAMAGED, "%d: %s", (int)state, store.why);
	ck_assert_ptr_nonnull(store.why);
	ck_assert_ptr_nonnull(store.aside);
	ck_assert(stat(store.aside, &st) == 0 && (st.st_mode & 0777) == 0600);
	if (least > 0 || store.exported != NULL)
		ck_assert_uint_ge(exported_intact(store.exported), least);
	if (!store.rebuilt) {
		ck_assert_int_eq(open_state(&store), STORE_DAMAGED); /* and never a computer that is not enrolled */
		ck_assert(store.aside != NULL && !store.rebuilt);
		ck_assert_int_eq(home_count("sqlite.damaged"), 1 + (store.exported != NULL));
		outcome->lost++;
		return;
	}
	home_open(&store);
	ck_assert_mem_eq(store.device_id, device, STORE_ID);
	assert_outbox_full(&store);
	ck_assert_int_eq(number(&store, "select count(*) from record"), 0);
	ck_assert(home_put(&store, OPS + 1));
	store_close(&store);
	outcome->rebuilt++;
}

static void put_back(const char *bytes, size_t n)
{
	glob_t found;
	FILE *file;

	if (glob(mem_format(&arena, "%s*", home_store()), 0, NULL, &found) == 0)
		for (size_t i = 0; i < found.gl_pathc; i++)
			unlink(found.gl_pathv[i]);
	globfree(&found);
	file = fopen(home_store(), "wb");
	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
	fclose(file);
	ck_assert_int_eq(chmod(home_store(), 0600), 0);
}

START_TEST(a_flipped_byte_is_never_believed)
{
	struct outcome outcome = {0};
	size_t size;
	char *bytes;

	create_full();
	bytes = home_read(home_store(), &size);
	for (size_t offset = (size_t)_i * 97; offset < size; offset += 4801) {
		if (offset >= 60 && offset < 64)
			continue; /* user_version: it would be a newer one */
		put_back(bytes, size);
		home_flip(home_store(), (long)offset, 0x41);
		open_damaged(&outcome, OPS - 25);
	}
	printf("# flips: %d harmless, %d rebuilt, %d lost something\n", outcome.harmless, outcome.rebuilt, outcome.lost);
	ck_assert_int_gt(outcome.rebuilt, 0);
	ck_assert_int_gt(outcome.lost, 0);
}
END_TEST

START_TEST(a_damaged_header_hides_nothing)
{
	struct outcome outcome = {0};
	size_t size;
	char *bytes;

	create_full();
	bytes = home_read(home_store(), &size);
	for (size_t offset = 0; offset < 100; offset += 2) {
		if (offset >= 60 && offset < 64)
			continue;
		put_back(bytes, size);
		home_flip(home_store(), (long)offset, 0xff);
		open_damaged(&outcome, OPS);
	}
	put_back(bytes, size);
	for (long offset = 0; offset < 100; offset++)
		home_flip(home_store(), offset, 0x5a);
	open_damaged(&outcome, OPS);
	printf("# headers: %d harmless, %d rebuilt\n", outcome.harmless, outcome.rebuilt);
	ck_assert_int_eq(outcome.lost, 0);
}
END_TEST

START_TEST(a_lost_page_costs_its_own_rows)
{
	static const char zero[4096];
	struct outcome outcome = {0};
	size_t size;
	char *bytes;

	create_full();
	bytes = home_read(home_store(), &size);
	for (size_t offset = 4096; offset < size; offset += 4096) {
		FILE *file;

		put_back(bytes, size);
		file = fopen(home_store(), "r+b");
		fseek(file, (long)offset, SEEK_SET);
		fwrite(zero, 1, sizeof(zero), file);
		fclose(file);
		open_damaged(&outcome, OPS - 25);
	}
	printf("# pages: %d harmless, %d rebuilt, %d lost something\n", outcome.harmless, outcome.rebuilt, outcome.lost);
	ck_assert_int_gt(outcome.rebuilt, 0);
	ck_assert_int_gt(outcome.lost, 0);
}
END_TEST

START_TEST(a_cut_file_is_put_aside)
{
	static const long lengths[] = {0, 1, 50, 100, 512, 4095, 4096, 8192, 12288, 20000};
	struct outcome outcome = {0};
	size_t size;
	char *bytes;

	create_full();
	bytes = home_read(home_store(), &size);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(*lengths); i++) {
		put_back(bytes, size);
		ck_assert_int_eq(truncate(home_store(), lengths[i]), 0);
		open_damaged(&outcome, 0);
	}
	put_back("not a database at all, but a text that somebody saved here", 58);
	open_damaged(&outcome, 0);
	ck_assert_int_eq(outcome.lost, (int)(sizeof(lengths) / sizeof(*lengths)) + 1);
}
END_TEST

/* Values that SQLite holds for right: only seals and the chain see them. The constraint is switched off to write them. */
START_TEST(a_value_that_was_changed_is_seen)
{
	static const char *const changes[] = {
		"update op set state = 2 where seq = 3",
		"update op set account = 'other' where seq = 3",
		"update op set body = x'00' where seq = 3",
		"delete from op where seq = 3",
		"delete from op where seq = 60",
		"update op set seq = 70 where seq = 60",
		"update store set last_seq = 59",
		"update store set device_id = zeroblob(16)",
		"update record set version = 7",
		"update record set body = x'0a00' where rowid = 5",
		"update cursor set position = 9",
		"delete from store",
	};
	struct store store;
	struct outcome outcome = {0};

	create_full();
	home_open(&store);
	ck_assert_int_eq(sqlite3_exec(store.db, changes[_i], NULL, NULL, NULL),
			 strncmp(changes[_i], "delete", 6) == 0 || strstr(changes[_i], "body = x'00'") != NULL
				 ? SQLITE_OK
				 : SQLITE_CONSTRAINT_CHECK);
	ck_assert_int_eq(sqlite3_exec(store.db, "pragma ignore_check_constraints = on", NULL, NULL, NULL), SQLITE_OK);
	ck_assert_int_eq(sqlite3_exec(store.db, changes[_i], NULL, NULL, NULL), SQLITE_OK);
	store_close(&store);
	open_damaged(&outcome, OPS - 1);
	ck_assert_int_eq(outcome.harmless, 0);
	ck_assert_int_eq(outcome.rebuilt, strstr(changes[_i], "record") != NULL || strstr(changes[_i], "cursor") != NULL);
}
END_TEST

/* The power went between the two steps of setting a damaged file aside, and its journal was still there. */
START_TEST(a_damaged_store_is_taken_up_again)
{
	const char *journal = mem_format(&arena, "%s-journal", home_store());
	struct store store;
	FILE *file;

	create_full();
	ck_assert_int_eq(rename(home_store(), mem_format(&arena, "%s.damaged-20260101T000000Z", home_store())), 0);
	file = fopen(journal, "wb");
	ck_assert(file != NULL && fputs("a page of the damaged file", file) >= 0 && fclose(file) == 0);
	ck_assert_int_eq(open_state(&store), STORE_DAMAGED);
	ck_assert(store.rebuilt);
	ck_assert_int_ne(access(journal, F_OK), 0);
	ck_assert_int_eq(exported_intact(store.exported), OPS);
	home_open(&store);
	ck_assert_mem_eq(store.device_id, device, STORE_ID);
	ck_assert_str_eq(store_fact(&store, &arena, STORE_HISTORY_FACT), "h1");
	assert_outbox_full(&store);
	store_close(&store);
	ck_assert_int_eq(unlink(home_store()), 0);
	ck_assert_int_eq(open_state(&store), STORE_ABSENT); /* its operations went elsewhere: they are not taken out twice */
}
END_TEST

static void open_and_die(void *argument)
{
	struct store store;

	(void)argument;
	_exit(store_open(&store, &arena, "a", 0) == STORE_DAMAGED ? 0 : 1);
}

START_TEST(an_end_while_it_is_set_aside_forgets_nothing)
{
	struct store store;
	enum store_state state;
	pid_t pid;

	create_full();
	home_open(&store);
	ck_assert_int_eq(sqlite3_exec(store.db, "pragma ignore_check_constraints = on; update cursor set position = 9", NULL, NULL,
				      NULL),
			 SQLITE_OK);
	store_close(&store);
	pid = fork();
	if (pid == 0)
		open_and_die(NULL);
	usleep((useconds_t)(_i * 700));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	state = open_state(&store);
	ck_assert(state == STORE_OPEN || (state == STORE_DAMAGED && store.rebuilt));
	if (state == STORE_DAMAGED)
		home_open(&store);
	assert_outbox_full(&store);
	store_close(&store);
}
END_TEST

static void apply_large(struct store *store)
{
	Chibo__V1__SyncPullResponse page = CHIBO__V1__SYNC_PULL_RESPONSE__INIT;
	struct cursor cursor = {.position = 1, .feed = {7}};

	page.n_members = 1000;
	page.members = mem_take(&arena, 1000 * sizeof(*page.members));
	for (unsigned i = 0; i < 1000; i++) {
		Chibo__V1__Member *member = page.members[i] = mem_take(&arena, sizeof(*member));

		chibo__v1__member__init(member);
		member->has_id = true;
		member->id = (ProtobufCBinaryData){.len = STORE_ID, .data = mem_take(&arena, STORE_ID)};
		memcpy(member->id.data, &i, sizeof(i));
		member->full_name = mem_format(&arena, "Mẫu <%u> %04000d", i, 0);
	}
	ck_assert(replica_apply(store, &page.base, &cursor));
}

static bool count_it(void *owner, const ProtobufCMessage *record)
{
	(void)record;
	++*(int *)owner;
	return true;
}

/* All of it is checked once a day; what is read in between is compared with its seal, and then all is checked again. */
START_TEST(a_large_file_is_believed_row_by_row)
{
	const unsigned wanted = 500, other = 501;
	uint8_t id[STORE_ID] = {0};
	struct store store;
	struct stat st;
	size_t size;
	char *bytes;
	int n = 0;

	home_create(&store);
	ck_assert(home_put(&store, 1));
	apply_large(&store);
	store_close(&store);
	ck_assert(stat(home_store(), &st) == 0 && st.st_size > 4 << 20);
	home_open(&store);
	ck_assert_ptr_nonnull(store_fact(&store, &arena, STORE_CHECKED_FACT));
	store_close(&store);
	bytes = home_read(home_store(), &size);
	home_flip(home_store(), (char *)memmem(bytes, size, "<500>", 5) - bytes + 1, 1);
	home_open(&store);
	memcpy(id, &other, sizeof(other));
	ck_assert_ptr_nonnull(replica_get(&store, &arena, "member", id));
	if (_i == 0) {
		memcpy(id, &wanted, sizeof(wanted));
		ck_assert_ptr_null(replica_get(&store, &arena, "member", id));
	} else {
		ck_assert(!replica_each(&store, &arena, "member", NULL, count_it, &n));
	}
	ck_assert_ptr_nonnull(strstr(store.why, "damaged"));
	store_close(&store);
	ck_assert_int_eq(open_state(&store), STORE_DAMAGED);
	ck_assert(store.rebuilt);
	home_open(&store);
	ck_assert(!home_put(&store, 1) && home_put(&store, 2));
	store_close(&store);
}
END_TEST

START_TEST(the_outbox_of_a_large_file_is_always_checked)
{
	struct store store;
	size_t size;
	char *bytes;

	home_create(&store);
	ck_assert(home_put(&store, 1) && home_put(&store, 2));
	apply_large(&store);
	store_close(&store);
	home_open(&store);
	store_close(&store);
	bytes = home_read(home_store(), &size);
	home_flip(home_store(), (char *)memmem(bytes, size, "operation 2", 11) - bytes, 1);
	ck_assert_int_eq(open_state(&store), STORE_DAMAGED);
	ck_assert(!store.rebuilt);
}
END_TEST

/* ---- a new device ---- */

/* Nobody has to answer what was told, and what was saved long ago no backup lacks any more. */
static void assert_carried(struct store *store, unsigned gone)
{
	struct op op;
	int64_t seq = 0;

	for (unsigned n = 1; n <= OPS; n++) {
		struct op made = home_op(n);

		if (state_of(n) == OP_TOLD || n == 4 || n == gone) {
			ck_assert(!outbox_find(store, &arena, made.op_id, &op));
			continue;
		}
		ck_assert(outbox_find(store, &arena, made.op_id, &op));
		ck_assert_int_eq(op.seq, ++seq);
		ck_assert_int_eq(op.state, state_of(n) == OP_WAITING ? OP_WAITING : OP_UNKNOWN);
		ck_assert(op.answered_at_us == 0 && op.position == 0);
		ck_assert_mem_eq(op.body, made.body, made.body_len);
		ck_assert_str_eq(op.account, made.account);
	}
}

START_TEST(a_new_device_takes_over_what_waits)
{
	struct store store;
	struct outbox_sum sum;
	struct op op;
	struct stat st;
	int64_t made_at;

	create_full();
	home_open(&store);
	ck_assert(outbox_get(&store, &arena, 2, &op));
	made_at = op.made_at_us;
	store_close(&store);
	ck_assert_int_eq(store_create(&store, &arena, "a", other_device), STORE_OPEN);
	ck_assert_mem_eq(store.device_id, other_device, STORE_ID);
	ck_assert_ptr_nonnull(store.aside);
	ck_assert_ptr_null(store.exported);
	ck_assert(stat(store.aside, &st) == 0 && (st.st_mode & 0777) == 0600);
	assert_carried(&store, 0);
	ck_assert_str_eq(store_fact(&store, &arena, STORE_HISTORY_FACT), "h1");
	ck_assert(outbox_count(&store, &sum) && sum.waiting == OPS - OPS / 8 - 1 && sum.last_seq == sum.waiting);
	ck_assert(outbox_get(&store, &arena, 2, &op) && op.made_at_us == made_at);
	ck_assert_int_eq(number(&store, "select count(*) from record"), 0);
	ck_assert(home_put(&store, 500));
	store_close(&store);
	ck_assert_int_eq(rename(store.aside, home_store()), 0); /* the old one is all there */
	home_open(&store);
	assert_full(&store);
	store_close(&store);
}
END_TEST

/* In the same step, or after an opening that found it damaged. */
START_TEST(a_new_device_takes_over_from_a_damaged_store)
{
	struct store store;

	create_full();
	home_open(&store);
	ck_assert_int_eq(sqlite3_exec(store.db, "update op set body = x'00' where seq = 3", NULL, NULL, NULL), SQLITE_OK);
	store_close(&store);
	if (_i == 1)
		ck_assert(open_state(&store) == STORE_DAMAGED && !store.rebuilt);
	ck_assert_int_eq(store_create(&store, &arena, "a", device), STORE_DAMAGED); /* its numbers are taken */
	ck_assert_int_eq(home_count("damaged"), 2);
	ck_assert_int_eq(store_create(&store, &arena, "a", other_device), STORE_OPEN);
	ck_assert_ptr_nonnull(store.aside);
	assert_carried(&store, 3);
	store_close(&store);
	ck_assert_int_eq(home_count(".old-"), 1);
	ck_assert_int_eq(home_count("damaged"), 1); /* the export */
	ck_assert_int_eq(unlink(home_store()), 0);
	ck_assert_int_eq(store_create(&store, &arena, "a", device), STORE_OPEN);
	ck_assert_int_eq(number(&store, "select count(*) from op"), 0); /* they went elsewhere */
	store_close(&store);
}
END_TEST

static void create_and_die(void *argument)
{
	struct store store;

	(void)argument;
	_exit(store_create(&store, &arena, "a", other_device) == STORE_OPEN ? 0 : 1);
}

START_TEST(an_end_while_it_is_made_leaves_the_old_or_the_new)
{
	struct store store;
	pid_t pid;
	bool is_new;

	create_full();
	pid = fork();
	if (pid == 0)
		create_and_die(NULL);
	usleep((useconds_t)(_i * 700));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	home_open(&store);
	is_new = memcmp(store.device_id, other_device, STORE_ID) == 0;
	if (!is_new)
		assert_full(&store);
	store_close(&store);
	ck_assert_int_eq(store_create(&store, &arena, "a", other_device), STORE_OPEN);
	assert_carried(&store, 0);
	store_close(&store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_store");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, home_setup, home_teardown);
	tcase_set_timeout(tcase, 40);
	tcase_add_test(tcase, a_store_is_ours_alone);
	tcase_add_test(tcase, settings_survive_a_power_cut);
	tcase_add_test(tcase, one_process_at_a_time);
	tcase_add_test(tcase, contexts_have_files_of_their_own);
	tcase_add_test(tcase, a_folder_that_cannot_be_written_is_told);
	tcase_add_test(tcase, facts_and_transactions);
	tcase_add_test(tcase, a_newer_store_is_left_alone);
	tcase_add_test(tcase, an_older_store_is_copied_and_then_changed);
	tcase_add_loop_test(tcase, a_flipped_byte_is_never_believed, 0, 4);
	tcase_add_test(tcase, a_damaged_header_hides_nothing);
	tcase_add_test(tcase, a_lost_page_costs_its_own_rows);
	tcase_add_test(tcase, a_cut_file_is_put_aside);
	tcase_add_loop_test(tcase, a_value_that_was_changed_is_seen, 0, 12);
	tcase_add_test(tcase, a_damaged_store_is_taken_up_again);
	tcase_add_loop_test(tcase, an_end_while_it_is_set_aside_forgets_nothing, 0, 16);
	tcase_add_loop_test(tcase, a_large_file_is_believed_row_by_row, 0, 2);
	tcase_add_test(tcase, the_outbox_of_a_large_file_is_always_checked);
	tcase_add_test(tcase, a_new_device_takes_over_what_waits);
	tcase_add_loop_test(tcase, a_new_device_takes_over_from_a_damaged_store, 0, 2);
	tcase_add_loop_test(tcase, an_end_while_it_is_made_leaves_the_old_or_the_new, 0, 12);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
