/* Heads of the ledger that this computer keeps, one line each: feed, position, hash. */
#include "heads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "files.h"
#include "value.h"

enum { FILE_MAX = 4 << 20 }; /* some 2000 feeds */

const char *heads_path(struct arena *arena, const char *context)
{
	return file_state_path(arena, mem_format(arena, "heads-%s", context));
}

const char *heads_evidence_path(struct arena *arena, const char *context)
{
	return mem_format(arena, "%s.contradicted", heads_path(arena, context));
}

static int compare(const struct head *a, const struct head *b)
{
	int order = memcmp(a->feed, b->feed, HEAD_FEED);

	return order != 0 ? order : (a->position > b->position) - (a->position < b->position);
}

/* ---- The file ---- */

static bool parse_line(char *line, struct head *head)
{
	char *state = NULL, *end = NULL;
	const char *feed = strtok_r(line, " ", &state), *position = strtok_r(NULL, " ", &state);
	const char *hash = strtok_r(NULL, " ", &state);
	size_t n = 0;

	if (feed == NULL || position == NULL || hash == NULL || !value_parse_uuid(feed, head->feed))
		return false;
	errno = 0;
	head->position = strtoull(position, &end, 10);
	return errno == 0 && *end == '\0' &&
	       sodium_hex2bin(head->hash, HEAD_HASH, hash, strlen(hash), NULL, &n, NULL) == 0 &&
	       n == HEAD_HASH;
}

/* In its place among the others; the same one again stays once. */
static void insert(struct arena *arena, struct heads *heads, const struct head *head)
{
	size_t at = heads->n;

	while (at > 0 && compare(&heads->items[at - 1], head) > 0)
		at--;
	if (at > 0 && compare(&heads->items[at - 1], head) == 0)
		return;
	heads->items = mem_grow(arena, heads->items, heads->n, &heads->capacity,
				sizeof(*heads->items));
	memmove(&heads->items[at + 1], &heads->items[at], (heads->n - at) * sizeof(*heads->items));
	heads->items[at] = *head;
	heads->n++;
}

void heads_read(struct arena *arena, const char *context, struct heads *heads)
{
	struct head head;
	char *text, *state = NULL;
	size_t n;

	*heads = (struct heads){0};
	if (file_read(arena, heads_path(arena, context), FILE_MAX, &text, &n) != FILE_READ)
		return;
	for (char *line = strtok_r(text, "\n", &state); line != NULL; line = strtok_r(NULL, "\n", &state))
		if (parse_line(line, &head))
			insert(arena, heads, &head);
}

static void put_line(struct text *out, const struct head *head)
{
	char feed[UUID_TEXT], hash[2 * HEAD_HASH + 1];

	value_print_uuid(head->feed, feed);
	sodium_bin2hex(hash, sizeof(hash), head->hash, HEAD_HASH);
	text_printf(out, "%s %" PRIu64 " %s\n", feed, head->position, hash);
}

static bool write_heads(struct arena *arena, const char *path, const struct heads *heads,
			const struct head *also)
{
	struct text out;

	text_init(&out, arena);
	for (size_t i = 0; i < heads->n; i++)
		put_line(&out, &heads->items[i]);
	if (also != NULL) {
		text_puts(&out, "# ");
		put_line(&out, also);
	}
	return file_write(arena, path, out.data, out.len);
}

/* With the lock. A step that was broken off may have been there before: what it put aside is not overwritten. */
static const char *free_name(struct arena *arena, const char *path, const char *history)
{
	const char *first = mem_format(arena, "%s.%s", path, history);
	const char *name = first;
	struct stat st;

	for (int i = 2; lstat(name, &st) == 0; i++)
		name = mem_format(arena, "%s-%d", first, i);
	return name;
}

const char *heads_set_aside(struct arena *arena, const char *context, const char *history)
{
	const char *path = heads_path(arena, context);
	int lock = file_lock(arena, path);
	const char *aside = free_name(arena, path, history);
	bool done = lock >= 0 && file_rename(arena, path, aside);

	if (lock >= 0)
		file_unlock(lock);
	return done ? aside : NULL;
}

/* ---- One more head ---- */

static const struct head *newest(const struct heads *heads, const uint8_t *feed)
{
	for (size_t i = heads->n; i > 0; i--)
		if (memcmp(heads->items[i - 1].feed, feed, HEAD_FEED) == 0)
			return &heads->items[i - 1];
	return NULL;
}

static bool holds_another(const struct heads *heads, const struct head *head)
{
	for (size_t i = 0; i < heads->n; i++)
		if (compare(&heads->items[i], head) == 0)
			return memcmp(heads->items[i].hash, head->hash, HEAD_HASH) != 0;
	return false;
}

static void drop_oldest(struct heads *heads, const uint8_t *feed)
{
	size_t first = heads->n, n = 0;

	for (size_t i = 0; i < heads->n; i++)
		if (memcmp(heads->items[i].feed, feed, HEAD_FEED) == 0) {
			first = n == 0 ? i : first;
			n++;
		}
	if (n <= HEADS_KEPT)
		return;
	memmove(&heads->items[first], &heads->items[first + n - HEADS_KEPT],
		(heads->n - (first + n - HEADS_KEPT)) * sizeof(*heads->items));
	heads->n -= n - HEADS_KEPT;
}

/* The first contradiction is the one that matters: later ones leave its record alone. */
static void keep_evidence(struct arena *arena, const char *context, const struct heads *kept,
			  const struct head *head)
{
	const char *path = heads_evidence_path(arena, context);

	if (access(path, F_OK) != 0 && !write_heads(arena, path, kept, head))
		return; /* the warning names the file all the same; its absence is seen */
}

enum heads_result heads_take(struct arena *arena, const char *context, const struct heads *before,
			     const struct head *head, bool replayed)
{
	const struct head *last = newest(before, head->feed);
	const char *path = heads_path(arena, context);
	enum heads_result result = HEADS_AGREE;
	int lock = file_lock(arena, path);
	struct heads kept;

	if (lock < 0)
		return HEADS_NOT_WRITTEN;
	heads_read(arena, context, &kept);
	if ((!replayed && last != NULL && head->position <= last->position) ||
	    holds_another(&kept, head)) {
		keep_evidence(arena, context, &kept, head);
		result = HEADS_CONTRADICT;
	} else {
		insert(arena, &kept, head);
		drop_oldest(&kept, head->feed);
		if (!write_heads(arena, path, &kept, NULL))
			result = HEADS_NOT_WRITTEN;
	}
	file_unlock(lock);
	return result;
}
