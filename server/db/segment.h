/* A segment is one transaction: statements sent together, ended by one Sync, with one outcome. */
#ifndef CHIBO_DB_SEGMENT_H
#define CHIBO_DB_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "arena.h"
#include "lane.h"
#include "list.h"
#include "statement.h"
#include "status.h"

struct pg_result;

enum { SEGMENT_STEPS_MAX = 36 }; /* a page of a feed has a statement for each kind of record */

enum segment_outcome {
	SEGMENT_PENDING,
	SEGMENT_COMMITTED,   /* Sync came back without an error */
	SEGMENT_ROLLED_BACK, /* by its own last statement: a dry run */
	SEGMENT_KNOWN,       /* the claim found the operation done before: nothing happened now */
	SEGMENT_CONFLICTED,  /* serialization or deadlock: nothing happened, may be run again */
	SEGMENT_REFUSED,     /* an error: nothing happened, `refusal` says why */
	SEGMENT_NOT_SENT,    /* no connection in time: nothing happened */
	SEGMENT_UNKNOWN,     /* sent, and then the connection was lost */
};

struct segment_step {
	const struct statement *statement;
	const char **values;
	int *lengths;
	struct pg_result *result; /* held until the segment is cleared */
};

/* Embedded in its owner. Memory of values belongs to the owner's arena and must live until `done`. */
struct segment {
	struct list link; /* in a lane's queue */
	enum lane lane;
	uint64_t deadline; /* uv_now() of the loop, milliseconds */
	struct segment_step steps[SEGMENT_STEPS_MAX];
	unsigned n_steps;
	enum segment_outcome outcome;
	struct refusal refusal;
	void (*done)(struct segment *segment); /* on the loop, exactly once for each submit */
};

void segment_init(struct segment *segment, enum lane lane, uint64_t deadline, void (*done)(struct segment *));
/* Binds the statement's parameters from the request. False: `segment->refusal` says which field is
 * missing or malformed. The request must live as long as the arena. */
bool segment_add(struct segment *segment, const struct statement *statement, const ProtobufCMessage *request,
		 struct arena *arena) MUST_CHECK;
/* All statements of a method, in order. */
bool segment_add_all(struct segment *segment, const struct method_statements *method,
		     const ProtobufCMessage *request, struct arena *arena) MUST_CHECK;
/* Number of rows of a step. */
size_t segment_rows(const struct segment *segment, unsigned step);
/* Puts the rows of a step where the statement's target says. Texts point into the result: pack the
 * response before segment_clear. False: `segment->refusal` says why: memory, a value that the field cannot
 * hold, or one that does not open. */
bool segment_fill(struct segment *segment, unsigned step, struct arena *arena, ProtobufCMessage *response) MUST_CHECK;
/* All steps, from `first` on, that answer with the response's type. */
bool segment_fill_all(struct segment *segment, unsigned first, struct arena *arena,
		      ProtobufCMessage *response) MUST_CHECK;
/* Frees the results; steps stay, for another run. */
void segment_clear(struct segment *segment);

#endif
