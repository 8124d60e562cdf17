/* A new store, and one of an older chibo: made beside what is there, and put in its place when it is complete. */
#include "store_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char *stamp(struct arena *arena)
{
	time_t now = time(NULL);
	struct tm utc;
	char text[32];

	gmtime_r(&now, &utc);
	strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &utc);
	return mem_format(arena, "%s", text);
}

const char *store_aside_name(struct store *store, const char *kind)
{
	const char *first = mem_format(store->arena, "%s.%s-%s", store->path, kind, stamp(store->arena));
	const char *name = first;
	struct stat st;

	for (int i = 2; lstat(name, &st) == 0; i++)
		name = mem_format(store->arena, "%s-%d", first, i);
	return name;
}

void store_flush_folder(struct store *store)
{
	const char *slash = strrchr(store->path, '/');
	const char *folder = mem_copy(store->arena, store->path, (size_t)(slash - store->path));
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

static bool make_empty(struct store *store, const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0) {
		store_failed_system(store, path);
		return false;
	}
	close(fd);
	return true;
}

/* ---- from an older chibo ---- */

/* Into a file that is there already and empty: SQLite would make one that others can read. */
static bool copy_aside(struct store *store, int version)
{
	const char *copy = store_aside_name(store, mem_format(store->arena, "v%d", version));
	sqlite3_stmt *statement = store_prepare(store, "vacuum into ?1");

	if (statement == NULL || !make_empty(store, copy))
		return false;
	sqlite3_bind_text(statement, 1, copy, -1, SQLITE_STATIC);
	return store_run(store, statement);
}

static bool step_up(struct store *store, const char *const *steps, int from, int to)
{
	bool done = true;

	for (int i = from; done && i < to; i++)
		done = store_exec(store, steps[i]);
	return done && store_exec(store, mem_format(store->arena, "pragma application_id = %d; pragma user_version = %d",
						    STORE_APPLICATION, to));
}

bool store_upgrade(struct store *store, const char *const *steps, int from, int to)
{
	if ((from > 0 && !copy_aside(store, from)) || !store_begin(store))
		return false;
	if (step_up(store, steps, from, to) && store_commit(store))
		return true;
	store_roll_back(store);
	return false;
}

/* ---- for a new device ---- */

static bool keep_op(void *owner, const struct op *op)
{
	struct store_ops *list = owner;

	list->ops[list->n++] = *op;
	return true;
}

static bool collect(struct store *store, struct store_ops *list)
{
	int64_t n;

	if (!store_number(store, "select count(*) from op", &n))
		return false;
	list->ops = mem_take(store->arena, (size_t)(n + 1) * sizeof(*list->ops));
	return outbox_each(store, store->arena, ~0u, keep_op, list);
}

/* By the server's clock, as its answers had it: this computer's may be wrong. */
static int64_t last_answer(const struct store_ops *list)
{
	int64_t last = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->ops[i].state == OP_SAVED && list->ops[i].answered_at_us > last)
			last = list->ops[i].answered_at_us;
	return last;
}

/* What a person or the server has still to answer, and what a server that was restored may have lost together with the enrolment
 * under which it was saved. */
static bool is_carried(const struct op *op, int64_t saved_since)
{
	if (op->state == OP_SAVED)
		return op->answered_at_us >= saved_since;
	return op->state == OP_WAITING || op->state == OP_UNKNOWN || op->state == OP_PARKED;
}

/* In the new chain each has to be sent again: the server knows by its op_id what it did with it. */
static bool carry(struct store *store, const struct store_ops *list)
{
	int64_t saved_since = last_answer(list) - OUTBOX_KEEP_US;

	for (size_t i = 0; i < list->n; i++) {
		struct op op = list->ops[i];

		if (!is_carried(&op, saved_since))
			continue;
		if (op.state != OP_WAITING)
			op.state = OP_UNKNOWN;
		op.answered_at_us = op.position = 0;
		op.code = 0;
		op.rule = op.field = op.params = NULL;
		if (!outbox_add(store, &op))
			return false;
	}
	return true;
}

static bool put_device(struct store *store, const uint8_t device_id[static STORE_ID])
{
	static const uint8_t zero[STORE_HASH];
	sqlite3_stmt *statement =
		store_prepare(store, "insert into store (one, device_id, last_seq, last_hash, ops, seal) "
				     "values (1, ?1, 0, ?2, 0, seal_of(?1, 0, ?2, 0))");

	if (statement == NULL)
		return false;
	sqlite3_bind_blob(statement, 1, device_id, STORE_ID, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 2, zero, STORE_HASH, SQLITE_STATIC);
	return store_run(store, statement);
}

static bool restore(struct store *store, const struct store_ops *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!outbox_restore(store, &list->ops[i]))
			return false;
	return true;
}

/* What goes into a new file. */
struct content {
	const uint8_t *device_id;
	const char *history; /* what its receipts are of; NULL: unknown */
	struct store_ops *list;
	bool (*put)(struct store *store, const struct store_ops *list); /* carry() or restore() */
};

static bool put_history(struct store *store, const char *history)
{
	return history == NULL || store_set_fact(store, STORE_HISTORY_FACT, history);
}

static bool fill(struct store *store, const struct content *content)
{
	if (!store_exec(store, mem_format(store->arena, "pragma page_size = %d", STORE_PAGE)) ||
	    !store_upgrade(store, store_steps, 0, STORE_SCHEMA) || !store_begin(store))
		return false;
	if (put_device(store, content->device_id) && put_history(store, content->history) &&
	    content->put(store, content->list) && store_commit(store))
		return true;
	store_roll_back(store);
	return false;
}

/* The old file gets a second name before the new one takes its place: at no moment is there none. */
static bool take_place(struct store *store, const char *made)
{
	if (store_look(store) != STORE_ABSENT) {
		store->aside = store_aside_name(store, "old");
		if (link(store->path, store->aside) != 0 && rename(store->path, store->aside) != 0)
			return false;
	}
	if (rename(made, store->path) != 0)
		return false;
	store_flush_folder(store);
	return true;
}

static const char *made_name(const struct store *store)
{
	return mem_format(store->arena, "%s.new", store->path);
}

/* Complete, beside the place where it belongs. */
static enum store_state build(struct store *store, const struct content *content)
{
	const char *path = store->path;
	const char *made = made_name(store);
	enum store_state state;
	bool done = false;

	unlink(made); /* of an attempt that was broken off: nothing was put into it since */
	unlink(mem_format(store->arena, "%s-journal", made));
	if (!make_empty(store, made))
		return STORE_FAILED;
	store->path = made;
	state = store_connect(store);
	if (state == STORE_OPEN)
		done = fill(store, content);
	store_disconnect(store);
	store->path = path;
	return state == STORE_OPEN && !done ? STORE_FAILED : state;
}

static enum store_state make(struct store *store, const struct content *content)
{
	enum store_state state = build(store, content);

	if (state == STORE_OPEN && !take_place(store, made_name(store)))
		return store_failed_system(store, store->path);
	return state;
}

/* ---- what was there ---- */

/* Its operations live on elsewhere: nobody is to take them out of here again. */
static void mark_carried(struct store *store)
{
	const char *name = store_aside_name(store, "old");

	if (store->aside != NULL && strstr(store->aside, ".damaged-") != NULL && rename(store->aside, name) == 0)
		store->aside = name;
}

/* In a new file, if nothing is missing. */
static void go_on_with(struct store *store, struct salvage *salvage)
{
	const struct content content = {salvage->device_id, salvage->history, &salvage->intact, restore};

	if (!salvage->whole)
		return;
	store->rebuilt = make(store, &content) == STORE_OPEN;
	if (store->rebuilt)
		mark_carried(store);
}

void store_give_up(struct store *store)
{
	struct salvage salvage;
	const char *why = store->why;

	store_disconnect(store);
	if (store_set_aside(store, &salvage))
		go_on_with(store, &salvage);
	store->why = why;
}

enum store_state store_take_up(struct store *store)
{
	struct salvage salvage;

	if (!store_salvage_found(store, &salvage))
		return STORE_ABSENT;
	go_on_with(store, &salvage);
	if (store->why == NULL)
		store->why = "the file was damaged and is set aside";
	return STORE_DAMAGED;
}

/* Numbers of a chain that is broken must not be given twice: the server would take this computer for two. */
static enum store_state take_salvage(struct store *store, struct content *content, const struct salvage *salvage)
{
	bool is_ours = memcmp(salvage->device_id, content->device_id, STORE_ID) == 0;

	if (is_ours && !salvage->whole) {
		store->why = "the outbox of this device is damaged: the computer has to be enrolled anew";
		return STORE_DAMAGED;
	}
	*content->list = salvage->intact;
	content->history = salvage->history;
	if (is_ours)
		content->put = restore;
	return STORE_OPEN;
}

/* The file of the device that this computer was before. */
static enum store_state leave_old(struct store *store, struct content *content, bool *is_ours)
{
	struct salvage salvage = {0};
	enum store_state state = store_look(store);

	if (state == STORE_OPEN)
		state = store_connect_checked(store);
	*is_ours = state == STORE_OPEN && memcmp(store->device_id, content->device_id, STORE_ID) == 0;
	if (*is_ours)
		return STORE_OPEN;
	if (state == STORE_OPEN) {
		content->history = store_fact(store, store->arena, STORE_HISTORY_FACT);
		state = collect(store, content->list) ? STORE_OPEN : STORE_FAILED;
	}
	store_disconnect(store);
	if (state == STORE_DAMAGED)
		state = store_set_aside(store, &salvage) ? STORE_ABSENT : STORE_FAILED;
	else if (state == STORE_ABSENT)
		(void)!store_salvage_found(store, &salvage);
	return state == STORE_ABSENT ? take_salvage(store, content, &salvage) : state;
}

static void make_folder(struct store *store)
{
	char *folder = mem_format(store->arena, "%s", store->path);

	for (char *slash = strchr(folder + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(folder, 0700); /* what is missing in the end shows when the file is made */
		*slash = '/';
	}
}

/* The lock, and what goes into the new file. */
static enum store_state prepare(struct store *store, struct content *content, bool *is_ours)
{
	enum { WAIT_MS = 10000 };
	enum store_state state;

	make_folder(store);
	state = store_hold(store, WAIT_MS);
	return state == STORE_OPEN ? leave_old(store, content, is_ours) : state;
}

enum store_state store_try_create(struct store *store, struct arena *arena, const char *context)
{
	static const uint8_t nobody[STORE_ID] = {0xff};
	struct store_ops list = {0};
	struct content content = {nobody, NULL, &list, carry};
	enum store_state state;
	bool is_ours;

	store_init(store, arena, store_path(arena, context));
	state = prepare(store, &content, &is_ours);
	if (state == STORE_OPEN)
		state = build(store, &content);
	if (store->lock >= 0)
		unlink(made_name(store));
	store_close(store);
	return state;
}

enum store_state store_create(struct store *store, struct arena *arena, const char *context,
			      const uint8_t device_id[static STORE_ID])
{
	struct store_ops list = {0};
	struct content content = {device_id, NULL, &list, carry};
	enum store_state state;
	bool is_ours = false;

	store_init(store, arena, store_path(arena, context));
	state = prepare(store, &content, &is_ours);
	if (state == STORE_OPEN && !is_ours) {
		state = make(store, &content);
		if (state == STORE_OPEN)
			mark_carried(store);
		if (state == STORE_OPEN)
			state = store_connect_checked(store);
	}
	if (state != STORE_OPEN)
		store_close(store);
	return state;
}
