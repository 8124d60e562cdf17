/* Whose turn it is: any record with the fields waits_for_role, waits_for_unit_path and moved_up. */
#include "waits.h"

#include <string.h>

#include "clean.h"
#include "value.h"

static bool has_moved_up(const ProtobufCMessage *record)
{
	const ProtobufCFieldDescriptor *field = value_field(record->descriptor, "moved_up");

	return field != NULL && value_has(record, field) && value_number(record, field) != 0;
}

static const char *text_of(struct client *client, const ProtobufCMessage *record, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(record->descriptor, name);
	const char *text = field == NULL ? NULL : value_string(record, field);

	return text == NULL ? "" : clean_shown(&client->mem, text);
}

/* Nobody has decided it yet. */
static bool is_open(struct client *client, const ProtobufCMessage *record)
{
	const ProtobufCFieldDescriptor *state = value_field(record->descriptor, "state");
	const char *label = state == NULL ? "" : value_machine(&client->mem, record, state);

	return value_field(record->descriptor, "waits_for_role") != NULL &&
	       (strcmp(label, "submitted") == 0 || strcmp(label, "approved") == 0);
}

static void tell(struct client *client, const ProtobufCMessage *record)
{
	const char *role = text_of(client, record, "waits_for_role");
	enum say id = *role == '\0'	     ? SAY_WAITS_FOR_NOBODY
		      : has_moved_up(record) ? SAY_MOVED_UP
					     : SAY_WAITS_FOR;

	client_note(client, id, "name", text_of(client, record, "full_name"), "home",
		    text_of(client, record, "unit_path"), "role", role, "unit",
		    text_of(client, record, "waits_for_unit_path"), NULL);
}

/* The records of the first field: one, or those of a list. */
static void each(struct client *client, const ProtobufCMessage *response, bool quiet_if_usual)
{
	const ProtobufCMessageDescriptor *type = response->descriptor;
	const ProtobufCFieldDescriptor *field = type->n_fields > 0 ? &type->fields[0] : NULL;

	if (field == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE)
		return;
	for (size_t i = 0; i < value_count(response, field); i++) {
		const ProtobufCMessage *record = value_message(response, field, i);
		bool usual = *text_of(client, record, "waits_for_role") != '\0' && !has_moved_up(record);

		if (is_open(client, record) && !(quiet_if_usual && usual))
			tell(client, record);
	}
}

void waits_tell(struct client *client, const ProtobufCMessage *response)
{
	each(client, response, false);
}

void waits_warn(struct client *client, const ProtobufCMessage *response)
{
	each(client, response, true);
}
