/* The store's file: one process at a time, settings that survive a power cut, and checks before anything is believed. */
#include "store_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

/* A prepared statement, found by its text. */
struct store_text {
	const char *sql;
	sqlite3_stmt *statement;
};

static const char settings[] = "pragma journal_mode = delete;"
			       "pragma synchronous = extra;"
			       "pragma secure_delete = on;"
			       "pragma foreign_keys = on;"
			       "pragma cell_size_check = on;"
			       "pragma cache_size = -16000;"
			       "pragma temp_store = memory;" /* people's data in no other file */
			       "pragma mmap_size = 0";

const char *store_path(struct arena *arena, const char *context)
{
	return file_state_path(arena, mem_format(arena, "store-%s.sqlite", context));
}

int64_t store_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- failures ---- */

static bool is_full(int error)
{
	return error == ENOSPC || error == EDQUOT || error == EFBIG;
}

/* errno itself is gone when SQLite has rolled back; the file remembers it. */
static bool was_full(struct store *store, int kind)
{
	int error = 0;

	if (kind != SQLITE_IOERR || store->db == NULL)
		return kind == SQLITE_FULL;
	sqlite3_file_control(store->db, "main", SQLITE_FCNTL_LAST_ERRNO, &error);
	return is_full(error);
}

enum store_state store_failed(struct store *store, int rc)
{
	int kind = rc & 0xff;

	store->why = sqlite3_errstr(rc);
	if (store->db != NULL && sqlite3_extended_errcode(store->db) == rc)
		store->why = mem_format(store->arena, "%s", sqlite3_errmsg(store->db));
	store->full = was_full(store, kind);
	if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
		return STORE_DAMAGED;
	return kind == SQLITE_BUSY || kind == SQLITE_LOCKED ? STORE_BUSY : STORE_FAILED;
}

enum store_state store_failed_system(struct store *store, const char *what)
{
	store->full = is_full(errno);
	store->why = mem_format(store->arena, "%s: %s", what, strerror(errno));
	return STORE_FAILED;
}

/* ---- the file and its lock ---- */

void store_init(struct store *store, struct arena *arena, const char *path)
{
	*store = (struct store){.lock = -1, .arena = arena, .path = path};
	signal(SIGXFSZ, SIG_IGN); /* a limit on file sizes is a full disk, not the end */
}

enum store_state store_look(struct store *store)
{
	struct stat st;

	if (lstat(store->path, &st) != 0) {
		if (errno == ENOENT || errno == ENOTDIR)
			return STORE_ABSENT;
		return store_failed_system(store, store->path);
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0 || st.st_uid != geteuid())
		return STORE_TOO_OPEN;
	return STORE_OPEN;
}

static bool wait_a_little(int *left_ms)
{
	enum { STEP_MS = 20 };
	const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};

	if (*left_ms <= 0)
		return false;
	nanosleep(&step, NULL);
	*left_ms -= STEP_MS;
	return true;
}

enum store_state store_hold(struct store *store, int wait_ms)
{
	const char *beside = mem_format(store->arena, "%s.lock", store->path);
	int fd = open(beside, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return store_failed_system(store, beside);
	while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		if ((errno == EWOULDBLOCK || errno == EINTR) && wait_a_little(&wait_ms))
			continue;
		store->why = mem_format(store->arena, "%s: %s", beside, strerror(errno));
		close(fd);
		return STORE_BUSY;
	}
	store->lock = fd;
	return STORE_OPEN;
}

/* ---- the connection ---- */

bool store_number(struct store *store, const char *sql, int64_t *number)
{
	sqlite3_stmt *statement;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);

	if (rc == SQLITE_OK)
		rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*number = sqlite3_column_int64(statement, 0);
	else
		store_failed(store, rc);
	sqlite3_finalize(statement);
	return rc == SQLITE_ROW;
}

bool store_exec(struct store *store, const char *sql)
{
	int rc = sqlite3_exec(store->db, sql, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		store_failed(store, rc);
	return rc == SQLITE_OK;
}

/* What SQLite does not understand it ignores. */
static enum store_state settle(struct store *store)
{
	int64_t synchronous, secure, keys;
	int rc = sqlite3_exec(store->db, settings, NULL, NULL, NULL);

	if (rc != SQLITE_OK)
		return store_failed(store, rc);
	if (!store_number(store, "pragma synchronous", &synchronous) ||
	    !store_number(store, "pragma secure_delete", &secure) ||
	    !store_number(store, "pragma foreign_keys", &keys) || synchronous != 3 || secure != 1 || keys != 1) {
		store->why = "this SQLite does not take the settings of the store";
		return STORE_FAILED;
	}
	return STORE_OPEN;
}

enum store_state store_connect(struct store *store)
{
	int rc = sodium_init() < 0 ? SQLITE_ERROR : SQLITE_OK;

	if (rc == SQLITE_OK)
		rc = sqlite3_open_v2(store->path, &store->db,
				     SQLITE_OPEN_READWRITE | SQLITE_OPEN_PRIVATECACHE | SQLITE_OPEN_EXRESCODE, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	if (rc == SQLITE_OK)
		rc = sqlite3_db_config(store->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	if (rc == SQLITE_OK)
		rc = store_add_seal(store->db);
	return rc == SQLITE_OK ? settle(store) : store_failed(store, rc);
}

void store_disconnect(struct store *store)
{
	for (size_t i = 0; i < store->n_texts; i++)
		sqlite3_finalize(store->texts[i].statement);
	store->n_texts = 0;
	sqlite3_close(store->db);
	store->db = NULL;
	store->ready = false;
}

/* With the lock; another process may have set the file aside meanwhile, or made a new one. */
static enum store_state open_held(struct store *store)
{
	enum store_state state = store_look(store);

	if (state == STORE_ABSENT)
		return store_take_up(store);
	if (state == STORE_OPEN)
		state = store_connect_checked(store);
	if (state == STORE_DAMAGED)
		store_give_up(store);
	return state;
}

enum store_state store_open(struct store *store, struct arena *arena, const char *context, int wait_ms)
{
	enum store_state state;

	store_init(store, arena, store_path(arena, context));
	state = store_look(store);
	if (state == STORE_ABSENT) /* or just being made anew */
		state = store_find_damaged(store) != NULL ? STORE_OPEN : store_look(store);
	if (state == STORE_OPEN)
		state = store_hold(store, wait_ms);
	if (state == STORE_OPEN)
		state = open_held(store);
	if (state == STORE_OPEN)
		store_scrub(store);
	if (state != STORE_OPEN)
		store_close(store);
	return state;
}

void store_close(struct store *store)
{
	store_scrub(store);
	store_disconnect(store);
	if (store->lock >= 0)
		close(store->lock);
	store->lock = -1;
}

/* ---- statements and transactions ---- */

void store_bind_text(sqlite3_stmt *statement, int n, const char *text)
{
	sqlite3_bind_text(statement, n, text, -1, SQLITE_STATIC);
}

struct sqlite3_stmt *store_prepare(struct store *store, const char *sql)
{
	sqlite3_stmt *statement;
	int rc;

	for (size_t i = 0; i < store->n_texts; i++) {
		if (store->texts[i].sql != sql && strcmp(store->texts[i].sql, sql) != 0)
			continue;
		sqlite3_reset(store->texts[i].statement);
		sqlite3_clear_bindings(store->texts[i].statement);
		return store->texts[i].statement;
	}
	rc = sqlite3_prepare_v3(store->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL);
	if (rc != SQLITE_OK) {
		store_failed(store, rc);
		return NULL;
	}
	store->texts = mem_grow(store->arena, store->texts, store->n_texts, &store->max_texts, sizeof(*store->texts));
	store->texts[store->n_texts++] =
		(struct store_text){.sql = mem_copy(store->arena, sql, strlen(sql)), .statement = statement};
	return statement;
}

bool store_run(struct store *store, struct sqlite3_stmt *statement)
{
	int rc = SQLITE_ROW;

	if (statement == NULL)
		return false;
	while (rc == SQLITE_ROW)
		rc = sqlite3_step(statement);
	if (rc != SQLITE_DONE)
		store_failed(store, rc);
	sqlite3_reset(statement);
	return rc == SQLITE_DONE;
}

bool store_begin(struct store *store)
{
	store->full = false;
	return store_run(store, store_prepare(store, "begin immediate"));
}

bool store_commit(struct store *store)
{
	return store_run(store, store_prepare(store, "commit"));
}

/* `why` and `full` stay those of the failure before. A full disk has rolled back by itself. */
void store_roll_back(struct store *store)
{
	if (store->db != NULL && sqlite3_get_autocommit(store->db) == 0)
		sqlite3_exec(store->db, "rollback", NULL, NULL, NULL);
}

/* ---- facts ---- */

const char *store_fact(struct store *store, struct arena *arena, const char *name)
{
	sqlite3_stmt *statement = store_prepare(store, "select value from fact where name = ?1");
	const char *value = NULL;

	if (statement == NULL)
		return NULL;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		value = mem_format(arena, "%s", (const char *)sqlite3_column_text(statement, 0));
	sqlite3_reset(statement);
	return value;
}

bool store_set_fact(struct store *store, const char *name, const char *value)
{
	sqlite3_stmt *statement =
		store_prepare(store, "insert into fact (name, value, seal) values (?1, ?2, seal_of(?1, ?2)) "
				     "on conflict (name) do update set value = excluded.value, seal = excluded.seal");

	if (statement == NULL)
		return false;
	sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
	sqlite3_bind_text(statement, 2, value, -1, SQLITE_STATIC);
	return store_run(store, statement);
}

/* ---- purging ---- */

bool store_note_purge(struct store *store)
{
	return store_set_fact(store, "scrub", "due");
}

bool store_scrub(struct store *store)
{
	int64_t due = 0;

	if (!store->ready || sqlite3_get_autocommit(store->db) == 0)
		return false;
	if (!store_number(store, "select count(*) from fact where name = 'scrub'", &due))
		return false;
	if (due == 0)
		return true;
	return store_exec(store, "vacuum") && store_exec(store, "delete from fact where name = 'scrub'");
}
