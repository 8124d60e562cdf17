/* Which PostgreSQL types stand for which protobuf fields, and how single values cross over in binary. */
#ifndef CHIBO_DB_PGTYPE_H
#define CHIBO_DB_PGTYPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "arena.h"

/* A type's OID, as libpq's Oid; libpq-fe.h stays inside the .c files of this folder. */
typedef unsigned int pg_oid;

/* The enum types of one database, read when a connection is made. */
struct pg_enum {
	pg_oid type, array;
	const char **labels;
	size_t n_labels;
};

struct pg_enums {
	struct pg_enum *items;
	size_t n;
	struct arena arena; /* owns everything above */
};

void pg_enums_init(struct pg_enums *enums);
void pg_enums_close(struct pg_enums *enums);
/* One row of pg_enum; rows of a type come together, in order. False: out of memory. */
bool pg_enums_add(struct pg_enums *enums, pg_oid type, pg_oid array, const char *label);

/* Does a value of `type` fit the field? If not, `reason` says what to write instead. `is_array`: the value
 * is an array of the field's type. The element's type goes to `element`. */
bool pgtype_fits(const struct pg_enums *enums, const ProtobufCFieldDescriptor *field, bool is_array,
		 pg_oid type, pg_oid *element, char *reason, size_t reason_size);

bool pgtype_is_bytes(pg_oid type);
bool pgtype_is_uuid(pg_oid type);

/* A value on its way to the server. data NULL: SQL NULL. */
struct pg_value {
	const char *data;
	size_t len;
};

/* Encodes the value at `member` (the field's storage in its message). Text and bytes are not copied.
 * False: out of memory, or an id that is not 16 bytes (then *wrong_length is set). */
bool pgtype_encode(const ProtobufCFieldDescriptor *field, pg_oid type, const void *member,
		   struct arena *arena, struct pg_value *out, bool *wrong_length);

/* Decodes into `member`. Text and bytes point into `data`, which stays the caller's. False: a value that
 * the field cannot hold, such as infinity or an unknown label. */
bool pgtype_decode(const ProtobufCFieldDescriptor *field, pg_oid type, const char *data, size_t len,
		   void *member);

/* The label of an enum value: its name without the type's prefix, in lower case. False: no such value. */
bool pgtype_enum_label(const ProtobufCEnumDescriptor *type, int number, char *out, size_t size);

#endif
