/* Binds a statement's parameters from a request: presence, ids, dates, arrays. */
#include <arpa/inet.h>
#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "iso_date.h"
#include "seal.h"
#include "sealed_field.h"
#include "segment.h"

struct binding {
	const struct statement *statement;
	const struct statement_param *param;
	struct arena *arena;
	struct refusal *refusal;
	const char *list; /* name of the repeated message, or NULL */
	size_t index;     /* in it */
};

static bool refuse(struct binding *b, const char *rule)
{
	char path[96];

	if (b->list)
		(void)snprintf(path, sizeof path, "%s[%zu].%s", b->list, b->index, b->param->field->name);
	else
		(void)snprintf(path, sizeof path, "%s", b->param->field->name);
	refusal_set(b->refusal, STATUS_INVALID_ARGUMENT, rule, path);
	return false;
}

static bool no_memory(struct binding *b)
{
	refusal_set(b->refusal, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
	return false;
}

/* Strings are absent when NULL, everything else has its own flag (pitfalls W14). */
static bool is_present(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *base = (const char *)message;

	if (field->type == PROTOBUF_C_TYPE_STRING)
		return *(char *const *)(const void *)(base + field->offset) != NULL;
	return *(const protobuf_c_boolean *)(const void *)(base + field->quantifier_offset) != 0;
}

static bool is_date(const ProtobufCFieldDescriptor *field)
{
	size_t len = strlen(field->name);

	return field->type == PROTOBUF_C_TYPE_STRING && len > 3 && strcmp(field->name + len - 3, "_on") == 0;
}

static bool encode_present(struct binding *b, const void *member, struct pg_value *value)
{
	bool wrong_length = false;

	if (is_date(b->param->field) && !iso_date_valid(*(char *const *)member))
		return refuse(b, "date_format");
	if (pgtype_encode(b->param->field, b->param->type, member, b->arena, value, &wrong_length))
		return true;
	return wrong_length ? refuse(b, "id_length") : no_memory(b);
}

/* value->data stays NULL for an absent field. */
static bool encode_field(struct binding *b, const ProtobufCMessage *message, struct pg_value *value)
{
	const ProtobufCFieldDescriptor *field = b->param->field;

	*value = (struct pg_value){0};
	if (!is_present(message, field))
		return !b->param->mandatory || refuse(b, "required");
	if (!encode_present(b, (const char *)message + field->offset, value))
		return false;
	return value->data || !b->param->mandatory || refuse(b, "required");
}

/* ---- forms of a value that the database must not see ---- */

static bool find_place(struct binding *b, const ProtobufCMessage *request, struct seal_place *place)
{
	const ProtobufCFieldDescriptor *id = b->statement->sealed_id;
	const ProtobufCBinaryData *bytes;

	*place = (struct seal_place){.table = b->param->sealed->table, .column = b->param->sealed->name};
	if (b->param->form != FORM_SEALED)
		return true;
	bytes = (const void *)((const char *)request + id->offset);
	place->id = bytes->data;
	if (is_present(request, id) && bytes->len == SEAL_ID)
		return true;
	refusal_set(b->refusal, STATUS_INVALID_ARGUMENT, bytes->len > 0 ? "id_length" : "required", id->name);
	return false;
}

/* The value has room for what the form makes of it. */
static bool put_form(struct binding *b, const struct seal_place *place, const ProtobufCBinaryData *plain, uint8_t *out)
{
	const struct seal_keys *keys = b->statement->keys;

	if (b->param->form == FORM_SEALED ? seal_bytes(keys, place, plain->data, plain->len, out)
					  : seal_hash(keys, place, plain->data, plain->len, out))
		return true;
	refusal_set(b->refusal, STATUS_INTERNAL, "internal", NULL);
	return false;
}

static bool encode_hidden(struct binding *b, const ProtobufCMessage *request, const ProtobufCBinaryData *plain,
			  struct pg_value *value)
{
	struct seal_place place;
	uint8_t *out;

	if (!find_place(b, request, &place))
		return false;
	value->len = b->param->form == FORM_SEALED ? plain->len + SEAL_EXTRA : SEAL_HASH;
	out = arena_alloc(b->arena, value->len);
	value->data = (const char *)out;
	return out ? put_form(b, &place, plain, out) : no_memory(b);
}

static bool encode_told(struct binding *b, const char *text, struct pg_value *value)
{
	char told[PLAIN_TOLD];

	if (!b->param->sealed->tells(text, told))
		return true;
	value->len = strlen(told);
	value->data = arena_dup(b->arena, told, value->len);
	return value->data || no_memory(b);
}

/* A text without its NUL, or bytes. */
static ProtobufCBinaryData plain_value(const ProtobufCMessage *request, const ProtobufCFieldDescriptor *field)
{
	const char *member = (const char *)request + field->offset;
	ProtobufCBinaryData plain;
	uint8_t *text;

	if (field->type == PROTOBUF_C_TYPE_BYTES) {
		memcpy(&plain, member, sizeof plain);
		return plain;
	}
	memcpy(&text, member, sizeof text);
	return (ProtobufCBinaryData){strlen((const char *)text), text};
}

static bool encode_form(struct binding *b, const ProtobufCMessage *request, struct pg_value *value)
{
	const struct sealed_field *sealed = b->param->sealed;
	ProtobufCBinaryData plain;
	const char *rule;

	*value = (struct pg_value){0};
	if (!is_present(request, b->param->field))
		return !b->param->mandatory || refuse(b, "required");
	plain = plain_value(request, b->param->field);
	rule = sealed->check ? sealed->check((const char *)plain.data) : NULL;
	if (rule)
		return refuse(b, rule);
	return b->param->form == FORM_TOLD ? encode_told(b, (const char *)plain.data, value)
					   : encode_hidden(b, request, &plain, value);
}

/* ---- arrays, in the binary form of one dimension ---- */

static size_t repeated_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	size_t n;

	memcpy(&n, (const char *)message + field->quantifier_offset, sizeof n);
	return n;
}

static const char *repeated_items(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	const char *items;

	memcpy(&items, (const char *)message + field->offset, sizeof items);
	return items;
}

static size_t item_size(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
		return sizeof(char *);
	case PROTOBUF_C_TYPE_BYTES:
		return sizeof(ProtobufCBinaryData);
	case PROTOBUF_C_TYPE_INT64:
		return sizeof(int64_t);
	default:
		return sizeof(int32_t);
	}
}

static bool encode_item(struct binding *b, const char *items, struct pg_value *value)
{
	const ProtobufCFieldDescriptor *field = b->param->field;

	*value = (struct pg_value){0};
	if (!b->param->outer)
		return encode_present(b, items + b->index * item_size(field->type), value);
	return encode_field(b, ((ProtobufCMessage *const *)(const void *)items)[b->index], value);
}

static char *put_word(char *at, uint32_t word)
{
	word = htonl(word);
	memcpy(at, &word, sizeof word);
	return at + sizeof word;
}

static char *put_value(char *at, const struct pg_value *value)
{
	if (!value->data)
		return put_word(at, UINT32_MAX); /* length -1 is NULL */
	at = put_word(at, (uint32_t)value->len);
	memcpy(at, value->data, value->len);
	return at + value->len;
}

static bool pack_array(struct binding *b, const struct pg_value *values, size_t n, struct pg_value *out)
{
	enum { HEADER = 5 * sizeof(uint32_t) };
	size_t size = HEADER;
	char *at;

	for (size_t i = 0; i < n; i++)
		if (__builtin_add_overflow(size, values[i].len + sizeof(uint32_t), &size))
			return no_memory(b);
	at = size < INT_MAX ? arena_alloc(b->arena, size) : NULL;
	if (!at)
		return no_memory(b);
	*out = (struct pg_value){at, size};
	at = put_word(at, n > 0 ? 1 : 0); /* dimensions */
	at = put_word(at, 1);             /* may hold NULL */
	at = put_word(at, b->param->type);
	if (n == 0) {
		out->len = 3 * sizeof(uint32_t);
		return true;
	}
	at = put_word(at, (uint32_t)n);
	at = put_word(at, 1); /* lower bound */
	for (size_t i = 0; i < n; i++)
		at = put_value(at, &values[i]);
	return true;
}

static bool encode_array(struct binding *b, const ProtobufCMessage *request, struct pg_value *out)
{
	const ProtobufCFieldDescriptor *list = b->param->outer ? b->param->outer : b->param->field;
	const char *items = repeated_items(request, list);
	size_t n = repeated_count(request, list);
	struct pg_value *values = arena_alloc(b->arena, n * sizeof *values);

	if (!values)
		return no_memory(b);
	b->list = b->param->outer ? list->name : NULL;
	for (b->index = 0; b->index < n; b->index++)
		if (!encode_item(b, items, &values[b->index]))
			return false;
	b->list = NULL;
	if (n == 0 && b->param->mandatory) {
		refusal_set(b->refusal, STATUS_INVALID_ARGUMENT, "required", list->name);
		return false;
	}
	return pack_array(b, values, n, out);
}

static bool bind_param(struct binding *b, const ProtobufCMessage *request, struct segment_step *step, size_t i)
{
	struct pg_value value = {0};
	bool ok;

	if (b->param->form != FORM_PLAIN)
		ok = encode_form(b, request, &value);
	else if (b->param->is_array)
		ok = encode_array(b, request, &value);
	else
		ok = encode_field(b, request, &value);
	step->values[i] = value.data;
	step->lengths[i] = (int)value.len;
	return ok;
}

bool segment_add(struct segment *segment, const struct statement *statement, const ProtobufCMessage *request,
		 struct arena *arena)
{
	struct segment_step *step = &segment->steps[segment->n_steps];
	struct binding b = {.statement = statement, .arena = arena, .refusal = &segment->refusal};

	if (segment->n_steps == SEGMENT_STEPS_MAX)
		return no_memory(&b);
	*step = (struct segment_step){.statement = statement};
	step->values = arena_alloc(arena, statement->n_params * sizeof *step->values);
	step->lengths = arena_alloc(arena, statement->n_params * sizeof *step->lengths);
	if (!step->values || !step->lengths)
		return no_memory(&b);
	for (size_t i = 0; i < statement->n_params; i++) {
		b.param = &statement->params[i];
		if (!bind_param(&b, request, step, i))
			return false;
	}
	segment->n_steps++;
	return true;
}

bool segment_add_all(struct segment *segment, const struct method_statements *method,
		     const ProtobufCMessage *request, struct arena *arena)
{
	for (size_t i = 0; i < method->n; i++)
		if (!segment_add(segment, &method->items[i], request, arena))
			return false;
	return true;
}
