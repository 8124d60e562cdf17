/* However a stream is cut, the reader gives the frames that a look at the whole stream gives. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"

enum { MAX = 3000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct expected {
	const uint8_t *at;
	const uint8_t *end;
};

/* The next frame of the whole stream; READY moves on. */
static enum frame_state expect_frame(struct expected *expected, const uint8_t **bytes, size_t *len)
{
	const uint8_t *h = expected->at;
	size_t left = (size_t)(expected->end - h);

	if (left < FRAME_HEADER)
		return FRAME_PARTIAL;
	*len = (size_t)h[0] << 24 | (size_t)h[1] << 16 | (size_t)h[2] << 8 | h[3];
	if (*len == 0 || *len > MAX)
		return FRAME_BAD;
	if (left - FRAME_HEADER < *len)
		return FRAME_PARTIAL;
	*bytes = h + FRAME_HEADER;
	expected->at += FRAME_HEADER + *len;
	return FRAME_READY;
}

/* Inputs: a byte that seeds the chunk sizes, then the stream. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	unsigned chunks = size > 0 ? data[0] : 0;
	struct expected expected = { data + (size > 0), data + size };
	const uint8_t *at = expected.at, *bytes = NULL;
	struct frame_reader reader;
	enum frame_state state = FRAME_PARTIAL;
	size_t used, len = 0;

	frame_reader_init(&reader, MAX);
	while (at < expected.end && state == FRAME_PARTIAL) {
		size_t n = 1 + (chunks = chunks * 5 + 1) % 257;
		size_t left = (size_t)(expected.end - at);
		state = frame_push(&reader, at, n < left ? n : left, &used);
		at += used;
		if (reader.capacity > 1024 && reader.capacity > 2 * reader.have)
			abort();
		if (state != FRAME_READY)
			continue;
		if (expect_frame(&expected, &bytes, &len) != FRAME_READY || len != reader.len ||
		    memcmp(bytes, reader.data, len) != 0)
			abort();
		frame_next(&reader);
		state = FRAME_PARTIAL;
	}
	if (expect_frame(&expected, &bytes, &len) != state)
		abort();
	frame_reader_close(&reader);
	return 0;
}
