/* Before anything in a store is believed: the header, the pages, the values and the chain. */
#include "store_parts.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* integrity_check takes 25 ms for 1.5 MB, 90 ms for 5 MB, 500 ms for 20 MB (measured), and a program that runs for a moment opens the
 * store each time. The outbox is always checked; of a file above the first size all the rest once a day, since each row of the
 * replica is compared with its seal when it is read. Above the second one indexes are not compared with their tables. */
static const int64_t always_bytes = INT64_C(3) << 20, quick_bytes = INT64_C(32) << 20;
static const int64_t day_us = INT64_C(86400000000);

static enum store_state damaged(struct store *store, const char *why)
{
	store->why = why;
	return STORE_DAMAGED;
}

static bool has_journal(const struct store *store)
{
	return access(mem_format(store->arena, "%s-journal", store->path), F_OK) == 0;
}

/* Bytes of the header that never change: SQLite has an error of its own for each, and some pass as a read-only file. */
static bool header_is_ours(const struct store *store)
{
	uint8_t header[STORE_HEADER] = {0}, ours[STORE_HEADER];
	int fd = open(store->path, O_RDONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return true; /* SQLite tells why */
	n = pread(fd, header, sizeof(header), 0);
	close(fd);
	store_make_header(ours, 0);
	return n < 0 || (n == STORE_HEADER && memcmp(header, ours, 18) == 0 && header[18] <= 2 && header[19] <= 2 &&
			 memcmp(header + 20, ours + 20, 4) == 0 && memcmp(header + 44, ours + 44, 4) == 0 &&
			 memcmp(header + 56, ours + 56, 4) == 0);
}

static enum store_state check_version(struct store *store)
{
	int64_t application, version;

	if (!store_number(store, "pragma application_id", &application) ||
	    !store_number(store, "pragma user_version", &version))
		return store_failed(store, sqlite3_extended_errcode(store->db));
	if (application != STORE_APPLICATION || version < 1)
		return damaged(store, "not a store of chibo");
	if (version > STORE_SCHEMA)
		return STORE_NEWER;
	if (version < STORE_SCHEMA && !store_upgrade(store, store_steps, (int)version, STORE_SCHEMA))
		return STORE_FAILED;
	return STORE_OPEN;
}

static enum store_state run_check(struct store *store, const char *sql)
{
	sqlite3_stmt *statement;
	enum store_state state = STORE_OPEN;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc != SQLITE_ROW)
		state = store_failed(store, rc);
	else if (strcmp((const char *)sqlite3_column_text(statement, 0), "ok") != 0)
		state = damaged(store, mem_format(store->arena, "%s", (const char *)sqlite3_column_text(statement, 0)));
	sqlite3_finalize(statement);
	return state;
}

static enum store_state check_outbox(struct store *store)
{
	static const char *const checks[] = {"pragma integrity_check(op)", "pragma integrity_check(store)",
					     "pragma integrity_check(fact)", "pragma integrity_check(cursor)"};
	enum store_state state = STORE_OPEN;

	for (size_t i = 0; state == STORE_OPEN && i < sizeof(checks) / sizeof(*checks); i++)
		state = run_check(store, checks[i]);
	return state;
}

static bool was_checked_today(struct store *store)
{
	const char *at = store_fact(store, store->arena, STORE_CHECKED_FACT);
	int64_t age = at == NULL ? -1 : store_now_us() - strtoll(at, NULL, 10);

	return age >= 0 && age < day_us;
}

static enum store_state check_all(struct store *store, int64_t size)
{
	enum store_state state =
		run_check(store, size > quick_bytes ? "pragma quick_check(1)" : "pragma integrity_check(1)");

	if (state == STORE_OPEN && size > always_bytes &&
	    !store_set_fact(store, STORE_CHECKED_FACT, mem_format(store->arena, "%lld", (long long)store_now_us())))
		store->why = NULL; /* a full disk: it is checked again the next time */
	return state;
}

static enum store_state check_pages(struct store *store, bool was_cut_off)
{
	enum store_state state;
	int64_t pages;

	if (!store_number(store, "pragma page_count", &pages))
		return store_failed(store, sqlite3_extended_errcode(store->db));
	if (pages * STORE_PAGE <= always_bytes)
		return check_all(store, pages * STORE_PAGE);
	state = check_outbox(store);
	if (state == STORE_OPEN && (was_cut_off || !was_checked_today(store)))
		state = check_all(store, pages * STORE_PAGE);
	return state;
}

static enum store_state read_device(struct store *store)
{
	sqlite3_stmt *statement = store_prepare(store, "select device_id from store");
	enum store_state state = STORE_OPEN;

	if (statement == NULL)
		return damaged(store, store->why);
	if (sqlite3_step(statement) == SQLITE_ROW && sqlite3_column_bytes(statement, 0) == STORE_ID)
		memcpy(store->device_id, sqlite3_column_blob(statement, 0), STORE_ID);
	else
		state = damaged(store, "the store does not say whose it is");
	sqlite3_reset(statement);
	return state;
}

/* While there is a journal the header may be half written. The pages before what is read from them. */
enum store_state store_connect_checked(struct store *store)
{
	bool was_cut_off = has_journal(store);
	enum store_state state = STORE_OPEN;

	if (!was_cut_off && !header_is_ours(store))
		state = damaged(store, "the header of the file");
	if (state == STORE_OPEN)
		state = store_connect(store);
	if (state == STORE_OPEN)
		state = check_version(store);
	if (state == STORE_OPEN)
		state = check_pages(store, was_cut_off);
	if (state == STORE_OPEN)
		state = read_device(store);
	if (state == STORE_OPEN && !outbox_whole(store))
		state = damaged(store, store->why);
	store->ready = state == STORE_OPEN;
	return state;
}
