/* What the pre-scan lets through unpacks within the arena's caps, and packs again to the same
 * message. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "messages.h"
#include "wire_check.h"

enum { LIVE_MAX = 1 << 20, TOTAL_MAX = 4 << 20 };

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Packed values count one more than values one by one: repacked messages may need more. */
static const struct wire_limits first = { WIRE_DEPTH, WIRE_ELEMENTS, WIRE_UNKNOWN };
static const struct wire_limits again = { WIRE_DEPTH, 2 * WIRE_ELEMENTS, WIRE_UNKNOWN };

/* Unpacks and packs into the arena; aborts where the pre-scan promised that it works. */
static uint8_t *repack(struct arena *arena, const ProtobufCMessageDescriptor *message,
		       const uint8_t *bytes, size_t len, size_t *packed_len)
{
	ProtobufCMessage *unpacked = protobuf_c_message_unpack(message, arena_allocator(arena), len,
							       bytes);
	uint8_t *packed;

	if (!unpacked || !protobuf_c_message_check(unpacked))
		abort();
	*packed_len = protobuf_c_message_get_packed_size(unpacked);
	packed = arena_alloc(arena, *packed_len);
	if (!packed || protobuf_c_message_pack(unpacked, packed) != *packed_len)
		abort();
	return packed;
}

static void check_message(const ProtobufCMessageDescriptor *message, const uint8_t *bytes,
			  size_t len)
{
	struct arena arena, second;
	struct refusal refusal;
	uint8_t *packed, *packed_again;
	size_t packed_len, again_len;

	if (!wire_check(message, bytes, len, &first, &refusal)) {
		if (!refusal.rule[0] || refusal.code == STATUS_OK)
			abort();
		return;
	}
	arena_init(&arena, LIVE_MAX, TOTAL_MAX);
	arena_init(&second, LIVE_MAX, TOTAL_MAX);
	packed = repack(&arena, message, bytes, len, &packed_len);
	if (!wire_check(message, packed, packed_len, &again, &refusal))
		abort();
	packed_again = repack(&second, message, packed, packed_len, &again_len);
	if (again_len != packed_len || memcmp(packed_again, packed, packed_len) != 0)
		abort();
	arena_close(&arena);
	arena_close(&second);
}

/* Inputs: a byte that chooses the message, then its bytes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size > 0)
		check_message(fuzz_messages[data[0] % n_fuzz_messages], data + 1, size - 1);
	return 0;
}

/* Rewrites a length in place, in the bytes that it has, so that it promises `left` bytes at most.
 * Returns the new length, or SIZE_MAX if it cannot be said in so many bytes. */
static size_t shorten(uint8_t *prefix, size_t width, size_t left)
{
	if (width == 1) {
		*prefix = (uint8_t)(left < 0x7F ? left : 0x7F);
		return *prefix;
	}
	if (width != 2 || left < 0x80)
		return SIZE_MAX;
	left = left < 0x3FFF ? left : 0x3FFF;
	prefix[0] = (uint8_t)((left & 0x7F) | 0x80);
	prefix[1] = (uint8_t)(left >> 7);
	return left;
}

static size_t read_varint(const uint8_t *bytes, size_t len, uint64_t *value)
{
	size_t i;

	*value = 0;
	for (i = 0; i < len && i < 10; i++) {
		*value |= (uint64_t)(bytes[i] & 0x7F) << 7 * i;
		if (bytes[i] < 0x80)
			return i + 1;
	}
	return 0;
}

/* Mutations break lengths first of all, and then nothing behind them is ever reached. */
static void repair(const ProtobufCMessageDescriptor *message, uint8_t *bytes, size_t len)
{
	while (len > 0) {
		const ProtobufCFieldDescriptor *field;
		uint64_t tag, value = 0;
		size_t width = read_varint(bytes, len, &tag);
		size_t value_width = width ? read_varint(bytes + width, len - width, &value) : 0;
		size_t skip = width + value_width;
		if (value_width == 0)
			return;
		if ((tag & 7) == PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED) {
			if (value > len - skip)
				value = shorten(bytes + width, value_width, len - skip);
			if (value == SIZE_MAX)
				return;
			field = protobuf_c_message_descriptor_get_field(message,
									(unsigned)(tag >> 3));
			if (field && field->type == PROTOBUF_C_TYPE_MESSAGE)
				repair(field->descriptor, bytes + skip, value);
			skip += value;
		} else if ((tag & 7) != PROTOBUF_C_WIRE_TYPE_VARINT) {
			skip = width + ((tag & 7) == PROTOBUF_C_WIRE_TYPE_64BIT ? 8 : 4);
		}
		if (skip > len)
			return;
		bytes += skip;
		len -= skip;
	}
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
	size = LLVMFuzzerMutate(data, size, max_size);
	if (size > 1 && seed % 4 != 0)
		repair(fuzz_messages[data[0] % n_fuzz_messages], data + 1, size - 1);
	return size;
}
