/* The one list of what is sealed. */
#include "sealed_field.h"

#include <stddef.h>
#include <string.h>

static const struct sealed_field fields[] = {
	{"person_sealed", "national_id", plain_national_id, plain_national_id_tells},
	{"person_sealed", "address", plain_address, NULL},
	{"person_sealed", "phone", plain_phone, NULL},
	{"person_sealed", "notes", plain_notes, NULL},
	{"parked", "body", NULL, NULL},
};

const struct sealed_field *sealed_field_find(const char *name)
{
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	return NULL;
}

const struct sealed_field *sealed_field_in(const char *table, const char *name)
{
	const struct sealed_field *field = sealed_field_find(name);

	return field && strcmp(field->table, table) == 0 ? field : NULL;
}

bool sealed_field_fits(const struct sealed_field *field, ProtobufCType type)
{
	return type == (field->check ? PROTOBUF_C_TYPE_STRING : PROTOBUF_C_TYPE_BYTES);
}
