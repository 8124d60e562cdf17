/* Which rows a question asks for. What cannot be honoured is refused before anything is read. */
#include <string.h>

#include "clean.h"
#include "local_parts.h"
#include "value.h"

static bool next_filter(struct arena *arena, const char **at, struct filter *filter)
{
	size_t n, name;

	*at += strspn(*at, " ");
	n = strcspn(*at, " ");
	name = strcspn(*at, " <>~^");
	if (n == 0)
		return false;
	filter->asked = filter->of = mem_copy(arena, *at, name);
	filter->op = 0;
	if (name < n) {
		filter->op = (*at)[name];
		filter->of = mem_copy(arena, *at + name + 1, n - name - 1);
	}
	*at += n;
	return true;
}

static bool is_paging(const char *name)
{
	return strcmp(name, "limit") == 0 || strncmp(name, "after", 5) == 0;
}

static void read_filters(struct answering *a)
{
	struct filter filter;
	size_t capacity = 0;

	for (const char *at = a->read->filters; next_filter(a->mem, &at, &filter);) {
		a->filters = mem_grow(a->mem, a->filters, a->n_filters, &capacity, sizeof(*a->filters));
		a->filters[a->n_filters++] = filter;
	}
}

static bool filters_name(const struct answering *a, const char *name)
{
	for (size_t i = 0; i < a->n_filters; i++)
		if (strcmp(a->filters[i].asked, name) == 0)
			return true;
	return false;
}

/* Every field that the request sets is one that can be honoured. */
bool local_check(struct answering *a)
{
	const ProtobufCMessage *request = a->call->request;

	read_filters(a);
	for (unsigned i = 0; request != NULL && i < request->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &request->descriptor->fields[i];
		bool other_day;

		if (!value_has(request, field) || is_paging(field->name))
			continue;
		other_day = strcmp(field->name, "as_of_on") == 0 && strcmp(value_string(request, field), a->today) != 0;
		if (other_day || !filters_name(a, field->name)) {
			refusal_set(&a->call->refusal, STATUS_UNAVAILABLE, "needs_line_for", field->name);
			return false;
		}
	}
	return true;
}

/* What the request asks of a field, or else what the server takes for granted; several with commas. NULL: anything. */
static const char *asked_of(struct answering *a, const char *name)
{
	const ProtobufCMessage *request = a->call->request;
	const ProtobufCFieldDescriptor *field = value_field(request->descriptor, name);
	const char *given = a->read->defaults;
	size_t n = strlen(name);

	if (field != NULL && value_has(request, field))
		return value_machine(a->mem, request, field);
	if (given == NULL || strncmp(given, name, n) != 0 || given[n] != '=')
		return NULL;
	if (strcmp(given + n + 1, "now") != 0)
		return given + n + 1;
	/* this year, unless days are given */
	for (unsigned i = 0; i < request->descriptor->n_fields; i++)
		if (value_has(request, &request->descriptor->fields[i]))
			return NULL;
	return mem_copy(a->mem, a->today, 4);
}

/* Below or above: numbers by value, days and months as text. */
static bool is_at_most(const char *low, const char *high)
{
	size_t n = strlen(low), m = strlen(high);
	bool numbers = strspn(low, "0123456789") == n && strspn(high, "0123456789") == m;

	return numbers && n != m ? n < m : strcmp(low, high) <= 0;
}

static bool fits(struct answering *a, char op, const char *asked, const char *value)
{
	switch (op) {
	case '<':
		return is_at_most(asked, value);
	case '>':
		return is_at_most(value, asked);
	case '~':
		return strcmp(clean_fold(a->mem, asked), clean_fold(a->mem, value)) == 0;
	case '^':
		return strncmp(value, asked, strlen(asked)) == 0;
	default:
		return strcmp(asked, value) == 0 || (strchr(asked, ',') != NULL && command_listed(asked, ',', value));
	}
}

/* The value of a field as the row shows it, or as a record behind the row has it; NULL: absent. */
static const char *value_of(struct answering *a, const ProtobufCMessage *row, const struct origin *origin, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(row->descriptor, name);
	const ProtobufCMessage *message;

	if (field != NULL && value_has(row, field))
		return value_machine(a->mem, row, field);
	if (!row_source(a->mem, origin, name, NULL, &message, &field))
		return NULL;
	return value_machine(a->mem, message, field);
}

const uint8_t *local_uuid(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = message == NULL ? NULL : value_field(message->descriptor, name);

	return field == NULL ? NULL : value_uuid(message, field);
}

/* Inside the unit that was asked for; a unit is inside itself. */
static bool lies_inside(struct answering *a, const ProtobufCMessage *record)
{
	const uint8_t *top = local_uuid(a->call->request, "unit_id");
	const uint8_t *unit = local_uuid(record, strcmp(a->read->entity, "unit") == 0 ? "id" : "unit_id");

	return top == NULL || units_depth(&a->units, unit, top) >= 0;
}

bool local_passes(struct answering *a, const ProtobufCMessage *row, const struct origin *origin)
{
	for (size_t i = 0; i < a->n_filters; i++) {
		const struct filter *filter = &a->filters[i];
		const char *asked = asked_of(a, filter->asked), *value;

		if (asked == NULL || strcmp(filter->asked, "as_of_on") == 0)
			continue;
		if (strcmp(filter->asked, "unit_id") == 0) {
			if (!lies_inside(a, origin->record))
				return false;
			continue;
		}
		value = value_of(a, row, origin, filter->of);
		if (value == NULL || !fits(a, filter->op, asked, value))
			return false;
	}
	return true;
}

/* "from_on until_on": begun, and not over; "<closed_on": over on that day. */
bool local_covers(struct answering *a, const char *days, const ProtobufCMessage *record)
{
	const char *last;
	const struct origin origin = {.record = record};
	const char *begun, *over;
	bool open;

	if (days == NULL)
		return true;
	last = strchr(days, ' ') + 1;
	open = *last == '<';
	begun = value_of(a, record, &origin, mem_copy(a->mem, days, (size_t)(last - days) - 1));
	over = value_of(a, record, &origin, last + open);
	return (begun == NULL || strcmp(begun, a->today) <= 0) &&
	       (over == NULL || (open ? strcmp(a->today, over) < 0 : strcmp(a->today, over) <= 0));
}
