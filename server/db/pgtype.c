/* The type table: one row per pair of protobuf and PostgreSQL type that may meet. */
#include "pgtype.h"

#include <ctype.h>
#include <endian.h>
#include <stdio.h>
#include <string.h>

enum {
	OID_BOOL = 16, OID_BYTEA = 17, OID_INT8 = 20, OID_INT4 = 23, OID_TEXT = 25,
	OID_TIMESTAMPTZ = 1184, OID_UUID = 2950,
	OID_BOOL_ARRAY = 1000, OID_BYTEA_ARRAY = 1001, OID_INT4_ARRAY = 1007, OID_TEXT_ARRAY = 1009,
	OID_INT8_ARRAY = 1016, OID_TIMESTAMPTZ_ARRAY = 1185, OID_UUID_ARRAY = 2951,
};

enum { UUID_LEN = 16 };

/* timestamptz counts microseconds from 2000-01-01 (pitfalls B5). */
static const int64_t EPOCH_OFFSET_US = INT64_C(946684800000000);

static const struct pairing {
	ProtobufCType proto;
	pg_oid type, array;
	const char *sql;
} pairings[] = {
	{PROTOBUF_C_TYPE_STRING, OID_TEXT, OID_TEXT_ARRAY, "text"},
	{PROTOBUF_C_TYPE_BYTES, OID_UUID, OID_UUID_ARRAY, "uuid"},
	{PROTOBUF_C_TYPE_BYTES, OID_BYTEA, OID_BYTEA_ARRAY, "bytea"},
	{PROTOBUF_C_TYPE_INT32, OID_INT4, OID_INT4_ARRAY, "int4"},
	{PROTOBUF_C_TYPE_INT64, OID_INT8, OID_INT8_ARRAY, "int8"},
	{PROTOBUF_C_TYPE_INT64, OID_TIMESTAMPTZ, OID_TIMESTAMPTZ_ARRAY, "timestamptz"},
	{PROTOBUF_C_TYPE_BOOL, OID_BOOL, OID_BOOL_ARRAY, "bool"},
};

enum { PAIRINGS = sizeof pairings / sizeof *pairings };

enum { ENUM_TYPES_MAX = 256, ENUM_LABELS_MAX = 64, ENUM_MEMORY_MAX = 256 * 1024 };

void pg_enums_init(struct pg_enums *enums)
{
	*enums = (struct pg_enums){0};
	arena_init(&enums->arena, ENUM_MEMORY_MAX, ENUM_MEMORY_MAX);
}

void pg_enums_close(struct pg_enums *enums)
{
	arena_close(&enums->arena);
	enums->items = NULL;
	enums->n = 0;
}

static struct pg_enum *enums_open(struct pg_enums *enums, pg_oid type, pg_oid array)
{
	struct pg_enum *last;

	if (enums->n > 0 && enums->items[enums->n - 1].type == type)
		return &enums->items[enums->n - 1];
	if (!enums->items)
		enums->items = arena_alloc(&enums->arena, ENUM_TYPES_MAX * sizeof *enums->items);
	if (!enums->items || enums->n == ENUM_TYPES_MAX)
		return NULL;
	last = &enums->items[enums->n];
	*last = (struct pg_enum){.type = type, .array = array};
	last->labels = arena_alloc(&enums->arena, ENUM_LABELS_MAX * sizeof *last->labels);
	if (!last->labels)
		return NULL;
	enums->n++;
	return last;
}

bool pg_enums_add(struct pg_enums *enums, pg_oid type, pg_oid array, const char *label)
{
	struct pg_enum *e = enums_open(enums, type, array);

	if (!e || e->n_labels == ENUM_LABELS_MAX)
		return false;
	e->labels[e->n_labels] = arena_dup(&enums->arena, label, strlen(label) + 1);
	return e->labels[e->n_labels++] != NULL;
}

/* Value 0 is named PREFIX_UNSPECIFIED; the prefix ends before that word. */
static size_t enum_prefix(const ProtobufCEnumDescriptor *type)
{
	static const char zero[] = "UNSPECIFIED";
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(type, 0);
	size_t len = value ? strlen(value->name) : 0;

	return len >= sizeof zero - 1 ? len - (sizeof zero - 1) : 0;
}

bool pgtype_enum_label(const ProtobufCEnumDescriptor *type, int number, char *out, size_t size)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(type, number);
	const char *name;
	size_t i;

	if (!value)
		return false;
	name = value->name + enum_prefix(type);
	for (i = 0; name[i] && i + 1 < size; i++)
		out[i] = (char)tolower((unsigned char)name[i]);
	out[i] = '\0';
	return name[i] == '\0';
}

static bool enum_number(const ProtobufCEnumDescriptor *type, const char *label, size_t len, int *number)
{
	char candidate[64];

	for (unsigned i = 0; i < type->n_values; i++) {
		if (type->values[i].value == 0 ||
		    !pgtype_enum_label(type, type->values[i].value, candidate, sizeof candidate))
			continue;
		if (strlen(candidate) == len && memcmp(candidate, label, len) == 0) {
			*number = type->values[i].value;
			return true;
		}
	}
	return false;
}

/* Labels and non-zero values must be the same set, or a value would shift its meaning (pitfalls B7). */
static bool enum_fits(const struct pg_enum *e, const ProtobufCEnumDescriptor *type, char *reason, size_t size)
{
	int number;

	for (size_t i = 0; i < e->n_labels; i++) {
		if (!enum_number(type, e->labels[i], strlen(e->labels[i]), &number)) {
			(void)snprintf(reason, size, "label '%s' is no value of %s", e->labels[i], type->name);
			return false;
		}
	}
	if (e->n_labels + 1 != type->n_values) {
		(void)snprintf(reason, size, "%s has %u values, the type has %zu labels", type->name,
			       type->n_values - 1, e->n_labels);
		return false;
	}
	return true;
}

static bool enum_pairing(const struct pg_enums *enums, const ProtobufCFieldDescriptor *field, bool is_array,
			 pg_oid type, pg_oid *element, char *reason, size_t size)
{
	for (size_t i = 0; i < enums->n; i++) {
		const struct pg_enum *e = &enums->items[i];

		if (type == (is_array ? e->array : e->type)) {
			*element = e->type;
			return enum_fits(e, field->descriptor, reason, size);
		}
	}
	(void)snprintf(reason, size, "has type oid %u, but the field is an enum: cast to the enum type%s", type,
		       is_array ? "[]" : "");
	return false;
}

bool pgtype_fits(const struct pg_enums *enums, const ProtobufCFieldDescriptor *field, bool is_array,
		 pg_oid type, pg_oid *element, char *reason, size_t size)
{
	const char *cast = NULL;

	if (field->type == PROTOBUF_C_TYPE_ENUM)
		return enum_pairing(enums, field, is_array, type, element, reason, size);
	for (size_t i = 0; i < PAIRINGS; i++) {
		if (pairings[i].proto != field->type)
			continue;
		if (type == (is_array ? pairings[i].array : pairings[i].type)) {
			*element = pairings[i].type;
			return true;
		}
		cast = cast ? cast : pairings[i].sql;
	}
	if (cast)
		(void)snprintf(reason, size, "has type oid %u: cast to %s%s", type, cast, is_array ? "[]" : "");
	else
		(void)snprintf(reason, size, "a field of this kind cannot be bound");
	return false;
}

bool pgtype_is_bytes(pg_oid type)
{
	return type == OID_BYTEA;
}

bool pgtype_is_uuid(pg_oid type)
{
	return type == OID_UUID;
}

static bool encode_copy(const void *bytes, size_t len, struct arena *arena, struct pg_value *out)
{
	out->data = arena_dup(arena, bytes, len);
	out->len = len;
	return out->data != NULL;
}

static bool encode_int64(int64_t value, pg_oid type, struct arena *arena, struct pg_value *out)
{
	uint64_t wire;

	if (type == OID_TIMESTAMPTZ && __builtin_sub_overflow(value, EPOCH_OFFSET_US, &value))
		value = INT64_MIN + 1; /* out of range: the server says so */
	wire = htobe64((uint64_t)value);
	return encode_copy(&wire, sizeof wire, arena, out);
}

static bool encode_enum(const ProtobufCEnumDescriptor *type, int number, struct arena *arena,
			struct pg_value *out)
{
	char label[64];

	if (number == 0) /* UNSPECIFIED is NULL */
		return true;
	return pgtype_enum_label(type, number, label, sizeof label) &&
	       encode_copy(label, strlen(label), arena, out);
}

bool pgtype_encode(const ProtobufCFieldDescriptor *field, pg_oid type, const void *member,
		   struct arena *arena, struct pg_value *out, bool *wrong_length)
{
	const ProtobufCBinaryData *bytes;
	uint32_t wire;
	char truth;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		out->data = *(char *const *)member;
		out->len = out->data ? strlen(out->data) : 0;
		return true;
	case PROTOBUF_C_TYPE_BYTES:
		bytes = member;
		*wrong_length = type == OID_UUID && bytes->len != UUID_LEN;
		out->data = bytes->data ? (const char *)bytes->data : "";
		out->len = bytes->len;
		return !*wrong_length;
	case PROTOBUF_C_TYPE_INT32:
		wire = htobe32((uint32_t)*(const int32_t *)member);
		return encode_copy(&wire, sizeof wire, arena, out);
	case PROTOBUF_C_TYPE_INT64:
		return encode_int64(*(const int64_t *)member, type, arena, out);
	case PROTOBUF_C_TYPE_BOOL:
		truth = *(const protobuf_c_boolean *)member ? 1 : 0;
		return encode_copy(&truth, 1, arena, out);
	case PROTOBUF_C_TYPE_ENUM:
		return encode_enum(field->descriptor, *(const int *)member, arena, out);
	default:
		return false;
	}
}

static bool decode_int64(pg_oid type, const char *data, int64_t *out)
{
	uint64_t wire;
	int64_t value;

	memcpy(&wire, data, sizeof wire);
	value = (int64_t)be64toh(wire);
	if (type != OID_TIMESTAMPTZ) {
		*out = value;
		return true;
	}
	return value != INT64_MAX && value != INT64_MIN &&
	       !__builtin_add_overflow(value, EPOCH_OFFSET_US, out);
}

bool pgtype_decode(const ProtobufCFieldDescriptor *field, pg_oid type, const char *data, size_t len,
		   void *member)
{
	uint32_t wire;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		*(const char **)member = data;
		return true;
	case PROTOBUF_C_TYPE_BYTES:
		memcpy(&((ProtobufCBinaryData *)member)->data, &data, sizeof data);
		((ProtobufCBinaryData *)member)->len = len;
		return true;
	case PROTOBUF_C_TYPE_INT32:
		memcpy(&wire, data, sizeof wire);
		*(int32_t *)member = (int32_t)be32toh(wire);
		return len == sizeof wire;
	case PROTOBUF_C_TYPE_INT64:
		return len == sizeof(int64_t) && decode_int64(type, data, member);
	case PROTOBUF_C_TYPE_BOOL:
		*(protobuf_c_boolean *)member = data[0] != 0;
		return len == 1;
	case PROTOBUF_C_TYPE_ENUM:
		return enum_number(field->descriptor, data, len, member);
	default:
		return false;
	}
}
