/* Results become messages here. */
#include "segment.h"

#include <string.h>

#include <libpq-fe.h>

#include "pg_result.h"

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

static bool fill_row(const struct statement *statement, const PGresult *result, int row,
		     ProtobufCMessage *message)
{
	for (size_t i = 0; i < statement->n_columns; i++) {
		const struct statement_column *column = &statement->columns[i];
		const ProtobufCFieldDescriptor *field = column->field;

		if (PQgetisnull(result, row, (int)i))
			continue;
		if (!pgtype_decode(field, column->type, PQgetvalue(result, row, (int)i),
				   (size_t)PQgetlength(result, row, (int)i), member_of(message, field->offset)))
			return false;
		set_present(message, field);
	}
	return true;
}

static ProtobufCMessage *new_row(const struct statement *statement, const PGresult *result, int row,
				 struct arena *arena)
{
	const ProtobufCMessageDescriptor *type = statement_row(statement);
	ProtobufCMessage *message = arena_alloc(arena, type->sizeof_message);

	if (!message)
		return NULL;
	protobuf_c_message_init(type, message);
	return fill_row(statement, result, row, message) ? message : NULL;
}

static bool fill_list(const struct statement *statement, const PGresult *result, struct arena *arena,
		      ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *field = statement->target;
	size_t n = (size_t)PQntuples(result);
	ProtobufCMessage **items = arena_alloc(arena, n * sizeof(ProtobufCMessage *));

	if (!items)
		return false;
	for (size_t i = 0; i < n; i++) {
		items[i] = new_row(statement, result, (int)i, arena);
		if (!items[i])
			return false;
	}
	memcpy(member_of(response, field->quantifier_offset), &n, sizeof n);
	memcpy(member_of(response, field->offset), &items, sizeof(ProtobufCMessage **));
	return true;
}

static bool fill_one(const struct statement *statement, const PGresult *result, struct arena *arena,
		     ProtobufCMessage *response)
{
	ProtobufCMessage *item;

	if (PQntuples(result) == 0)
		return true;
	item = new_row(statement, result, 0, arena);
	if (item)
		memcpy(member_of(response, statement->target->offset), &item, sizeof(ProtobufCMessage *));
	return item != NULL;
}

bool segment_fill(const struct segment *segment, unsigned step, struct arena *arena, ProtobufCMessage *response)
{
	const struct statement *statement = segment->steps[step].statement;
	const PGresult *result = pg_result_of(&segment->steps[step]);

	if (!statement->is_answer || !result)
		return true;
	if (!statement->target)
		return PQntuples(result) == 0 || fill_row(statement, result, 0, response);
	if (statement->target->label == PROTOBUF_C_LABEL_REPEATED)
		return fill_list(statement, result, arena, response);
	return fill_one(statement, result, arena, response);
}

bool segment_fill_all(const struct segment *segment, unsigned first, struct arena *arena,
		      ProtobufCMessage *response)
{
	for (unsigned i = first; i < segment->n_steps; i++)
		if (segment->steps[i].statement->method->output == response->descriptor &&
		    !segment_fill(segment, i, arena, response))
			return false;
	return true;
}
