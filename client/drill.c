/* From a figure of a report to the list behind it: --drill GROUP=CODE. */
#include "drill.h"

#include <string.h>

#include "value.h"

/* Which method lists the people of a report, and how it calls the report. Where `code` names a column of
 * the report, its figures have no group. */
static const struct drill {
	const char *report; /* the report's method */
	const char *list;
	const char *number;
	const char *group;
	const char *code;
} drills[] = {
	{"MembersBySector", "DrillMembers", "R07", NULL, "label"},
	{"NewlyAdmitted", "DrillMembers", "R05", "group", "code"},
	{"Structure", "DrillMembers", "R06", "group", "code"},
	{"Pipeline", "DrillCandidates", "R09", "group", "code"},
};

static const struct drill *drill_of(const struct verb *report)
{
	for (size_t i = 0; i < sizeof(drills) / sizeof(drills[0]); i++)
		if (strcmp(report->noun, "report") == 0 &&
		    strcmp(report->method->name, drills[i].report) == 0)
			return &drills[i];
	return NULL;
}

bool drill_asked(struct client *client, const struct verb *report, const struct args *args,
		 struct verb *list)
{
	const struct drill *drill = drill_of(report);

	if (drill == NULL || !args_given(args, "drill"))
		return false;
	command_known_verb(&client->mem, "Report", drill->list, list);
	return true;
}

static void set_text(struct client *client, ProtobufCMessage *request, const char *name,
		     const char *text)
{
	const ProtobufCFieldDescriptor *field = value_field(request->descriptor, name);

	if (field != NULL)
		value_set_string(request, field, mem_copy(&client->mem, text, strlen(text)));
}

/* Fields of one name mean the same in both, and what was right in the one is right in the other. */
static void copy_fields(struct client *client, const ProtobufCMessage *from, ProtobufCMessage *to)
{
	for (unsigned i = 0; i < from->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &from->descriptor->fields[i];
		const ProtobufCFieldDescriptor *same = value_field(to->descriptor, field->name);
		struct refusal refusal;

		if (same != NULL && value_has(from, field) &&
		    !value_set(&client->mem, to, same,
			       value_machine(&client->mem, from, field), &refusal))
			value_clear(to, same);
	}
}

ProtobufCMessage *drill_request(struct client *client, const struct verb *report,
				const struct verb *list, const struct args *args,
				const ProtobufCMessage *of)
{
	ProtobufCMessage *request = value_new(&client->mem, list->method->input);
	const struct drill *drill = drill_of(report);
	const char *figure = args_value(args, "drill");
	const char *equals = drill->group == NULL ? NULL : strchr(figure, '=');

	copy_fields(client, of, request);
	set_text(client, request, "report", drill->number);
	if (equals != NULL)
		set_text(client, request, "group",
			 mem_copy(&client->mem, figure, (size_t)(equals - figure)));
	set_text(client, request, "code", equals != NULL ? equals + 1 : figure);
	return request;
}

/* The first figure serves as the example. */
void drill_tell(struct client *client, const struct verb *report, const ProtobufCMessage *response)
{
	const struct drill *drill = drill_of(report);
	const ProtobufCFieldDescriptor *rows = &response->descriptor->fields[0];
	const ProtobufCMessage *row;
	const char *code;

	if (drill == NULL || value_count(response, rows) == 0)
		return;
	row = value_message(response, rows, 0);
	code = value_string(row, value_field(row->descriptor, drill->code));
	if (drill->group != NULL)
		code = mem_format(&client->mem, "%s=%s",
				  value_string(row, value_field(row->descriptor, drill->group)),
				  code);
	client_note(client, SAY_DRILL, "code", code, NULL);
}
