/* A frame is a 4-byte big-endian length and that many bytes; the reader cuts a stream into them. */
#ifndef CHIBO_PROTO_FRAME_H
#define CHIBO_PROTO_FRAME_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { FRAME_HEADER = 4 };

enum frame_state {
	FRAME_PARTIAL, /* took all bytes, wants more */
	FRAME_READY,   /* `data` holds a frame; frame_next() before the next push */
	FRAME_BAD, /* length 0 or above the maximum: the stream cannot be followed any further */
	FRAME_NO_MEMORY, /* the same, for our own fault */
};

struct frame_reader {
	uint8_t *data;  /* the frame's payload when READY; owned by the reader */
	size_t len;     /* of the frame; 0 until its header is complete */
	size_t max;     /* largest length accepted */
	size_t have;    /* bytes of data that arrived */
	size_t capacity; /* of data; follows what arrived, not what was promised */
	uint8_t header[FRAME_HEADER];
	unsigned header_have;
	enum frame_state state;
};

/* Allocates nothing. */
void frame_reader_init(struct frame_reader *reader, size_t max);
/* For frames whose header is not complete yet. */
void frame_reader_set_max(struct frame_reader *reader, size_t max);
/* Takes bytes up to the end of one frame; `*used` tells how many. After BAD and NO_MEMORY: none. */
enum frame_state frame_push(struct frame_reader *reader, const uint8_t *bytes, size_t n,
			    size_t *used) MUST_CHECK;
/* Wipes the frame that was READY; a large buffer is given back. */
void frame_next(struct frame_reader *reader);
/* Wipes the memory and gives it back. May be used again only after init. */
void frame_reader_close(struct frame_reader *reader);

/* `len` is at most UINT32_MAX. */
void frame_put_length(uint8_t out[static FRAME_HEADER], size_t len);

#endif
