/* Prints a libFuzzer dictionary: the tag of every field, under every wire type that exists. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "messages.h"

enum { TAGS = 1 << 14 }; /* tags of at most two bytes */

static bool printed[TAGS];

static void print_tag(uint32_t number, unsigned wire_type)
{
	uint32_t tag = number << 3 | wire_type;

	if (tag >= TAGS || printed[tag])
		return;
	printed[tag] = true;
	if (tag < 0x80)
		printf("\"\\x%02X\"\n", (unsigned)tag);
	else
		printf("\"\\x%02X\\x%02X\"\n", (unsigned)((tag & 0x7F) | 0x80),
		       (unsigned)(tag >> 7));
}

static void print_message(const ProtobufCMessageDescriptor *message)
{
	unsigned i;

	for (i = 0; i < message->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &message->fields[i];
		print_tag(field->id, PROTOBUF_C_WIRE_TYPE_VARINT);
		print_tag(field->id, PROTOBUF_C_WIRE_TYPE_64BIT);
		print_tag(field->id, PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED);
		print_tag(field->id, PROTOBUF_C_WIRE_TYPE_32BIT);
		if (field->type == PROTOBUF_C_TYPE_MESSAGE)
			print_message(field->descriptor);
	}
}

int main(void)
{
	size_t i;

	for (i = 0; i < n_fuzz_messages; i++)
		print_message(fuzz_messages[i]);
	return 0;
}
