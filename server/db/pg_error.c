/* Maps errors of the database. A constraint's name is "field__rule", so the schema names both. */
#include "pg_error.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* First match by prefix wins. rule NULL: taken from the constraint's name. */
static const struct mapping {
	const char *sqlstate;
	enum status code;
	const char *rule;
} mappings[] = {
	{"23502", STATUS_INVALID_ARGUMENT, "required"},
	{"23503", STATUS_NOT_FOUND, "not_found"},
	{"23505", STATUS_ALREADY_EXISTS, NULL},
	{"23514", STATUS_INVALID_ARGUMENT, NULL},
	{"23P01", STATUS_FAILED_PRECONDITION, NULL},
	{"22007", STATUS_INVALID_ARGUMENT, "date_format"},
	{"22008", STATUS_INVALID_ARGUMENT, "date_format"},
	{"22", STATUS_INVALID_ARGUMENT, "value"},
	{"42501", STATUS_NOT_FOUND, "not_found"}, /* RLS: the same answer as nonexistent */
	{"25006", STATUS_PERMISSION_DENIED, "read_only"},
	{"55P03", STATUS_UNAVAILABLE, "busy"},
	{"57014", STATUS_DEADLINE_EXCEEDED, "deadline"},
	{"53100", STATUS_RESOURCE_EXHAUSTED, "full"},
	{"53", STATUS_UNAVAILABLE, "busy"},
	{"57P", STATUS_UNAVAILABLE, "busy"},
	{"", STATUS_INTERNAL, "internal"},
};

enum { BUSY_RETRY_MS = 1000 };

/* field__rule, or field__rule__table where the index of the constraint needs a name of its own. */
static void split_constraint(const char *name, char field[96], char rule[48])
{
	const char *cut = strstr(name, "__");
	const char *start = cut ? cut + 2 : name;
	const char *end = strstr(start, "__");

	(void)snprintf(field, 96, "%.*s", cut ? (int)(cut - name) : 0, name);
	(void)snprintf(rule, 48, "%.*s", end ? (int)(end - start) : (int)strlen(start), start);
}

static void refuse_mapped(const struct mapping *mapping, const struct pg_diagnostics *error, struct refusal *out)
{
	char field[96] = "", rule[48] = "";

	if (error->constraint)
		split_constraint(error->constraint, field, rule);
	else if (error->column)
		(void)snprintf(field, sizeof field, "%s", error->column);
	refusal_set(out, mapping->code, mapping->rule ? mapping->rule : rule, field);
	if (mapping->code == STATUS_UNAVAILABLE)
		out->retry_after_ms = BUSY_RETRY_MS;
}

void pg_error_params(const char *detail, struct refusal *out)
{
	char text[512], name[24];
	char *state = NULL;

	(void)snprintf(text, sizeof text, "%s", detail);
	for (char *line = strtok_r(text, "\n", &state); line; line = strtok_r(NULL, "\n", &state)) {
		char *value = strchr(line, '=');

		if (!value)
			continue;
		*value = '\0';
		(void)snprintf(name, sizeof name, "%.23s", line);
		refusal_param(out, name, "%s", value + 1);
	}
}

static enum segment_outcome own_error(const struct pg_diagnostics *error, struct refusal *out)
{
	long code = strtol(error->sqlstate + 2, NULL, 10);

	if (code == 0)
		return SEGMENT_ROLLED_BACK;
	if (code == 100)
		return SEGMENT_KNOWN;
	refusal_set(out, code <= STATUS_UNAUTHENTICATED ? (enum status)code : STATUS_INTERNAL,
		    error->message ? error->message : "internal", error->column);
	if (error->detail)
		pg_error_params(error->detail, out);
	return SEGMENT_REFUSED;
}

enum segment_outcome pg_error_outcome(const struct pg_diagnostics *error, struct refusal *out)
{
	const struct mapping *mapping = mappings;

	if (strncmp(error->sqlstate, "CB", 2) == 0)
		return own_error(error, out);
	while (strncmp(error->sqlstate, mapping->sqlstate, strlen(mapping->sqlstate)) != 0)
		mapping++;
	refuse_mapped(mapping, error, out);
	if (strcmp(error->sqlstate, "40001") == 0 || strcmp(error->sqlstate, "40P01") == 0) {
		refusal_set(out, STATUS_UNAVAILABLE, "busy", NULL);
		out->retry_after_ms = BUSY_RETRY_MS;
		return SEGMENT_CONFLICTED;
	}
	return SEGMENT_REFUSED;
}

bool pg_error_needs_reconnect(const char *sqlstate)
{
	return strcmp(sqlstate, "0A000") == 0 || strcmp(sqlstate, "26000") == 0;
}
