/* Proves every chain of the ledger from the stored bytes, or names the first place where it is broken. */
#include "ledger_verify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

enum {
	FEED_LEN = 16,
	HASH_LEN = crypto_hash_sha256_BYTES,
	FEED_TEXT = 37,
	PROGRESS_EVERY = 4096, /* entries, a power of two */
	EXIT_BROKEN = 1,
};

static const char *const field_names[LEDGER_FIELDS] = {
	"feed", "position", "op_id", "at", "account_id", "grant_id", "device_id", "device_seq", "method",
	"request_hash", "touched",
};

struct verify {
	struct ledger_reader *reader;
	uint8_t feed[FEED_LEN]; /* being walked along, if there was an entry yet */
	int64_t position;       /* reached in it */
	uint8_t hash[HASH_LEN];
	struct ledger_record record; /* the next one that no entry has accounted for */
	bool has_record;
	struct ledger_head head;     /* the next feed's */
	bool has_head;
	uint64_t entries, feeds;
	double started;
	int code; /* EX_OK, or why the walk has ended */
};

/* ---- telling ---- */

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void print_feed(const uint8_t *feed, char text[static FEED_TEXT])
{
	char *out = text;

	for (unsigned i = 0; i < FEED_LEN; i++)
		out += sprintf(out, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", feed[i]);
}

static double rate(const struct verify *v)
{
	double seconds = now() - v->started;

	return seconds > 0 ? (double)v->entries / seconds : 0;
}

static void show_progress(const struct verify *v)
{
	if ((v->entries & (PROGRESS_EVERY - 1)) == 0 && isatty(STDERR_FILENO))
		fprintf(stderr, "\r%" PRIu64 " entries, %.0f/s ", v->entries, rate(v));
}

static void end_progress(void)
{
	if (isatty(STDERR_FILENO))
		fputs("\r\033[K", stderr);
}

/* The first trouble ends the walk. */
static bool broken(struct verify *v, struct ledger_bytes feed, int64_t position, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static bool broken(struct verify *v, struct ledger_bytes feed, int64_t position, const char *format, ...)
{
	char name[FEED_TEXT] = "(none)";
	va_list args;

	if (feed.len == FEED_LEN)
		print_feed(feed.data, name);
	end_progress();
	fprintf(stderr, "chibod: feed %s position %" PRId64 ": ", name, position);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	v->code = EXIT_BROKEN;
	return false;
}

/* True if there is a row; false at the end and on failure, which v->code tells apart. */
static bool has_row(struct verify *v, enum ledger_next next)
{
	if (next == LEDGER_FAILED) {
		end_progress();
		fprintf(stderr, "chibod: %s", ledger_reader_reason(v->reader));
		v->code = EX_UNAVAILABLE;
	}
	return next == LEDGER_ROW;
}

/* ---- bytes ---- */

static bool same(struct ledger_bytes a, struct ledger_bytes b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

static struct ledger_bytes bytes(const uint8_t *data, size_t len)
{
	return (struct ledger_bytes){data, len};
}

/* Absent is 0, where no entry stands. */
static int64_t number(struct ledger_bytes b)
{
	uint64_t value = 0;

	for (size_t i = 0; i < b.len && i < sizeof value; i++)
		value = value << 8 | b.data[i];
	return (int64_t)value;
}

/* Cuts the next field of an entry's body off its front. */
static bool take_field(struct ledger_bytes *body, struct ledger_bytes *field)
{
	uint32_t len;

	if (body->len < 4)
		return false;
	len = (uint32_t)body->data[0] << 24 | (uint32_t)body->data[1] << 16 | (uint32_t)body->data[2] << 8 |
	      body->data[3];
	if (len > body->len - 4)
		return false;
	*field = bytes(body->data + 4, len);
	*body = bytes(field->data + len, body->len - 4 - len);
	return true;
}

/* ---- touched records ---- */

static bool next_record(struct verify *v)
{
	v->has_record = has_row(v, ledger_next_record(v->reader, &v->record));
	return v->code == EX_OK;
}

/* Cuts the next line off the front of `touched`. */
static struct ledger_bytes take_line(struct ledger_bytes *touched)
{
	const uint8_t *end = memchr(touched->data, '\n', touched->len);
	size_t len = end ? (size_t)(end - touched->data) : touched->len;
	struct ledger_bytes line = bytes(touched->data, len);

	*touched = bytes(touched->data + len + (end != NULL), touched->len - len - (end != NULL));
	return line;
}

static bool record_is_of(const struct verify *v, const struct ledger_entry *entry)
{
	return v->has_record && same(v->record.feed, entry->fields[LEDGER_FEED]) &&
	       same(v->record.position, entry->fields[LEDGER_POSITION]);
}

/* Records stand in the order of entries, and within one in that of its lines. */
static bool check_records(struct verify *v, const struct ledger_entry *entry)
{
	struct ledger_bytes touched = entry->fields[LEDGER_TOUCHED];
	struct ledger_bytes feed = entry->fields[LEDGER_FEED];
	int64_t position = number(entry->fields[LEDGER_POSITION]);

	while (touched.len > 0) {
		struct ledger_bytes line = take_line(&touched);

		if (!record_is_of(v, entry) || !same(v->record.line, line))
			return broken(v, feed, position, "ledger.record lacks or changes %.*s", (int)line.len,
				      (const char *)line.data);
		if (!same(v->record.at, entry->fields[LEDGER_AT]))
			return broken(v, feed, position, "ledger.record has another time");
		if (!next_record(v))
			return false;
	}
	if (record_is_of(v, entry))
		return broken(v, feed, position, "ledger.record has more than was touched: %.*s",
			      (int)v->record.line.len, (const char *)v->record.line.data);
	return true;
}

/* ---- one entry ---- */

static bool check_link(struct verify *v, const struct ledger_entry *entry)
{
	struct ledger_bytes feed = entry->fields[LEDGER_FEED];
	int64_t position = number(entry->fields[LEDGER_POSITION]);
	uint8_t hash[HASH_LEN];
	crypto_hash_sha256_state state;

	if (position != v->position + 1)
		return broken(v, feed, v->position + 1, "missing, %" PRId64 " comes next", position);
	if (!same(entry->prev_hash, bytes(v->hash, HASH_LEN)))
		return broken(v, feed, position, "prev_hash is not the hash of the entry before");
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, entry->prev_hash.data, entry->prev_hash.len);
	crypto_hash_sha256_update(&state, entry->body.data, entry->body.len);
	crypto_hash_sha256_final(&state, hash);
	if (!same(entry->hash, bytes(hash, HASH_LEN)))
		return broken(v, feed, position, "hash is not that of prev_hash and body");
	return true;
}

static bool check_body(struct verify *v, const struct ledger_entry *entry)
{
	struct ledger_bytes feed = entry->fields[LEDGER_FEED], rest = entry->body, field;
	int64_t position = number(entry->fields[LEDGER_POSITION]);

	for (unsigned i = 0; i < LEDGER_FIELDS; i++)
		if (!take_field(&rest, &field) || !same(field, entry->fields[i]))
			return broken(v, feed, position, "%s is not what body says", field_names[i]);
	if (rest.len > 0)
		return broken(v, feed, position, "body holds more than the columns");
	return true;
}

static bool check_operation(struct verify *v, const struct ledger_entry *entry)
{
	struct ledger_bytes feed = entry->fields[LEDGER_FEED];
	int64_t position = number(entry->fields[LEDGER_POSITION]);

	if (entry->op_hash.len == 0)
		return broken(v, feed, position, "its operation is not in ledger.op");
	if (!same(entry->op_hash, entry->fields[LEDGER_REQUEST_HASH]))
		return broken(v, feed, position, "request_hash is another in ledger.op");
	if (!same(entry->op_account, entry->fields[LEDGER_ACCOUNT]))
		return broken(v, feed, position, "account_id is another in ledger.op");
	if (!same(entry->op_at, entry->fields[LEDGER_AT]))
		return broken(v, feed, position, "at is another in ledger.op");
	return true;
}

static bool check_entry(struct verify *v, const struct ledger_entry *entry)
{
	if (!check_link(v, entry) || !check_body(v, entry) || !check_operation(v, entry) ||
	    !check_records(v, entry))
		return false;
	v->position++;
	memcpy(v->hash, entry->hash.data, HASH_LEN);
	v->entries++;
	show_progress(v);
	return true;
}

/* ---- feeds ---- */

static bool next_head(struct verify *v)
{
	v->has_head = has_row(v, ledger_next_head(v->reader, &v->head));
	return v->code == EX_OK;
}

static void begin_feed(struct verify *v, struct ledger_bytes feed)
{
	memcpy(v->feed, feed.data, FEED_LEN);
	v->position = 0;
	crypto_hash_sha256(v->hash, NULL, 0);
	v->feeds++;
}

/* A head before the feed that comes next belongs to none. */
static bool check_head_is_due(struct verify *v, struct ledger_bytes feed)
{
	if (v->has_head && (feed.len == 0 || memcmp(v->head.feed.data, feed.data, FEED_LEN) < 0))
		return broken(v, v->head.feed, number(v->head.position), "feed_head of a feed without entries");
	return true;
}

static bool end_feed(struct verify *v)
{
	struct ledger_bytes feed = bytes(v->feed, FEED_LEN);
	char name[FEED_TEXT], hash[2 * HASH_LEN + 1];

	if (v->feeds == 0)
		return true;
	if (!v->has_head || !same(v->head.feed, feed))
		return broken(v, feed, v->position, "the feed has no feed_head");
	if (number(v->head.position) != v->position)
		return broken(v, feed, v->position, "the last entry, but feed_head is at %" PRId64,
			      number(v->head.position));
	if (!same(v->head.hash, bytes(v->hash, HASH_LEN)))
		return broken(v, feed, v->position, "feed_head has another hash than the last entry");
	print_feed(v->feed, name);
	end_progress();
	printf("%s %10" PRId64 " %s\n", name, v->position, sodium_bin2hex(hash, sizeof hash, v->hash, HASH_LEN));
	return next_head(v);
}

/* Records that stand before the entry are of entries that are not there. */
static bool check_record_is_due(struct verify *v, const struct ledger_entry *entry)
{
	int order;

	if (!v->has_record)
		return true;
	order = entry ? memcmp(v->record.feed.data, entry->fields[LEDGER_FEED].data, FEED_LEN) : -1;
	if (order < 0 || (order == 0 && number(v->record.position) < number(entry->fields[LEDGER_POSITION])))
		return broken(v, v->record.feed, number(v->record.position),
			      "ledger.record has %.*s, and there is no such entry", (int)v->record.line.len,
			      (const char *)v->record.line.data);
	return true;
}

static bool step(struct verify *v, const struct ledger_entry *entry)
{
	struct ledger_bytes feed = entry->fields[LEDGER_FEED];

	if (v->feeds == 0 || !same(feed, bytes(v->feed, FEED_LEN))) {
		if (!end_feed(v) || !check_head_is_due(v, feed))
			return false;
		begin_feed(v, feed);
	}
	/* A gap comes first: it explains records without an entry. */
	if (number(entry->fields[LEDGER_POSITION]) == v->position + 1 && !check_record_is_due(v, entry))
		return false;
	return check_entry(v, entry);
}

static bool check_strays(struct verify *v)
{
	struct ledger_head receipt;

	if (has_row(v, ledger_next_stray(v->reader, &receipt)))
		return broken(v, receipt.feed, number(receipt.position),
			      "ledger.op has an operation whose entry is not there");
	return v->code == EX_OK;
}

static void walk(struct verify *v)
{
	struct ledger_entry entry;

	if (!next_record(v) || !next_head(v))
		return;
	while (has_row(v, ledger_next_entry(v->reader, &entry)))
		if (!step(v, &entry))
			return;
	if (v->code != EX_OK || !end_feed(v) || !check_head_is_due(v, bytes(NULL, 0)) ||
	    !check_record_is_due(v, NULL) || !check_strays(v))
		return;
	end_progress();
	printf("%" PRIu64 " entries in %" PRIu64 " feeds, all proven (%.1f s, %.0f/s)\n", v->entries, v->feeds,
	       now() - v->started, rate(v));
}

int ledger_verify(const struct ledger_source *source)
{
	struct verify v = {.started = now()};
	char reason[1024];

	v.reader = ledger_reader_open(source, reason, sizeof reason);
	if (!v.reader) {
		fprintf(stderr, "chibod: %s", reason);
		return EX_UNAVAILABLE;
	}
	walk(&v);
	ledger_reader_close(v.reader);
	return v.code;
}
