/* For local.c, local_filter.c and local_search.c alone: one question, while it is answered. */
#ifndef CHIBO_CLIENT_LOCAL_PARTS_H
#define CHIBO_CLIENT_LOCAL_PARTS_H

#include "local_row.h"

/* A word of read->filters: "from_month<period_month". */
struct filter {
	const char *asked; /* field of the request */
	char op;	   /* 0: the same name, equal */
	const char *of;	   /* field of the row or record */
};

struct answering {
	struct client *client;
	struct arena *mem;
	struct store *store;
	struct call *call;
	const struct local_read *read;
	struct units units;
	const char *today;
	struct filter *filters; /* local_check() reads them */
	size_t n_filters;
	ProtobufCMessage **rows; /* gathered */
	size_t n;
	size_t capacity;
};

/* NULL: absent, or no such field. */
const uint8_t *local_uuid(const ProtobufCMessage *message, const char *name);
/* Every field that the request sets is one that can be honoured; false: the refusal names the other one. */
bool local_check(struct answering *a) MUST_CHECK;
bool local_passes(struct answering *a, const ProtobufCMessage *row, const struct origin *origin);
/* "from_on until_on": begun, and not over; NULL: always. */
bool local_covers(struct answering *a, const char *days, const ProtobufCMessage *record);
ProtobufCMessage *local_row(struct answering *a, const struct origin *origin, const char *renames);
void local_keep(struct answering *a, ProtobufCMessage *row);

/* Members whose name holds what is asked for, best first; with the place in the unit that counts most. */
bool search_members(struct answering *a) MUST_CHECK;
/* As the server has it: two letters at least. */
bool search_is_long_enough(struct answering *a);
/* A key whose bytes are in the order of the Vietnamese alphabet, tones after letters. */
char *search_key(struct arena *arena, const char *name);

#endif
