/* Walks the wire format along the descriptors: a cursor per message, nothing allocated. */
#include "wire_check.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

enum {
	START_GROUP = 3, /* wire types that protobuf-c has no names for */
	END_GROUP = 4,
};

/* What the whole scan shares. */
struct scan {
	struct wire_limits limits;
	unsigned elements;
	unsigned unknown;
	struct refusal *out;
};

/* One message being walked. The chain of parents is the path of the field at hand. */
struct level {
	const struct level *parent;
	const ProtobufCMessageDescriptor *message;
	const uint8_t *start;
	const uint8_t *here; /* next byte to read */
	const uint8_t *end;
	const uint8_t *run;  /* tag of the first of the fields of this number that follow each other here */
	size_t in_run;       /* of those, how many stand before the field at hand */
	uint32_t number;     /* of the field at hand; 0: none was read yet */
	const ProtobufCFieldDescriptor *field; /* of that number; NULL: unknown */
	unsigned depth;      /* 1 for the outermost */
	uint64_t seen[WIRE_FIELDS_MAX / 64]; /* bit per index in message->fields */
};

static bool scan_message(struct scan *scan, struct level *level);

/* Reads at most ten bytes, in the shortest form. Returns NULL, or the rule that is broken. */
static const char *read_varint(struct level *level, uint64_t *value)
{
	uint64_t result = 0;
	unsigned shift;

	for (shift = 0;; shift += 7) {
		uint8_t byte;
		if (level->here == level->end)
			return "truncated";
		byte = *level->here++;
		if (shift == 63 && byte > 1)
			return "varint";
		result |= (uint64_t)(byte & 0x7F) << shift;
		if (byte < 0x80) {
			*value = result;
			return byte == 0 && shift > 0 ? "varint" : NULL;
		}
	}
}

static const char *skip(struct level *level, uint64_t n)
{
	if (n > (uint64_t)(level->end - level->here))
		return "truncated";
	level->here += n;
	return NULL;
}

/* Reads a length and the bytes that it promises. */
static const char *read_bytes(struct level *level, const uint8_t **bytes, size_t *len)
{
	uint64_t n;
	const char *broken = read_varint(level, &n);

	if (broken)
		return broken;
	*bytes = level->here;
	*len = (size_t)n;
	return skip(level, n);
}

/* Reads a tag. protobuf-c takes field numbers of 1 to 2^29 - 1. */
static const char *read_tag(struct level *level, uint32_t *number, unsigned *wire_type)
{
	uint64_t tag = 0;
	const char *broken = read_varint(level, &tag);

	if (broken)
		return broken;
	if (tag > UINT32_MAX)
		return "varint";
	*number = (uint32_t)(tag >> 3);
	*wire_type = (unsigned)(tag & 7);
	if (*wire_type == START_GROUP || *wire_type == END_GROUP)
		return "group";
	if (*number == 0 || *wire_type > PROTOBUF_C_WIRE_TYPE_32BIT)
		return "wire_type";
	return NULL;
}

static const char *skip_value(struct level *level, unsigned wire_type)
{
	const uint8_t *bytes;
	uint64_t value;
	size_t len;

	switch (wire_type) {
	case PROTOBUF_C_WIRE_TYPE_VARINT:
		return read_varint(level, &value);
	case PROTOBUF_C_WIRE_TYPE_64BIT:
		return skip(level, 8);
	case PROTOBUF_C_WIRE_TYPE_32BIT:
		return skip(level, 4);
	default:
		return read_bytes(level, &bytes, &len);
	}
}

/* How often the field at hand occurred before in this message: asked only for a refusal, and looked up
 * only before the run of the same field that ends here, or a refusal would cost a second scan. */
static size_t index_of_field(const struct level *level)
{
	struct level again = { .here = level->start, .end = level->run };
	uint32_t number;
	unsigned wire_type;
	size_t index = level->in_run;

	while (again.here < again.end) {
		if (read_tag(&again, &number, &wire_type) || skip_value(&again, wire_type))
			break;
		index += number == level->number;
	}
	return index;
}

/* Writes the path of the level's field into text, which has room for size bytes; returns its
 * length. */
static size_t print_path(const struct level *level, char *text, size_t size)
{
	size_t used = level->parent ? print_path(level->parent, text, size) : 0;
	const char *dot = used > 0 ? "." : "";
	int more;

	if (level->number == 0)
		return used;
	if (!level->field)
		more = snprintf(text + used, size - used, "%s%u", dot, level->number);
	else if (level->field->label == PROTOBUF_C_LABEL_REPEATED)
		more = snprintf(text + used, size - used, "%s%s[%zu]", dot, level->field->name,
				index_of_field(level));
	else
		more = snprintf(text + used, size - used, "%s%s", dot, level->field->name);
	if (more < 0)
		return used;
	return (size_t)more < size - used ? used + (size_t)more : size - 1;
}

static bool refuse(struct scan *scan, const struct level *level, const char *rule)
{
	char field[sizeof scan->out->field] = "";

	print_path(level, field, sizeof field);
	refusal_set(scan->out, STATUS_INVALID_ARGUMENT, rule, field);
	return false;
}

static bool refuse_limit(struct scan *scan, const struct level *level, const char *rule,
			 unsigned limit)
{
	refuse(scan, level, rule);
	refusal_param(scan->out, "limit", "%u", limit);
	return false;
}

static bool count_element(struct scan *scan, const struct level *level)
{
	if (scan->elements++ < scan->limits.elements)
		return true;
	return refuse_limit(scan, level, "elements", scan->limits.elements);
}

/* Bytes of a character, by its first; 0 if no character begins so. */
static size_t width_of(uint8_t lead)
{
	if (lead < 0x80)
		return 1;
	if (lead < 0xC2 || lead > 0xF4)
		return 0;
	return lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
}

/* Length of the character at s, within n >= 1 bytes; 0 if it is overlong, a surrogate, above
 * U+10FFFF or cut. */
static size_t character(const uint8_t *s, size_t n)
{
	size_t width = width_of(s[0]);
	size_t i;

	if (width > n)
		return 0;
	for (i = 1; i < width; i++) {
		if ((s[i] & 0xC0) != 0x80)
			return 0;
	}
	if ((s[0] == 0xE0 && s[1] < 0xA0) || (s[0] == 0xED && s[1] > 0x9F) ||
	    (s[0] == 0xF0 && s[1] < 0x90) || (s[0] == 0xF4 && s[1] > 0x8F))
		return 0;
	return width;
}

static const char *check_text(const uint8_t *text, size_t len)
{
	size_t i, width;

	if (len > 0 && memchr(text, '\0', len))
		return "nul";
	for (i = 0; i < len; i += width) {
		width = character(text + i, len - i);
		if (width == 0)
			return "utf8";
	}
	return NULL;
}

/* A varint in the range of its type. Negative numbers of 32 bits come sign-extended to 64. */
static const char *check_varint(const ProtobufCFieldDescriptor *field, uint64_t value)
{
	int64_t number = (int64_t)value;

	switch (field->type) {
	case PROTOBUF_C_TYPE_INT32:
		return number < INT32_MIN || number > INT32_MAX ? "varint" : NULL;
	case PROTOBUF_C_TYPE_UINT32:
	case PROTOBUF_C_TYPE_SINT32:
		return value > UINT32_MAX ? "varint" : NULL;
	case PROTOBUF_C_TYPE_BOOL:
		return value > 1 ? "varint" : NULL;
	case PROTOBUF_C_TYPE_ENUM:
		if (number < INT_MIN || number > INT_MAX ||
		    !protobuf_c_enum_descriptor_get_value(field->descriptor, (int)number))
			return "enum_value";
		return NULL;
	default:
		return NULL;
	}
}

static unsigned wire_type_of(ProtobufCType type)
{
	switch (type) {
	case PROTOBUF_C_TYPE_STRING:
	case PROTOBUF_C_TYPE_BYTES:
	case PROTOBUF_C_TYPE_MESSAGE:
		return PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED;
	case PROTOBUF_C_TYPE_FIXED32:
	case PROTOBUF_C_TYPE_SFIXED32:
	case PROTOBUF_C_TYPE_FLOAT:
		return PROTOBUF_C_WIRE_TYPE_32BIT;
	case PROTOBUF_C_TYPE_FIXED64:
	case PROTOBUF_C_TYPE_SFIXED64:
	case PROTOBUF_C_TYPE_DOUBLE:
		return PROTOBUF_C_WIRE_TYPE_64BIT;
	default:
		return PROTOBUF_C_WIRE_TYPE_VARINT;
	}
}

/* A number: the value of a field, or one of a packed field. */
static const char *scan_number(struct level *level, const ProtobufCFieldDescriptor *field)
{
	unsigned wire_type = wire_type_of(field->type);
	const char *broken;
	uint64_t value;

	if (wire_type != PROTOBUF_C_WIRE_TYPE_VARINT)
		return skip_value(level, wire_type);
	broken = read_varint(level, &value);
	return broken ? broken : check_varint(field, value);
}

static bool scan_packed(struct scan *scan, const struct level *level, const uint8_t *bytes,
			size_t len)
{
	struct level packed = { .here = bytes, .end = bytes + len };

	while (packed.here < packed.end) {
		const char *broken;
		if (!count_element(scan, level))
			return false;
		broken = scan_number(&packed, level->field);
		if (broken)
			return refuse(scan, level, broken);
	}
	return true;
}

static bool scan_content(struct scan *scan, const struct level *level, const uint8_t *bytes,
			 size_t len)
{
	struct level below = {
		.parent = level,
		.message = level->field->descriptor,
		.start = bytes,
		.here = bytes,
		.end = bytes + len,
		.depth = level->depth + 1,
	};

	return scan_message(scan, &below);
}

/* Empty ones are the cheapest to send in numbers (pitfalls W3): they cost no level. */
static bool scan_submessage(struct scan *scan, const struct level *level, const uint8_t *bytes,
			    size_t len)
{
	if (level->depth >= scan->limits.depth)
		return refuse_limit(scan, level, "depth", scan->limits.depth);
	return len == 0 || scan_content(scan, level, bytes, len);
}

static bool scan_prefixed(struct scan *scan, struct level *level)
{
	const uint8_t *bytes;
	size_t len;
	const char *broken = read_bytes(level, &bytes, &len);

	if (!broken && level->field->type == PROTOBUF_C_TYPE_STRING)
		broken = check_text(bytes, len);
	if (broken)
		return refuse(scan, level, broken);
	if (level->field->type == PROTOBUF_C_TYPE_MESSAGE)
		return scan_submessage(scan, level, bytes, len);
	if (wire_type_of(level->field->type) != PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED)
		return scan_packed(scan, level, bytes, len);
	return true;
}

/* Another member of the same oneof was seen: they share their case, so its offset tells. */
static bool oneof_taken(const struct level *level)
{
	const ProtobufCFieldDescriptor *fields = level->message->fields;
	unsigned i;

	for (i = 0; i < level->message->n_fields; i++) {
		if ((fields[i].flags & PROTOBUF_C_FIELD_FLAG_ONEOF) &&
		    fields[i].quantifier_offset == level->field->quantifier_offset &&
		    (level->seen[i / 64] >> i % 64 & 1))
			return true;
	}
	return false;
}

/* Singular fields occur once (pitfalls W2). */
static const char *check_first(struct level *level)
{
	size_t index = (size_t)(level->field - level->message->fields);
	uint64_t bit = UINT64_C(1) << index % 64;

	if (level->field->label == PROTOBUF_C_LABEL_REPEATED)
		return NULL;
	if (level->seen[index / 64] & bit)
		return "duplicate_field";
	if ((level->field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) && oneof_taken(level))
		return "oneof";
	level->seen[index / 64] |= bit;
	return NULL;
}

static bool scan_unknown(struct scan *scan, struct level *level, unsigned wire_type)
{
	const char *broken;

	if (scan->unknown++ >= scan->limits.unknown)
		return refuse_limit(scan, level, "unknown_fields", scan->limits.unknown);
	broken = skip_value(level, wire_type);
	return broken ? refuse(scan, level, broken) : true;
}

static bool scan_known(struct scan *scan, struct level *level, unsigned wire_type)
{
	unsigned expected = wire_type_of(level->field->type);
	bool repeated = level->field->label == PROTOBUF_C_LABEL_REPEATED;
	const char *broken = check_first(level);

	if (broken)
		return refuse(scan, level, broken);
	if (wire_type == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED &&
	    (wire_type == expected || repeated))
		return scan_prefixed(scan, level);
	broken = wire_type == expected ? scan_number(level, level->field) : "wire_type";
	return broken ? refuse(scan, level, broken) : true;
}

static void note_field(struct level *level, uint32_t number, const uint8_t *tag)
{
	if (number == level->number) {
		level->in_run++;
		return;
	}
	level->number = number;
	level->run = tag;
	level->in_run = 0;
}

static bool scan_message(struct scan *scan, struct level *level)
{
	while (level->here < level->end) {
		unsigned wire_type = 0;
		const char *broken;
		bool fine;
		const uint8_t *tag = level->here;
		uint32_t number = 0;
		broken = read_tag(level, &number, &wire_type);
		note_field(level, number, tag);
		level->field = protobuf_c_message_descriptor_get_field(level->message,
								       level->number);
		if (broken)
			return refuse(scan, level, broken);
		if (!count_element(scan, level))
			return false;
		fine = level->field ? scan_known(scan, level, wire_type)
				    : scan_unknown(scan, level, wire_type);
		if (!fine)
			return false;
	}
	return true;
}

bool wire_check(const ProtobufCMessageDescriptor *message, const uint8_t *bytes, size_t len,
		const struct wire_limits *limits, struct refusal *out)
{
	struct scan scan = { .limits = *limits, .out = out };
	struct level outermost = {
		.message = message,
		.start = bytes,
		.here = bytes,
		.end = len > 0 ? bytes + len : bytes, /* bytes may be NULL */
		.depth = 1,
	};

	return len == 0 || scan_message(&scan, &outermost);
}

struct ancestor {
	const struct ancestor *parent;
	const ProtobufCMessageDescriptor *message;
};

static bool walk(const struct ancestor *here)
{
	const struct ancestor *above;
	unsigned i;

	if (here->message->n_fields > WIRE_FIELDS_MAX)
		return false;
	for (above = here->parent; above; above = above->parent) {
		if (above->message == here->message)
			return false;
	}
	for (i = 0; i < here->message->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &here->message->fields[i];
		struct ancestor below = { .parent = here, .message = field->descriptor };
		if (field->label == PROTOBUF_C_LABEL_REQUIRED)
			return false;
		if (field->type == PROTOBUF_C_TYPE_MESSAGE && !walk(&below))
			return false;
	}
	return true;
}

bool wire_acyclic(const ProtobufCMessageDescriptor *message)
{
	struct ancestor here = { .message = message };

	return walk(&here);
}
