/* One field of a message: from what a person writes, to what a person or a program reads. */
#ifndef CHIBO_CLIENT_VALUE_H
#define CHIBO_CLIENT_VALUE_H

#include <stdbool.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "mem.h"
#include "status.h"
#include "texts.h"

enum {
	UUID_SIZE = 16,
	UUID_TEXT = 37, /* with its NUL */
};

/* A message of this type without any field. */
ProtobufCMessage *value_new(struct arena *arena, const ProtobufCMessageDescriptor *type);

/* Sets the field, or appends to a repeated one. Empty text: present and empty for texts, absent for
 * all others. False: the refusal names rule, field and value. */
bool value_set(struct arena *arena, ProtobufCMessage *message,
	       const ProtobufCFieldDescriptor *field, const char *text,
	       struct refusal *refusal) MUST_CHECK;
/* For fields of 16 bytes. */
void value_set_uuid(struct arena *arena, ProtobufCMessage *message,
		    const ProtobufCFieldDescriptor *field, const uint8_t uuid[static UUID_SIZE]);
void value_set_int32(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
		     int32_t number);
void value_set_string(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, char *text);
void value_append_string(struct arena *arena, ProtobufCMessage *message,
			 const ProtobufCFieldDescriptor *field, char *text);
void value_set_bytes(struct arena *arena, ProtobufCMessage *message,
		     const ProtobufCFieldDescriptor *field, const uint8_t *bytes, size_t n);
/* `inner` and `messages` stay where they are. */
void value_set_message(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, ProtobufCMessage *inner);
void value_set_messages(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field,
			ProtobufCMessage **messages, size_t n);
void value_clear(ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

bool value_has(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* Of a single field that is present; for machines: ISO dates, exact labels, UUIDs. */
const char *value_machine(struct arena *arena, const ProtobufCMessage *message,
			  const ProtobufCFieldDescriptor *field);
/* For people (shown.c): dd/mm/yyyy, translated labels, 1.234.567; escaped. */
const char *value_human(struct arena *arena, enum lang lang, const ProtobufCMessage *message,
			const ProtobufCFieldDescriptor *field);
/* Number of an int32, int64, bool or enum field. */
int64_t value_number(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* Of a single or repeated message field. */
size_t value_count(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
const ProtobufCMessage *value_message(const ProtobufCMessage *message,
				      const ProtobufCFieldDescriptor *field, size_t n);
const char *value_string(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);
/* NULL unless the field holds 16 bytes. */
const uint8_t *value_uuid(const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field);

const ProtobufCFieldDescriptor *value_field(const ProtobufCMessageDescriptor *type,
					    const char *name);
bool value_is_number(const ProtobufCFieldDescriptor *field);
bool value_is_uuid(const ProtobufCFieldDescriptor *field);
bool value_is_instant(const ProtobufCFieldDescriptor *field);
bool value_is_date(const ProtobufCFieldDescriptor *field);
bool value_is_decimal(const ProtobufCFieldDescriptor *field);

/* "female" of SEX_FEMALE. */
const char *value_enum_label(struct arena *arena, const ProtobufCEnumDescriptor *type, int number);
/* Labels that may be given, separated by ", ". */
const char *value_enum_choices(struct arena *arena, const ProtobufCEnumDescriptor *type);

bool value_parse_uuid(const char *text, uint8_t uuid[static UUID_SIZE]) MUST_CHECK;
/* A copy for a bytes field. */
ProtobufCBinaryData value_bytes(struct arena *arena, const uint8_t *bytes, size_t n);
void value_print_uuid(const uint8_t uuid[static UUID_SIZE], char text[static UUID_TEXT]);

#endif
