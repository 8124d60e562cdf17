/* Rows made from records of the replica: fields by name, those of the unit from the unit's record. */
#ifndef CHIBO_CLIENT_LOCAL_ROW_H
#define CHIBO_CLIENT_LOCAL_ROW_H

#include "local.h"

/* The units that are kept, by id. */
struct units {
	const ProtobufCMessage **items;
	size_t n;
	size_t capacity;
};

bool units_load(struct store *store, struct arena *arena, struct units *units) MUST_CHECK;
/* NULL: not kept. */
const ProtobufCMessage *units_find(const struct units *units, const uint8_t *id);
/* Levels from `top` down to the unit, 0 for itself; -1: it does not lie below. `top` NULL: the highest that is kept. */
int units_depth(const struct units *units, const uint8_t *id, const uint8_t *top);

/* What one row is made from. */
struct origin {
	const ProtobufCMessage *record;
	const ProtobufCMessage *with; /* the second record, or NULL */
	const ProtobufCMessage *unit; /* where it lies, or NULL */
};

/* `today` is an ISO date, for what depends on it. */
ProtobufCMessage *row_make(struct arena *arena, const ProtobufCMessageDescriptor *type, const char *entity,
			   const struct origin *origin, const char *renames, const char *without, const char *today);
/* The message and field that a field of a row is filled from; false: none. */
bool row_source(struct arena *arena, const struct origin *origin, const char *name, const char *renames,
		const ProtobufCMessage **message, const ProtobufCFieldDescriptor **field);
/* The same by types alone, for a check of the table: what no record holds. */
bool row_can_fill(struct arena *arena, const char *entity, const ProtobufCFieldDescriptor *field,
		  const ProtobufCMessageDescriptor *record, const ProtobufCMessageDescriptor *with, const char *renames);

/* Fields of the rows by name, "-" downward. */
void rows_sort(struct arena *arena, ProtobufCMessage **rows, size_t n, const char *order);
/* -1, 0, 1; absent comes first. Both of the same type. */
int row_compare(const ProtobufCMessage *a, const ProtobufCMessage *b, const ProtobufCFieldDescriptor *field);

#endif
