/* One field of a message, to and from text; protobuf-c's "quantifier" is has_x or n_x. */
#include "value.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "clean.h"
#include "dates.h"

static void *at(ProtobufCMessage *message, unsigned offset)
{
	return (char *)message + offset;
}

static const void *at_const(const ProtobufCMessage *message, unsigned offset)
{
	return (const char *)message + offset;
}

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), m = strlen(end);

	return n >= m && strcmp(name + n - m, end) == 0;
}

bool value_is_instant(const ProtobufCFieldDescriptor *field)
{
	return ends_in(field->name, "_at_us") || strcmp(field->name, "at_us") == 0;
}

bool value_is_number(const ProtobufCFieldDescriptor *field)
{
	return (field->type == PROTOBUF_C_TYPE_INT32 || field->type == PROTOBUF_C_TYPE_INT64) &&
	       !value_is_instant(field);
}

bool value_is_uuid(const ProtobufCFieldDescriptor *field)
{
	static const char *const other[] = {
		"id", "feed", "after", "corrects", "superseded_by", "forwarded_from",
	};

	for (size_t i = 0; i < sizeof(other) / sizeof(*other); i++)
		if (strcmp(field->name, other[i]) == 0)
			return field->type == PROTOBUF_C_TYPE_BYTES;
	return field->type == PROTOBUF_C_TYPE_BYTES &&
	       (ends_in(field->name, "_id") || ends_in(field->name, "_ids"));
}

bool value_is_date(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_STRING &&
	       (ends_in(field->name, "_on") || ends_in(field->name, "month"));
}

static bool begins_with(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

/* Percentages, points and averages come as text, so that they are exact. */
bool value_is_decimal(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_STRING &&
	       (ends_in(field->name, "_pct") || ends_in(field->name, "points") ||
		strcmp(field->name, "total") == 0 || ends_in(field->name, "_total") ||
		strcmp(field->name, "gap") == 0 || ends_in(field->name, "_gap") ||
		strcmp(field->name, "pro_rata") == 0 || begins_with(field->name, "needed_") ||
		begins_with(field->name, "average_"));
}

const ProtobufCFieldDescriptor *value_field(const ProtobufCMessageDescriptor *type,
					    const char *name)
{
	return protobuf_c_message_descriptor_get_field_by_name(type, name);
}

/* ---- Enums: MEMBER_STATUS_FULL of MemberStatus is "full". ---- */

static size_t enum_prefix(const ProtobufCEnumDescriptor *type)
{
	size_t n = 1;

	for (const char *c = type->short_name; *c != '\0'; c++)
		n += 1u + (c > type->short_name && *c >= 'A' && *c <= 'Z');
	return n;
}

static char *lower(struct arena *arena, const char *text)
{
	char *copy = mem_copy(arena, text, strlen(text));

	for (char *c = copy; *c != '\0'; c++)
		*c = clean_lower(*c);
	return copy;
}

const char *value_enum_label(struct arena *arena, const ProtobufCEnumDescriptor *type, int number)
{
	const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(type, number);

	if (value == NULL)
		return mem_format(arena, "%d", number);
	return lower(arena, value->name + enum_prefix(type));
}

const char *value_enum_choices(struct arena *arena, const ProtobufCEnumDescriptor *type)
{
	struct text out;

	text_init(&out, arena);
	for (unsigned i = 0; i < type->n_values; i++)
		if (type->values[i].value != 0)
			text_printf(&out, "%s%s", out.len > 0 ? ", " : "",
				    value_enum_label(arena, type, type->values[i].value));
	return out.data;
}

/* By its label, or by the word that people see for it, with or without accents: "nữ" is female. */
static bool enum_parse(struct arena *arena, const ProtobufCEnumDescriptor *type, const char *text,
		       int *number)
{
	const char *folded = clean_fold(arena, text);

	for (unsigned i = 0; i < type->n_values; i++) {
		const char *label = value_enum_label(arena, type, type->values[i].value);
		const struct enum_text *shown = text_enum(type->short_name, label);

		*number = type->values[i].value;
		if (*number == 0)
			continue;
		if (strcmp(label, text) == 0)
			return true;
		if (shown == NULL)
			continue;
		for (int lang = 0; lang < LANGS; lang++)
			if (strcmp(clean_fold(arena, shown->label.in[lang]), folded) == 0)
				return true;
	}
	return false;
}

/* ---- Numbers ---- */

/* Digits with "." between groups of three, or none; an optional minus. */
static bool int_parse(const char *text, int64_t min, int64_t max, int64_t *number)
{
	char digits[32];
	size_t n = 0, since_dot = 0;
	bool dots = false;
	char *end;

	for (const char *c = text; *c != '\0'; c++) {
		bool dot = *c == '.';

		if (n + 1 >= sizeof(digits) ||
		    (dot && (dots ? since_dot != 3 : since_dot == 0 || since_dot > 3)))
			return false;
		since_dot = dot ? 0 : since_dot + (*c != '-');
		dots = dots || dot;
		if (!dot)
			digits[n++] = *c;
	}
	digits[n] = '\0';
	if (n == 0 || (dots && since_dot != 3) ||
	    strspn(digits + (digits[0] == '-'), "0123456789") + (digits[0] == '-') != n)
		return false;
	errno = 0;
	*number = strtoll(digits, &end, 10);
	return errno == 0 && end != digits && *number >= min && *number <= max;
}

static bool bool_parse(struct arena *arena, const char *text, bool *value)
{
	static const char *const words[][2] = {
		{"no", "yes"}, {"false", "true"}, {"0", "1"}, {"khong", "co"}, {"", "x"},
	};
	const char *folded = clean_fold(arena, text);

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		for (int b = 0; b < 2; b++)
			if (strcmp(folded, words[i][b]) == 0) {
				*value = b == 1;
				return true;
			}
	return false;
}

/* ---- UUIDs ---- */

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool value_parse_uuid(const char *text, uint8_t uuid[static UUID_SIZE])
{
	if (strlen(text) != UUID_TEXT - 1)
		return false;
	for (size_t i = 0, n = 0; i < UUID_TEXT - 1; i++) {
		int digit = hex(text[i]);

		if (i == 8 || i == 13 || i == 18 || i == 23) {
			if (text[i] != '-')
				return false;
			continue;
		}
		if (digit < 0)
			return false;
		uuid[n / 2] = (uint8_t)(n % 2 == 0 ? digit << 4 : uuid[n / 2] | digit);
		n++;
	}
	return true;
}

ProtobufCBinaryData value_bytes(struct arena *arena, const uint8_t *bytes, size_t n)
{
	return (ProtobufCBinaryData){n, (uint8_t *)mem_copy(arena, (const char *)bytes, n)};
}

void value_print_uuid(const uint8_t uuid[static UUID_SIZE], char text[static UUID_TEXT])
{
	static const char digits[] = "0123456789abcdef";
	size_t n = 0;

	for (size_t i = 0; i < UUID_SIZE; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			text[n++] = '-';
		text[n++] = digits[uuid[i] >> 4];
		text[n++] = digits[uuid[i] & 15];
	}
	text[n] = '\0';
}

/* ---- Writing fields ---- */

ProtobufCMessage *value_new(struct arena *arena, const ProtobufCMessageDescriptor *type)
{
	ProtobufCMessage *message = mem_take(arena, type->sizeof_message);

	protobuf_c_message_init(type, message);
	return message;
}

static void set_present(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (field->quantifier_offset != 0)
		*(protobuf_c_boolean *)at(message, field->quantifier_offset) = 1;
}

void value_set_string(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, char *text)
{
	*(char **)at(message, field->offset) = text;
}

void value_set_int32(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
		     int32_t number)
{
	*(int32_t *)at(message, field->offset) = number;
	set_present(message, field);
}

static void set_int64(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
		      int64_t number)
{
	*(int64_t *)at(message, field->offset) = number;
	set_present(message, field);
}

void value_set_bytes(struct arena *arena, ProtobufCMessage *message,
		     const ProtobufCFieldDescriptor *field, const uint8_t *bytes, size_t n)
{
	ProtobufCBinaryData *data = at(message, field->offset);

	data->data = (uint8_t *)mem_copy(arena, (const char *)bytes, n);
	data->len = n;
	set_present(message, field);
}

static void append_bytes(struct arena *arena, ProtobufCMessage *message,
			 const ProtobufCFieldDescriptor *field, const uint8_t *bytes, size_t size)
{
	size_t *n = at(message, field->quantifier_offset);
	ProtobufCBinaryData **items = at(message, field->offset);
	ProtobufCBinaryData *larger = mem_take(arena, (*n + 1) * sizeof(*larger));

	if (*n > 0)
		memcpy(larger, *items, *n * sizeof(*larger));
	larger[*n].data = (uint8_t *)mem_copy(arena, (const char *)bytes, size);
	larger[(*n)++].len = size;
	*items = larger;
}

void value_set_uuid(struct arena *arena, ProtobufCMessage *message,
		    const ProtobufCFieldDescriptor *field, const uint8_t uuid[static UUID_SIZE])
{
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		append_bytes(arena, message, field, uuid, UUID_SIZE);
	else
		value_set_bytes(arena, message, field, uuid, UUID_SIZE);
}

void value_append_string(struct arena *arena, ProtobufCMessage *message,
			 const ProtobufCFieldDescriptor *field, char *text)
{
	size_t *n = at(message, field->quantifier_offset);
	char ***items = at(message, field->offset);
	char **larger = mem_take(arena, (*n + 1) * sizeof(*larger));

	if (*n > 0)
		memcpy(larger, *items, *n * sizeof(*larger));
	larger[(*n)++] = text;
	*items = larger;
}

void value_set_messages(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
			ProtobufCMessage **messages, size_t n)
{
	*(size_t *)at(message, field->quantifier_offset) = n;
	*(ProtobufCMessage ***)at(message, field->offset) = messages;
}

void value_set_message(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, ProtobufCMessage *inner)
{
	*(ProtobufCMessage **)at(message, field->offset) = inner;
}

void value_clear(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (field->type == PROTOBUF_C_TYPE_STRING && field->label != PROTOBUF_C_LABEL_REPEATED)
		value_set_string(message, field, NULL);
	else if (field->quantifier_offset != 0 && field->label != PROTOBUF_C_LABEL_REPEATED)
		*(protobuf_c_boolean *)at(message, field->quantifier_offset) = 0;
}

static bool refuse(struct refusal *refusal, const char *rule, const ProtobufCFieldDescriptor *field,
		   const char *text)
{
	refusal_set(refusal, STATUS_INVALID_ARGUMENT, rule, field->name);
	refusal_param(refusal, "value", "%s", text);
	return false;
}

static bool set_text(struct arena *arena, ProtobufCMessage *message,
		     const ProtobufCFieldDescriptor *field, const char *text,
		     struct refusal *refusal)
{
	char *value = mem_copy(arena, text, strlen(text));

	if (value_is_date(field) && *text != '\0') {
		value = date_parse(arena, text);
		if (value == NULL)
			return refuse(refusal, "date_format", field, text);
	}
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		value_append_string(arena, message, field, value);
	else
		value_set_string(message, field, value);
	return true;
}

static bool set_uuid(struct arena *arena, ProtobufCMessage *message,
		     const ProtobufCFieldDescriptor *field, const char *text,
		     struct refusal *refusal)
{
	uint8_t uuid[UUID_SIZE];

	if (!value_parse_uuid(text, uuid))
		return refuse(refusal, "uuid_format", field, text);
	value_set_uuid(arena, message, field, uuid);
	return true;
}

static bool set_enum(struct arena *arena, ProtobufCMessage *message,
		     const ProtobufCFieldDescriptor *field, const char *text,
		     struct refusal *refusal)
{
	int number;

	if (!enum_parse(arena, field->descriptor, text, &number)) {
		refuse(refusal, "enum_value", field, text);
		refusal_param(refusal, "choices", "%s",
			      value_enum_choices(arena, field->descriptor));
		return false;
	}
	*(int *)at(message, field->offset) = number;
	set_present(message, field);
	return true;
}

static bool set_number(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
		       const char *text, struct refusal *refusal)
{
	bool wide = field->type == PROTOBUF_C_TYPE_INT64;
	int64_t number;

	if (value_is_instant(field)) {
		if (!date_parse_instant(text, &number))
			return refuse(refusal, "time_format", field, text);
	} else if (!int_parse(text, wide ? INT64_MIN : INT32_MIN, wide ? INT64_MAX : INT32_MAX,
			      &number)) {
		return refuse(refusal, "number_format", field, text);
	}
	if (wide)
		set_int64(message, field, number);
	else
		value_set_int32(message, field, (int32_t)number);
	return true;
}

static bool set_bool(struct arena *arena, ProtobufCMessage *message,
		     const ProtobufCFieldDescriptor *field, const char *text,
		     struct refusal *refusal)
{
	bool value;

	if (!bool_parse(arena, text, &value))
		return refuse(refusal, "bool_format", field, text);
	*(protobuf_c_boolean *)at(message, field->offset) = value;
	set_present(message, field);
	return true;
}

bool value_set(struct arena *arena, ProtobufCMessage *message,
	       const ProtobufCFieldDescriptor *field, const char *text, struct refusal *refusal)
{
	const char *rule;
	const char *clean = clean_input(arena, text, &rule);

	if (clean == NULL)
		return refuse(refusal, rule, field, clean_shown(arena, text));
	if (*clean == '\0' && field->type != PROTOBUF_C_TYPE_STRING)
		return true;
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return set_text(arena, message, field, clean, refusal);
	case PROTOBUF_C_TYPE_BYTES:
		return set_uuid(arena, message, field, clean, refusal);
	case PROTOBUF_C_TYPE_ENUM:
		return set_enum(arena, message, field, clean, refusal);
	case PROTOBUF_C_TYPE_INT32:
	case PROTOBUF_C_TYPE_INT64:
		return set_number(message, field, clean, refusal);
	case PROTOBUF_C_TYPE_BOOL:
		return set_bool(arena, message, field, clean, refusal);
	default:
		return refuse(refusal, "not_writable", field, clean);
	}
}

/* ---- Reading fields ---- */

bool value_has(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)at_const(message, field->quantifier_offset) > 0;
	if (field->type == PROTOBUF_C_TYPE_STRING || field->type == PROTOBUF_C_TYPE_MESSAGE)
		return *(const void *const *)at_const(message, field->offset) != NULL;
	return *(const protobuf_c_boolean *)at_const(message, field->quantifier_offset) != 0;
}

int64_t value_number(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const void *value = at_const(message, field->offset);

	switch (field->type) {
	case PROTOBUF_C_TYPE_INT64:
		return *(const int64_t *)value;
	case PROTOBUF_C_TYPE_BOOL:
		return *(const protobuf_c_boolean *)value != 0;
	case PROTOBUF_C_TYPE_ENUM:
		return *(const int *)value;
	default:
		return *(const int32_t *)value;
	}
}

size_t value_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return *(const size_t *)at_const(message, field->quantifier_offset);
	return value_has(message, field) ? 1 : 0;
}

const ProtobufCMessage *value_message(const ProtobufCMessage *message,
				      const ProtobufCFieldDescriptor *field, size_t n)
{
	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		return (*(const ProtobufCMessage *const *const *)at_const(message,
									  field->offset))[n];
	return *(const ProtobufCMessage *const *)at_const(message, field->offset);
}

const char *value_string(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return *(const char *const *)at_const(message, field->offset);
}

const uint8_t *value_uuid(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const ProtobufCBinaryData *data = at_const(message, field->offset);

	return value_has(message, field) && data->len == UUID_SIZE ? data->data : NULL;
}

static const char *bytes_text(struct arena *arena, const ProtobufCMessage *message,
			      const ProtobufCFieldDescriptor *field)
{
	const ProtobufCBinaryData *data = at_const(message, field->offset);
	struct text out;

	if (data->len == UUID_SIZE && value_is_uuid(field)) {
		char *uuid = mem_take(arena, UUID_TEXT);

		value_print_uuid(data->data, uuid);
		return uuid;
	}
	text_init(&out, arena);
	for (size_t i = 0; i < data->len; i++)
		text_printf(&out, "%02x", (unsigned)data->data[i]);
	return out.data;
}

const char *value_machine(struct arena *arena, const ProtobufCMessage *message,
			  const ProtobufCFieldDescriptor *field)
{
	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return value_string(message, field);
	case PROTOBUF_C_TYPE_BYTES:
		return bytes_text(arena, message, field);
	case PROTOBUF_C_TYPE_ENUM:
		return value_enum_label(arena, field->descriptor,
					(int)value_number(message, field));
	case PROTOBUF_C_TYPE_BOOL:
		return value_number(message, field) != 0 ? "true" : "false";
	default:
		if (value_is_instant(field))
			return date_instant(arena, value_number(message, field), DATE_ISO);
		return mem_format(arena, "%" PRId64, value_number(message, field));
	}
}
