/* Cuts a byte stream into frames; its buffer grows with the bytes that arrive (pitfalls W20). */
#include "frame.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { KEPT = 1024 }; /* capacity that an idle reader may keep, and the first that it gets */

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

void frame_reader_init(struct frame_reader *reader, size_t max)
{
	*reader = (struct frame_reader){ .max = max };
}

void frame_reader_set_max(struct frame_reader *reader, size_t max)
{
	reader->max = max;
}

static size_t take_header(struct frame_reader *reader, const uint8_t *bytes, size_t n)
{
	size_t taken = least(n, FRAME_HEADER - reader->header_have);
	const uint8_t *h = reader->header;

	if (taken == 0)
		return 0;
	memcpy(reader->header + reader->header_have, bytes, taken);
	reader->header_have += (unsigned)taken;
	if (reader->header_have < FRAME_HEADER)
		return taken;
	reader->len = (size_t)h[0] << 24 | (size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3];
	if (reader->len == 0 || reader->len > reader->max)
		reader->state = FRAME_BAD;
	return taken;
}

static void forget(struct frame_reader *reader)
{
	if (reader->data)
		explicit_bzero(reader->data, reader->capacity);
	free(reader->data);
	reader->data = NULL;
	reader->capacity = 0;
}

/* Capacity for `have` bytes: at most twice that, never much more than the frame. */
static bool make_room(struct frame_reader *reader, size_t have)
{
	size_t capacity = reader->capacity ? reader->capacity : KEPT;
	uint8_t *data;

	while (capacity < have)
		capacity *= 2;
	capacity = least(capacity, reader->len > KEPT ? reader->len : KEPT);
	if (capacity <= reader->capacity)
		return true;
	data = malloc(capacity); /* not realloc: it would leave a copy behind */
	if (!data)
		return false;
	if (reader->have > 0)
		memcpy(data, reader->data, reader->have);
	forget(reader);
	reader->data = data;
	reader->capacity = capacity;
	return true;
}

static size_t take_payload(struct frame_reader *reader, const uint8_t *bytes, size_t n)
{
	size_t taken = least(n, reader->len - reader->have);

	if (!make_room(reader, reader->have + taken)) {
		reader->state = FRAME_NO_MEMORY;
		return 0;
	}
	memcpy(reader->data + reader->have, bytes, taken);
	reader->have += taken;
	if (reader->have == reader->len)
		reader->state = FRAME_READY;
	return taken;
}

enum frame_state frame_push(struct frame_reader *reader, const uint8_t *bytes, size_t n,
			    size_t *used)
{
	*used = 0;
	if (reader->state != FRAME_PARTIAL)
		return reader->state;
	*used = take_header(reader, bytes, n);
	if (reader->state == FRAME_PARTIAL && *used < n)
		*used += take_payload(reader, bytes + *used, n - *used);
	return reader->state;
}

void frame_next(struct frame_reader *reader)
{
	if (reader->state != FRAME_READY)
		return;
	if (reader->capacity > KEPT)
		forget(reader);
	else
		explicit_bzero(reader->data, reader->len);
	reader->len = 0;
	reader->have = 0;
	reader->header_have = 0;
	reader->state = FRAME_PARTIAL;
}

void frame_reader_close(struct frame_reader *reader)
{
	forget(reader);
	*reader = (struct frame_reader){ .state = FRAME_BAD };
}

void frame_put_length(uint8_t out[static FRAME_HEADER], size_t len)
{
	out[0] = (uint8_t)(len >> 24);
	out[1] = (uint8_t)(len >> 16);
	out[2] = (uint8_t)(len >> 8);
	out[3] = (uint8_t)len;
}
