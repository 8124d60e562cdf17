/* The whole ledger, row after row, from one snapshot on a connection of its own. */
#include "ledger_reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

/* A page of the largest entries, imports of 1000 lines, is some 25 MB. */
#define PAGE "64"

enum { STREAM_ENTRIES, STREAM_RECORDS, STREAM_HEADS, STREAM_STRAYS, STREAMS };

/* What each cursor reads; its columns are those that the function of the stream takes, in order. */
static const struct {
	const char *declare, *fetch;
} queries[STREAMS] = {
	[STREAM_ENTRIES] = {
		"declare entries no scroll cursor for "
		"select e.feed, e.position, e.op_id, (extract(epoch from e.at) * 1000000)::int8, e.account_id, e.grant_id,"
		" e.device_id, e.device_seq, e.method, e.request_hash, e.touched, e.body, e.prev_hash, e.hash,"
		" o.request_hash, o.account_id, (extract(epoch from o.at) * 1000000)::int8 "
		"from ledger.entry e left join ledger.op o on o.op_id = e.op_id order by e.feed, e.position",
		"fetch " PAGE " from entries"},
	[STREAM_RECORDS] = {
		"declare records no scroll cursor for "
		"select r.feed, r.position, (extract(epoch from r.at) * 1000000)::int8,"
		" concat_ws(',', r.entity, r.id, r.version, r.kind) "
		"from ledger.record r order by r.feed, r.position, r.entity collate \"C\", r.id",
		"fetch " PAGE " from records"},
	[STREAM_HEADS] = {
		"declare heads no scroll cursor for "
		"select h.feed, h.position, h.hash from ledger.feed_head h order by h.feed",
		"fetch " PAGE " from heads"},
	[STREAM_STRAYS] = {
		"declare strays no scroll cursor for "
		"select o.feed, o.position from ledger.op o "
		"left join ledger.entry e on e.feed = o.feed and e.position = o.position "
		"where e.op_id is distinct from o.op_id or (o.device_id, o.device_seq) is distinct from"
		" (case when e.device_seq is not null then e.device_id end, e.device_seq) order by o.feed, o.position",
		"fetch " PAGE " from strays"},
};

struct stream {
	PGresult *page;
	int row; /* of the page, the next one */
	bool declared;
};

struct ledger_reader {
	PGconn *pg;
	struct stream streams[STREAMS];
};

/* ---- asking ---- */

/* Every parameter is given, so that no PG* variable or file decides (pitfalls R5). */
static PGconn *open_connection(const struct ledger_source *source)
{
	char port[16];
	const char *keys[] = {"host", "port", "dbname", "user", "client_encoding", "application_name",
			      "sslmode", "gssencmode", "connect_timeout", NULL};
	const char *values[] = {source->host, port, source->dbname, source->user, "UTF8", "chibod ledger",
				source->host[0] == '/' ? "disable" : "verify-full", "disable", "10", NULL};

	(void)snprintf(port, sizeof port, "%u", source->port);
	return PQconnectdbParams(keys, values, 0);
}

static void ignore_notice(void *arg, const PGresult *result)
{
	(void)arg;
	(void)result;
}

/* One command, its one result; results come in binary. */
static PGresult *ask(PGconn *pg, const char *sql)
{
	PGresult *result, *more;

	if (!PQsendQueryParams(pg, sql, 0, NULL, NULL, NULL, NULL, 1))
		return NULL;
	result = PQgetResult(pg);
	while ((more = PQgetResult(pg)) != NULL)
		PQclear(more);
	return result;
}

static bool command(PGconn *pg, const char *sql)
{
	PGresult *result = ask(pg, sql);
	bool done = PQresultStatus(result) == PGRES_COMMAND_OK;

	PQclear(result);
	return done;
}

struct ledger_reader *ledger_reader_open(const struct ledger_source *source, char *reason, size_t size)
{
	struct ledger_reader *reader = calloc(1, sizeof *reader);

	if (!reader) {
		(void)snprintf(reason, size, "out of memory");
		return NULL;
	}
	reader->pg = open_connection(source);
	(void)PQsetNoticeReceiver(reader->pg, ignore_notice, NULL);
	/* All cursors see the same moment, and writers are not hindered. */
	if (PQstatus(reader->pg) == CONNECTION_OK &&
	    command(reader->pg, "begin isolation level repeatable read read only"))
		return reader;
	(void)snprintf(reason, size, "%s", ledger_reader_reason(reader));
	ledger_reader_close(reader);
	return NULL;
}

void ledger_reader_close(struct ledger_reader *reader)
{
	for (unsigned i = 0; i < STREAMS; i++)
		PQclear(reader->streams[i].page);
	PQfinish(reader->pg);
	free(reader);
}

const char *ledger_reader_reason(const struct ledger_reader *reader)
{
	return PQerrorMessage(reader->pg);
}

/* ---- streams ---- */

static enum ledger_next next_row(struct ledger_reader *reader, unsigned which)
{
	struct stream *stream = &reader->streams[which];

	if (!stream->declared && !command(reader->pg, queries[which].declare))
		return LEDGER_FAILED;
	stream->declared = true;
	if (!stream->page || ++stream->row == PQntuples(stream->page)) {
		PQclear(stream->page);
		stream->row = 0;
		stream->page = ask(reader->pg, queries[which].fetch);
		if (PQresultStatus(stream->page) != PGRES_TUPLES_OK)
			return LEDGER_FAILED;
		if (PQntuples(stream->page) == 0)
			stream->row = -1; /* whoever asks again gets another empty page */
	}
	return stream->row < 0 ? LEDGER_END : LEDGER_ROW;
}

static struct ledger_bytes column(const struct ledger_reader *reader, unsigned which, int n)
{
	const struct stream *stream = &reader->streams[which];

	return (struct ledger_bytes){(const uint8_t *)PQgetvalue(stream->page, stream->row, n),
				     (size_t)PQgetlength(stream->page, stream->row, n)};
}

enum ledger_next ledger_next_entry(struct ledger_reader *reader, struct ledger_entry *entry)
{
	struct ledger_bytes *const rest[] = {&entry->body, &entry->prev_hash, &entry->hash, &entry->op_hash,
					     &entry->op_account, &entry->op_at};
	enum ledger_next next = next_row(reader, STREAM_ENTRIES);

	if (next != LEDGER_ROW)
		return next;
	for (int i = 0; i < LEDGER_FIELDS; i++)
		entry->fields[i] = column(reader, STREAM_ENTRIES, i);
	for (int i = 0; i < (int)(sizeof rest / sizeof *rest); i++)
		*rest[i] = column(reader, STREAM_ENTRIES, LEDGER_FIELDS + i);
	return next;
}

enum ledger_next ledger_next_record(struct ledger_reader *reader, struct ledger_record *record)
{
	enum ledger_next next = next_row(reader, STREAM_RECORDS);

	if (next != LEDGER_ROW)
		return next;
	record->feed = column(reader, STREAM_RECORDS, 0);
	record->position = column(reader, STREAM_RECORDS, 1);
	record->at = column(reader, STREAM_RECORDS, 2);
	record->line = column(reader, STREAM_RECORDS, 3);
	return next;
}

enum ledger_next ledger_next_head(struct ledger_reader *reader, struct ledger_head *head)
{
	enum ledger_next next = next_row(reader, STREAM_HEADS);

	if (next != LEDGER_ROW)
		return next;
	head->feed = column(reader, STREAM_HEADS, 0);
	head->position = column(reader, STREAM_HEADS, 1);
	head->hash = column(reader, STREAM_HEADS, 2);
	return next;
}

enum ledger_next ledger_next_stray(struct ledger_reader *reader, struct ledger_head *receipt)
{
	enum ledger_next next = next_row(reader, STREAM_STRAYS);

	if (next != LEDGER_ROW)
		return next;
	receipt->feed = column(reader, STREAM_STRAYS, 0);
	receipt->position = column(reader, STREAM_STRAYS, 1);
	receipt->hash = (struct ledger_bytes){NULL, 0};
	return next;
}
