/* Results become messages here. */
#include "segment.h"

#include <string.h>

#include <libpq-fe.h>
#include <sodium.h>

#include "log.h"
#include "pg_result.h"
#include "seal.h"
#include "sealed_field.h"

void segment_init(struct segment *segment, enum lane lane, uint64_t deadline, void (*done)(struct segment *))
{
	list_init(&segment->link);
	segment->lane = lane;
	segment->deadline = deadline;
	segment->n_steps = 0;
	segment->outcome = SEGMENT_PENDING;
	segment->done = done;
}

void segment_clear(struct segment *segment)
{
	for (unsigned i = 0; i < segment->n_steps; i++) {
		PQclear(pg_result_of(&segment->steps[i]));
		segment->steps[i].result = NULL;
	}
	segment->outcome = SEGMENT_PENDING;
}

size_t segment_rows(const struct segment *segment, unsigned step)
{
	const PGresult *result = pg_result_of(&segment->steps[step]);

	return result ? (size_t)PQntuples(result) : 0;
}

static void *member_of(ProtobufCMessage *message, size_t offset)
{
	return (char *)message + offset;
}

static void set_present(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	protobuf_c_boolean yes = 1;

	if (field->type != PROTOBUF_C_TYPE_STRING && field->type != PROTOBUF_C_TYPE_MESSAGE)
		memcpy(member_of(message, field->quantifier_offset), &yes, sizeof yes);
}

/* Rows on their way into a response. */
struct filling {
	struct segment *segment;
	const struct statement *statement;
	const PGresult *result;
	struct arena *arena;
};

/* Of whoever keeps the keys: the content stays out of the log as everywhere else. */
static bool fail_open(struct filling *f, const struct sealed_field *field, const uint8_t *id, uint32_t key)
{
	char hex[2 * SEAL_ID + 1];

	log_error("event=not_opened statement=%s column=%s.%s id=%s key=%u", f->statement->name, field->table,
		  field->name, sodium_bin2hex(hex, sizeof hex, id, SEAL_ID), key);
	refusal_set(&f->segment->refusal, STATUS_INTERNAL, "internal", NULL);
	return false;
}

static void put_opened(const ProtobufCFieldDescriptor *field, uint8_t *plain, size_t len, void *member)
{
	ProtobufCBinaryData bytes = {len, plain};

	if (field->type == PROTOBUF_C_TYPE_BYTES)
		memcpy(member, &bytes, sizeof bytes);
	else
		memcpy(member, &plain, sizeof plain);
}

/* The plain value goes to the arena, with a NUL. */
static bool open_value(struct filling *f, int row, size_t i, void *member)
{
	const struct sealed_field *field = f->statement->columns[i].sealed;
	const void *sealed = PQgetvalue(f->result, row, (int)i);
	size_t len = (size_t)PQgetlength(f->result, row, (int)i);
	const uint8_t *id = (const uint8_t *)PQgetvalue(f->result, row, (int)f->statement->id_column);
	struct seal_place place = {field->table, field->name, id};
	uint8_t *text;

	if (seal_key_id(sealed, len) == 0)
		return fail_open(f, field, id, 0);
	text = arena_zalloc(f->arena, len - SEAL_EXTRA + 1);
	if (!text)
		return false;
	if (!seal_open(f->statement->keys, &place, sealed, len, text))
		return fail_open(f, field, id, seal_key_id(sealed, len));
	put_opened(f->statement->columns[i].field, text, len - SEAL_EXTRA, member);
	return true;
}

static bool fill_value(struct filling *f, int row, size_t i, ProtobufCMessage *message)
{
	const struct statement_column *column = &f->statement->columns[i];
	void *member = member_of(message, column->field->offset);

	if (column->sealed)
		return open_value(f, row, i, member);
	return pgtype_decode(column->field, column->type, PQgetvalue(f->result, row, (int)i),
			     (size_t)PQgetlength(f->result, row, (int)i), member);
}

static bool fill_row(struct filling *f, int row, ProtobufCMessage *message)
{
	for (size_t i = 0; i < f->statement->n_columns; i++) {
		if (PQgetisnull(f->result, row, (int)i))
			continue;
		if (!fill_value(f, row, i, message))
			return false;
		set_present(message, f->statement->columns[i].field);
	}
	return true;
}

static ProtobufCMessage *new_row(struct filling *f, int row)
{
	const ProtobufCMessageDescriptor *type = statement_row(f->statement);
	ProtobufCMessage *message = arena_alloc(f->arena, type->sizeof_message);

	if (!message)
		return NULL;
	protobuf_c_message_init(type, message);
	return fill_row(f, row, message) ? message : NULL;
}

static bool fill_list(struct filling *f, ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *field = f->statement->target;
	size_t n = (size_t)PQntuples(f->result);
	ProtobufCMessage **items = arena_alloc(f->arena, n * sizeof(ProtobufCMessage *));

	if (!items)
		return false;
	for (size_t i = 0; i < n; i++) {
		items[i] = new_row(f, (int)i);
		if (!items[i])
			return false;
	}
	memcpy(member_of(response, field->quantifier_offset), &n, sizeof n);
	memcpy(member_of(response, field->offset), &items, sizeof(ProtobufCMessage **));
	return true;
}

static bool fill_one(struct filling *f, ProtobufCMessage *response)
{
	ProtobufCMessage *item;

	if (PQntuples(f->result) == 0)
		return true;
	item = new_row(f, 0);
	if (item)
		memcpy(member_of(response, f->statement->target->offset), &item, sizeof(ProtobufCMessage *));
	return item != NULL;
}

static bool fill(struct filling *f, ProtobufCMessage *response)
{
	if (!f->statement->target)
		return PQntuples(f->result) == 0 || fill_row(f, 0, response);
	if (f->statement->target->label == PROTOBUF_C_LABEL_REPEATED)
		return fill_list(f, response);
	return fill_one(f, response);
}

bool segment_fill(struct segment *segment, unsigned step, struct arena *arena, ProtobufCMessage *response)
{
	struct filling f = {segment, segment->steps[step].statement, pg_result_of(&segment->steps[step]), arena};

	if (!f.statement->is_answer || !f.result)
		return true;
	segment->refusal.code = STATUS_OK;
	if (fill(&f, response))
		return true;
	if (segment->refusal.code == STATUS_OK)
		refusal_set(&segment->refusal, STATUS_RESOURCE_EXHAUSTED, "reply_size", NULL);
	return false;
}

bool segment_fill_all(struct segment *segment, unsigned first, struct arena *arena, ProtobufCMessage *response)
{
	for (unsigned i = first; i < segment->n_steps; i++)
		if (segment->steps[i].statement->method->output == response->descriptor &&
		    !segment_fill(segment, i, arena, response))
			return false;
	return true;
}
