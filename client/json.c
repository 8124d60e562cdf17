/* Messages as JSON. A value that jansson refuses would silently drop its key: each is checked. */
#include "json.h"

#include <stdlib.h>

#include "clean.h"
#include "value.h"

static const int64_t exact_max = INT64_C(1) << 53; /* beyond it a double is not exact */

static json_t *checked(json_t *value)
{
	if (value == NULL)
		abort(); /* memory is short: texts passed the pre-scan and are UTF-8 */
	return value;
}

static json_t *number(struct arena *arena, const ProtobufCMessage *message,
		      const ProtobufCFieldDescriptor *field)
{
	int64_t value = value_number(message, field);

	if (value > exact_max || value < -exact_max)
		return json_string(value_machine(arena, message, field));
	return json_integer(value);
}

static json_t *scalar(struct arena *arena, const ProtobufCMessage *message,
		      const ProtobufCFieldDescriptor *field)
{
	if (!value_has(message, field))
		return json_null();
	if (field->type == PROTOBUF_C_TYPE_BOOL)
		return json_boolean(value_number(message, field) != 0);
	if (value_is_number(field))
		return number(arena, message, field);
	return json_string(value_machine(arena, message, field));
}

json_t *json_field(struct arena *arena, const ProtobufCMessage *message,
		   const ProtobufCFieldDescriptor *field)
{
	json_t *array;

	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return checked(field->label == PROTOBUF_C_LABEL_REPEATED
				       ? json_null()
				       : scalar(arena, message, field));
	if (field->label != PROTOBUF_C_LABEL_REPEATED)
		return value_has(message, field)
			       ? json_message(arena, value_message(message, field, 0))
			       : checked(json_null());
	array = checked(json_array());
	for (size_t i = 0; i < value_count(message, field); i++)
		if (json_array_append_new(array, json_message(arena, value_message(message, field,
										   i))) != 0)
			abort();
	return array;
}

json_t *json_message(struct arena *arena, const ProtobufCMessage *message)
{
	json_t *object = checked(json_object());

	for (unsigned i = 0; i < message->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->descriptor->fields[i];

		if (json_object_set_new(object, field->name, json_field(arena, message, field)) !=
		    0)
			abort();
	}
	return object;
}

void json_print(json_t *value, FILE *out, size_t flags)
{
	char *text = json_dumps(value, flags | JSON_ENCODE_ANY);

	if (text == NULL)
		abort();
	clean_print(out, text);
	fputc('\n', out);
	free(text);
	json_decref(value);
}
