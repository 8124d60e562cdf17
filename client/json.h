/* Messages as JSON: keys are field names in the order of the .proto, absent scalars are null. */
#ifndef CHIBO_CLIENT_JSON_H
#define CHIBO_CLIENT_JSON_H

#include <stdbool.h>

#include <stdio.h>

#include <jansson.h>
#include <protobuf-c/protobuf-c.h>

#include "mem.h"

/* A new reference, never NULL. */
json_t *json_message(struct arena *arena, const ProtobufCMessage *message);
json_t *json_field(struct arena *arena, const ProtobufCMessage *message,
		   const ProtobufCFieldDescriptor *field);
/* Prints the value, with the escapes of JSON for what could harm a terminal, and lets it go. */
void json_print(json_t *value, FILE *out, size_t flags);

#endif
