/* Heads of the ledger that this computer keeps: with them it is a witness of what the server accepted. */
#ifndef CHIBO_CLIENT_HEADS_H
#define CHIBO_CLIENT_HEADS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mem.h"
#include "status.h"

enum {
	HEAD_FEED = 16,
	HEAD_HASH = 32,
	HEADS_KEPT = 20, /* of each feed, the newest */
};

struct head {
	uint8_t feed[HEAD_FEED];
	uint64_t position;
	uint8_t hash[HEAD_HASH];
};

/* By feed and position. */
struct heads {
	struct head *items;
	size_t n;
	size_t capacity;
};

enum heads_result {
	HEADS_AGREE,	   /* the new head is kept with the others */
	HEADS_CONTRADICT,  /* what was kept stays as it is, and a copy tells of this head */
	HEADS_NOT_WRITTEN, /* errno tells why */
};

/* What is kept for a context; nothing where there is no file. */
void heads_read(struct arena *arena, const char *context, struct heads *heads);
/* Takes the receipt of a write into the context's file. `before`: what was kept when it was sent; a fresh write
 * stands behind all of that, whatever other programs have kept since. */
enum heads_result heads_take(struct arena *arena, const char *context, const struct heads *before,
			     const struct head *head, bool replayed) MUST_CHECK;
/* What is kept is of a history that has ended, by a restore that the server has told of: it stays beside, as a witness of that
 * one, under a name that nothing had. NULL: there was nothing, or it could not be renamed. */
const char *heads_set_aside(struct arena *arena, const char *context, const char *history);
const char *heads_path(struct arena *arena, const char *context);
/* Where a contradiction is on record. */
const char *heads_evidence_path(struct arena *arena, const char *context);

#endif
