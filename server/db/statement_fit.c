/* Holds what the server said of a statement against the messages (pitfalls, "Statement files and binder"). */
#include <stdio.h>
#include <string.h>

#include "sealed_field.h"
#include "statement.h"

struct fit {
	struct statement *statement;
	const struct statement_description *described;
	const struct pg_enums *enums;
	char *reason;
	size_t reason_size;
};

static bool misfit(struct fit *fit, const char *kind, const char *name, const char *what)
{
	(void)snprintf(fit->reason, fit->reason_size, "%s: %s '%s' %s", fit->statement->place, kind, name, what);
	return false;
}

static bool fit_param(struct fit *fit, size_t i)
{
	struct statement_param *p = &fit->statement->params[i];
	char what[160];

	if (p->form == FORM_SEALED || p->form == FORM_KEYED) {
		p->type = fit->described->param_type(fit->described->source, i);
		return pgtype_is_bytes(p->type) || misfit(fit, "parameter", p->field->name, "is sealed: cast to bytea");
	}
	if (pgtype_fits(fit->enums, p->field, p->is_array,
			fit->described->param_type(fit->described->source, i), &p->type, what, sizeof what))
		return true;
	return misfit(fit, "parameter", p->field->name, what);
}

static bool fit_params(struct fit *fit)
{
	if (fit->described->n_params != fit->statement->n_params)
		return misfit(fit, "args", "", "are not as many as the placeholders");
	for (size_t i = 0; i < fit->statement->n_params; i++)
		if (!fit_param(fit, i))
			return false;
	return true;
}

static bool column_seen(const struct statement *st, size_t n, const ProtobufCFieldDescriptor *field)
{
	for (size_t i = 0; i < n; i++)
		if (st->columns[i].field == field)
			return true;
	return false;
}

static const struct sealed_field *opened(const struct statement *st, const char *name)
{
	for (size_t i = 0; i < st->n_opens; i++)
		if (strcmp(st->opens[i]->name, name) == 0)
			return st->opens[i];
	return NULL;
}

static bool fit_opened(struct fit *fit, size_t i, const char *name)
{
	struct statement_column *column = &fit->statement->columns[i];

	column->sealed = opened(fit->statement, name);
	column->type = fit->described->column_type(fit->described->source, i);
	return pgtype_is_bytes(column->type) || misfit(fit, "column", name, "is opened, and no bytea");
}

static bool fit_column(struct fit *fit, size_t i)
{
	struct statement *st = fit->statement;
	const char *name = fit->described->column_name(fit->described->source, i);
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(statement_row(st), name);
	char what[160];

	if (!field || field->label == PROTOBUF_C_LABEL_REPEATED) {
		(void)snprintf(what, sizeof what, "is no single field of %s", statement_row(st)->name);
		return misfit(fit, "column", name, what);
	}
	if (column_seen(st, i, field))
		return misfit(fit, "column", name, "comes twice");
	st->columns[i].field = field;
	if (opened(st, name))
		return fit_opened(fit, i, name);
	if (pgtype_fits(fit->enums, field, false, fit->described->column_type(fit->described->source, i),
			&st->columns[i].type, what, sizeof what))
		return true;
	return misfit(fit, "column", name, what);
}

/* What is opened belongs to the record of its row. */
static bool find_id(struct fit *fit)
{
	struct statement *st = fit->statement;

	for (st->id_column = 0; st->id_column < st->n_columns; st->id_column++)
		if (strcmp(st->columns[st->id_column].field->name, "id") == 0 &&
		    pgtype_is_uuid(st->columns[st->id_column].type))
			return true;
	return st->n_opens == 0 || misfit(fit, "column", "id", "is missing, for which the others are opened");
}

/* A field that no column fills would be absent for ever, which nobody would notice. */
static bool all_filled(struct fit *fit)
{
	const struct statement *st = fit->statement;
	const ProtobufCMessageDescriptor *message = statement_row(st);

	for (unsigned i = 0; i < message->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &message->fields[i];

		if (f->type != PROTOBUF_C_TYPE_MESSAGE && !column_seen(st, st->n_columns, f))
			return misfit(fit, "field", f->name, "is filled by no column");
	}
	return true;
}

static bool fit_columns(struct fit *fit)
{
	struct statement *st = fit->statement;

	if (!st->is_answer)
		return true;
	if (fit->described->n_columns > st->n_columns_max)
		return misfit(fit, "columns", "", "are too many");
	st->n_columns = fit->described->n_columns;
	for (size_t i = 0; i < st->n_columns; i++)
		if (!fit_column(fit, i))
			return false;
	return find_id(fit) && all_filled(fit);
}

bool statement_fit(struct statement *statement, const struct statement_description *described,
		   const struct pg_enums *enums, char *reason, size_t reason_size)
{
	struct fit fit = {statement, described, enums, reason, reason_size};

	return fit_params(&fit) && fit_columns(&fit);
}
