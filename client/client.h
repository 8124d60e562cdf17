/* One run of the client: its options, memory, context and connection. */
#ifndef CHIBO_CLIENT_CLIENT_H
#define CHIBO_CLIENT_CLIENT_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "arena.h"
#include "conn.h"
#include "session.h"
#include "texts.h"

/* `chibo help exit-codes` explains them. */
enum exit_code {
	EXIT_DONE = 0,
	EXIT_OTHER = 1,
	EXIT_USAGE = 2,
	EXIT_PARTIAL = 3,
	EXIT_LOGIN = 4,
	EXIT_NO_RIGHT = 5,
	EXIT_NOT_FOUND = 6,
	EXIT_CONFLICT = 7,
	EXIT_REFUSED = 8,
	EXIT_UNREACHABLE = 9,
	EXIT_PROTOCOL = 10,
	EXIT_LEDGER = 11,
};

enum output {
	OUTPUT_TABLE,
	OUTPUT_WIDE,
	OUTPUT_JSON,
	OUTPUT_JSONL,
	OUTPUT_CSV,
	OUTPUT_TSV,
	OUTPUT_ID,
	OUTPUT_HTML, /* a page to print */
};

enum progress_mode {
	PROGRESS_AUTO,
	PROGRESS_ALWAYS,
	PROGRESS_NEVER,
};

struct globals {
	enum output output;
	bool output_given;
	const char *columns; /* field names with commas, or NULL */
	bool no_header;
	int64_t limit;	   /* rows of a list; 0: all */
	const char *out;   /* file instead of stdout, or NULL */
	const char *grant; /* of --as */
	const char *context;
	int timeout_ms; /* for one call, its retries included */
	bool dry_run;
	bool offline; /* nothing is sent: writes are queued, reads come from the replica */
	bool online;  /* nothing is queued */
	bool yes;
	bool no_input;
	bool quiet;
	bool verbose;
	bool excel;	/* BOM before CSV */
	char delimiter; /* of CSV */
	enum progress_mode progress;
	bool help;
	bool version;
};

struct store;

struct client {
	struct arena mem; /* of the whole run */
	enum lang lang;
	struct globals globals;
	struct session session;
	struct conn conn;
	struct store *store; /* of an enrolled computer, once it was needed; else NULL */
	int store_state;     /* enum store_state of it */
	const char *enrol_key; /* while this computer enrols: the key that it shows; else NULL */
	const ProtobufCMessage *hello; /* the server's answer to Hello on this connection */
	bool told_copy; /* the age of the copy, once */
	uint32_t retry_after_ms; /* of the server's last answer: not before that; 0: it said nothing about it */
	bool ledger_contradicts; /* a receipt, what this computer keeps */
	const char *title; /* of what is printed: the command in words, or NULL */
	FILE *out;
};

void client_init(struct client *client);
void client_close(struct client *client);

const char *client_say(const struct client *client, enum say id);
/* One line on stderr, {name} filled in; silent with --quiet. */
void client_note(struct client *client, enum say id, ...) __attribute__((sentinel));

#endif
