/* Holds what the server said of a statement against the messages (pitfalls, "Statement files and binder"). */
#include <stdio.h>
#include <string.h>

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
	(void)snprintf(fit->reason, fit->reason_size, "%s: %s '%s' %s", fit->statement->name, kind, name, what);
	return false;
}

static bool fit_param(struct fit *fit, size_t i)
{
	struct statement_param *p = &fit->statement->params[i];
	char what[160];

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
	if (pgtype_fits(fit->enums, field, false, fit->described->column_type(fit->described->source, i),
			&st->columns[i].type, what, sizeof what))
		return true;
	return misfit(fit, "column", name, what);
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
	return all_filled(fit);
}

bool statement_fit(struct statement *statement, const struct statement_description *described,
		   const struct pg_enums *enums, char *reason, size_t reason_size)
{
	struct fit fit = {statement, described, enums, reason, reason_size};

	return fit_params(&fit) && fit_columns(&fit);
}
