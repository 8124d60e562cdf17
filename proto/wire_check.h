/* The pre-scan refuses hostile bytes before they are unpacked; it allocates nothing. */
#ifndef CHIBO_PROTO_WIRE_CHECK_H
#define CHIBO_PROTO_WIRE_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <protobuf-c/protobuf-c.h>

#include "status.h"

enum {
	WIRE_DEPTH = 16,
	WIRE_ELEMENTS = 2000,
	WIRE_UNKNOWN = 16,
	WIRE_FIELDS_MAX = 256, /* of one message: the scan remembers which it has seen */
};

/* All levels of a message together. */
struct wire_limits {
	unsigned depth;    /* levels; the outermost message is the first */
	unsigned elements; /* field occurrences, known or not, and packed values */
	unsigned unknown;  /* field occurrences that the descriptors do not know */
};

/*
 * True: protobuf_c_message_unpack() succeeds unless memory is short, in time and memory bounded by
 * the limits, and strings are valid UTF-8 without NUL. False: `out` names the rule and the field.
 *
 * Rules: depth, elements, unknown_fields, duplicate_field, oneof, group, wire_type, varint, utf8,
 * nul, enum_value, truncated. The code is INVALID_ARGUMENT: the same bytes fail for ever. The
 * field is a path like "lines[3].born_on", counted from 0; an unknown field is named by its number.
 *
 * Stricter than protobuf: a singular field may occur once, numbers must be in the range of their
 * type and in their shortest form, enum numbers must be known.
 */
bool wire_check(const ProtobufCMessageDescriptor *message, const uint8_t *bytes, size_t len,
		const struct wire_limits *limits, struct refusal *out) MUST_CHECK;

/* To be asked once at start, for every message that may arrive. False: somewhere in it a message
 * contains itself, has a required field, or more than WIRE_FIELDS_MAX fields: wire_check() must not
 * see it. */
bool wire_acyclic(const ProtobufCMessageDescriptor *message) MUST_CHECK;

#endif
