/* The sealed fields of the schema: where each is kept, and the rule of its plain value. */
#ifndef CHIBO_DB_SEALED_FIELD_H
#define CHIBO_DB_SEALED_FIELD_H

#include <stdbool.h>

#include <protobuf-c/protobuf-c.h>

#include "plain.h"

struct sealed_field {
	const char *table; /* as the sealed value names it, for ever: renaming a table must not change this */
	const char *name;  /* of the column, and of the field in requests and answers */
	const char *(*check)(const char *text); /* NULL: it is no text, and any bytes are right */
	bool (*tells)(const char *text, char told[static PLAIN_TOLD]); /* or NULL */
};

/* NULL: no such field. */
const struct sealed_field *sealed_field_find(const char *name);
/* The same for a row of the database; the names may come from it. */
const struct sealed_field *sealed_field_in(const char *table, const char *name);
/* Whether a field of a message is of the kind that is sealed here: a text, or bytes. */
bool sealed_field_fits(const struct sealed_field *field, ProtobufCType type);

#endif
