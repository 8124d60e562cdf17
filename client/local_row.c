/* Rows made from records of the replica. Nothing is invented: a field that no record holds stays absent. */
#include "local_row.h"

#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "replica.h"
#include "value.h"

/* ---- Units ---- */

static const uint8_t *id_in(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(message->descriptor, name);

	return field == NULL ? NULL : value_uuid(message, field);
}

static int by_id(const void *a, const void *b)
{
	const ProtobufCMessage *const *left = a, *const *right = b;

	return memcmp(id_in(*left, "id"), id_in(*right, "id"), UUID_SIZE);
}

struct loading {
	struct arena *arena;
	struct units *units;
};

static bool add_unit(void *owner, const ProtobufCMessage *record)
{
	struct loading *loading = owner;
	struct units *units = loading->units;

	if (id_in(record, "id") == NULL)
		return true;
	units->items = mem_grow(loading->arena, units->items, units->n, &units->capacity, sizeof(*units->items));
	units->items[units->n++] = record;
	return true;
}

bool units_load(struct store *store, struct arena *arena, struct units *units)
{
	struct loading loading = {arena, units};

	*units = (struct units){0};
	if (!replica_each(store, arena, "unit", NULL, add_unit, &loading))
		return false;
	if (units->n > 0)
		qsort(units->items, units->n, sizeof(*units->items), by_id);
	return true;
}

const ProtobufCMessage *units_find(const struct units *units, const uint8_t *id)
{
	size_t low = 0, high = units->n;

	while (id != NULL && low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(id, id_in(units->items[middle], "id"), UUID_SIZE);

		if (order == 0)
			return units->items[middle];
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return NULL;
}

int units_depth(const struct units *units, const uint8_t *id, const uint8_t *top)
{
	const ProtobufCMessage *unit = units_find(units, id);

	/* a circle cannot be longer than there are units */
	for (int depth = 0; unit != NULL && (size_t)depth <= units->n; depth++) {
		const ProtobufCMessage *parent = units_find(units, id_in(unit, "parent_id"));

		if (top == NULL ? parent == NULL : memcmp(id_in(unit, "id"), top, UUID_SIZE) == 0)
			return depth;
		unit = parent;
	}
	return -1;
}

/* ---- Fields ---- */

/* The name that a list of "to=from" gives; NULL: it is not in it. */
static const char *renamed(struct arena *arena, const char *renames, const char *name)
{
	size_t n = strlen(name);

	for (const char *at = renames; at != NULL && *at != '\0'; at += strspn(at, " ")) {
		size_t len = strcspn(at, " ");

		if (len > n && strncmp(at, name, n) == 0 && at[n] == '=')
			return mem_copy(arena, at + n + 1, len - n - 1);
		at += len;
	}
	return NULL;
}

/* Names and order of a unit are those that it has now: the record that lies there need not have been copied since. */
static const char *of_unit(const char *name)
{
	static const char *const names[][2] = {{"pos", "pos"}, {"unit_path", "path"}, {"unit_name", "name"}};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i][0]) == 0)
			return names[i][1];
	return NULL;
}

static bool is_filled(const ProtobufCMessage *message, const char *name, const ProtobufCFieldDescriptor **field)
{
	*field = message == NULL || name == NULL ? NULL : value_field(message->descriptor, name);
	return *field != NULL && (*field)->label != PROTOBUF_C_LABEL_REPEATED &&
	       (*field)->type != PROTOBUF_C_TYPE_MESSAGE && value_has(message, *field);
}

bool row_source(struct arena *arena, const struct origin *origin, const char *name, const char *renames,
		const ProtobufCMessage **message, const ProtobufCFieldDescriptor **field)
{
	const char *own = renamed(arena, renames, name);
	const struct {
		const ProtobufCMessage *message;
		const char *name;
	} sources[] = {
		{origin->unit, of_unit(name)},
		{origin->record, name},
		{origin->with, name},
	};

	*message = origin->record;
	if (own != NULL)
		return is_filled(origin->record, own, field);
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		*message = sources[i].message;
		if (is_filled(sources[i].message, sources[i].name, field))
			return true;
	}
	return false;
}

/* Instants keep their microseconds, which their text does not have. */
static void copy_field(struct arena *arena, ProtobufCMessage *row, const ProtobufCFieldDescriptor *to,
		       const ProtobufCMessage *message, const ProtobufCFieldDescriptor *from)
{
	const ProtobufCBinaryData *bytes;
	struct refusal refusal;

	if (to->type == PROTOBUF_C_TYPE_BYTES && from->type == PROTOBUF_C_TYPE_BYTES) {
		bytes = (const void *)((const char *)message + from->offset);
		value_set_bytes(arena, row, to, bytes->data, bytes->len);
	} else if (to->type == PROTOBUF_C_TYPE_INT64 && from->type == PROTOBUF_C_TYPE_INT64) {
		*(protobuf_c_boolean *)((char *)row + to->quantifier_offset) = 1;
		*(int64_t *)((char *)row + to->offset) = value_number(message, from);
	} else if (to->type == PROTOBUF_C_TYPE_STRING && from->type == PROTOBUF_C_TYPE_STRING) {
		const char *text = value_string(message, from);

		value_set_string(row, to, mem_copy(arena, text, strlen(text)));
	} else if (!value_set(arena, row, to, value_machine(arena, message, from), &refusal)) {
		value_clear(row, to);
	}
}

/* ---- What depends on the day ---- */

static const char *text_in_record(struct arena *arena, const ProtobufCMessage *record, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(record->descriptor, name);

	return field == NULL || !value_has(record, field) ? NULL : value_machine(arena, record, field);
}

static bool is_overdue(struct arena *arena, const ProtobufCMessage *record, const char *today)
{
	const char *due_on = text_in_record(arena, record, "due_on");
	const char *state = text_in_record(arena, record, "state");

	return due_on != NULL && strcmp(due_on, today) < 0 &&
	       (state == NULL || !command_listed("confirmed cancelled", ' ', state));
}

static bool is_due(struct arena *arena, const ProtobufCMessage *record, const char *today)
{
	const char *due_on = text_in_record(arena, record, "due_on");

	return due_on != NULL && strcmp(due_on, today) <= 0;
}

static const struct {
	const char *entity, *field;
	bool (*holds)(struct arena *arena, const ProtobufCMessage *record, const char *today);
} computed[] = {
	{"task", "overdue", is_overdue},
	{"probation", "is_due", is_due},
};

static bool compute(struct arena *arena, ProtobufCMessage *row, const ProtobufCFieldDescriptor *field, const char *entity,
		    const ProtobufCMessage *record, const char *today)
{
	struct refusal refusal;

	for (size_t i = 0; i < sizeof(computed) / sizeof(*computed); i++)
		if (strcmp(computed[i].entity, entity) == 0 && strcmp(computed[i].field, field->name) == 0)
			return value_set(arena, row, field,
					 computed[i].holds(arena, record, today) ? "true" : "false", &refusal);
	return false;
}

/* ---- Rows ---- */

ProtobufCMessage *row_make(struct arena *arena, const ProtobufCMessageDescriptor *type, const char *entity,
			   const struct origin *origin, const char *renames, const char *without, const char *today)
{
	ProtobufCMessage *row = value_new(arena, type);

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *to = &type->fields[i], *from;
		const ProtobufCMessage *message;

		if ((without != NULL && command_listed(without, ' ', to->name)) ||
		    compute(arena, row, to, entity, origin->record, today))
			continue;
		if (row_source(arena, origin, to->name, renames, &message, &from))
			copy_field(arena, row, to, message, from);
	}
	return row;
}

bool row_can_fill(struct arena *arena, const char *entity, const ProtobufCFieldDescriptor *field,
		  const ProtobufCMessageDescriptor *record, const ProtobufCMessageDescriptor *with, const char *renames)
{
	const char *own = renamed(arena, renames, field->name);

	for (size_t i = 0; i < sizeof(computed) / sizeof(*computed); i++)
		if (strcmp(computed[i].entity, entity) == 0 && strcmp(computed[i].field, field->name) == 0)
			return true;
	if (own != NULL)
		return value_field(record, own) != NULL;
	return (of_unit(field->name) != NULL && value_field(record, "unit_id") != NULL) ||
	       value_field(record, field->name) != NULL ||
	       (with != NULL && value_field(with, field->name) != NULL);
}

/* ---- Order ---- */

static int compare_bytes(const ProtobufCMessage *a, const ProtobufCMessage *b, const ProtobufCFieldDescriptor *field)
{
	const uint8_t *left = value_uuid(a, field), *right = value_uuid(b, field);

	return left == NULL || right == NULL ? 0 : memcmp(left, right, UUID_SIZE);
}

int row_compare(const ProtobufCMessage *a, const ProtobufCMessage *b, const ProtobufCFieldDescriptor *field)
{
	bool left = value_has(a, field), right = value_has(b, field);
	int64_t low, high;

	if (!left || !right)
		return (int)left - (int)right;
	if (field->type == PROTOBUF_C_TYPE_BYTES)
		return compare_bytes(a, b, field);
	if (field->type == PROTOBUF_C_TYPE_STRING)
		return strcmp(value_string(a, field), value_string(b, field));
	low = value_number(a, field);
	high = value_number(b, field);
	return (low > high) - (low < high);
}

/* `owner` is the list of fields. */
static int by_order(const void *a, const void *b, void *owner)
{
	const ProtobufCMessage *const *left = a, *const *right = b;

	for (const char *at = owner; *at != '\0'; at += strspn(at, " ")) {
		int sign = *at == '-' ? -1 : 1, result;
		char name[64] = "";
		const ProtobufCFieldDescriptor *field;
		size_t n;

		at += *at == '-';
		n = strcspn(at, " ");
		if (n < sizeof(name))
			memcpy(name, at, n);
		at += n;
		field = value_field((*left)->descriptor, name);
		result = field == NULL ? 0 : row_compare(*left, *right, field);
		if (result != 0)
			return sign * result;
	}
	return 0;
}

void rows_sort(struct arena *arena, ProtobufCMessage **rows, size_t n, const char *order)
{
	if (n > 1 && order != NULL)
		qsort_r(rows, n, sizeof(*rows), by_order, mem_copy(arena, order, strlen(order)));
}
