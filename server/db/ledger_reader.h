/* The whole ledger, row after row, from one snapshot on a connection of its own. Blocks: for operators' commands. */
#ifndef CHIBO_DB_LEDGER_READER_H
#define CHIBO_DB_LEDGER_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

struct ledger_source {
	const char *host; /* directory of the UNIX socket, or a host name */
	unsigned port;
	const char *dbname;
	const char *user;
};

/* Bytes of a column as PostgreSQL sends them: integers big-endian, absent as length 0. Valid until the next row. */
struct ledger_bytes {
	const uint8_t *data;
	size_t len;
};

/* The fields that an entry's bytes hold, in their order there; `at` in microseconds since 1970. */
enum ledger_field {
	LEDGER_FEED,
	LEDGER_POSITION,
	LEDGER_OP_ID,
	LEDGER_AT,
	LEDGER_ACCOUNT,
	LEDGER_GRANT,
	LEDGER_DEVICE,
	LEDGER_DEVICE_SEQ,
	LEDGER_METHOD,
	LEDGER_REQUEST_HASH,
	LEDGER_TOUCHED,
	LEDGER_FIELDS
};

struct ledger_entry {
	struct ledger_bytes fields[LEDGER_FIELDS];
	struct ledger_bytes body, prev_hash, hash;
	struct ledger_bytes op_hash, op_account, op_at; /* of its operation; length 0 if that is not there */
};

/* A touched record, its line as in `touched`. */
struct ledger_record {
	struct ledger_bytes feed, position, at, line;
};

struct ledger_head {
	struct ledger_bytes feed, position, hash;
};

enum ledger_next { LEDGER_ROW, LEDGER_END, LEDGER_FAILED };

struct ledger_reader;

/* NULL: `reason` says why. */
struct ledger_reader *ledger_reader_open(const struct ledger_source *source, char *reason, size_t size);
void ledger_reader_close(struct ledger_reader *reader);
/* Why the last answer was LEDGER_FAILED. */
const char *ledger_reader_reason(const struct ledger_reader *reader);

/* Each in the order of feed and position, records then in that of their lines. */
enum ledger_next ledger_next_entry(struct ledger_reader *reader, struct ledger_entry *entry) MUST_CHECK;
enum ledger_next ledger_next_record(struct ledger_reader *reader, struct ledger_record *record) MUST_CHECK;
enum ledger_next ledger_next_head(struct ledger_reader *reader, struct ledger_head *head) MUST_CHECK;
/* Operations whose receipt names no entry of theirs: feed and position of the receipt; `hash` stays empty. */
enum ledger_next ledger_next_stray(struct ledger_reader *reader, struct ledger_head *receipt) MUST_CHECK;

#endif
