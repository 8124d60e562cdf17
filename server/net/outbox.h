/* An outbox holds the bytes that a stream has not taken yet; one write at a time is with libuv. */
#ifndef CHIBO_NET_OUTBOX_H
#define CHIBO_NET_OUTBOX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

struct outbox {
	uv_stream_t *stream;
	uint8_t *queued;  /* not given to libuv yet */
	size_t len, room; /* of queued */
	uint8_t *sending; /* with libuv until its callback; NULL: nothing is */
	uv_write_t write;
	uint64_t added; /* bytes, ever */
	/* After a write that had to wait; status as libuv gives it. May close the stream. */
	void (*written)(struct outbox *outbox, int status);
};

void outbox_init(struct outbox *outbox, uv_stream_t *stream,
		 void (*written)(struct outbox *outbox, int status));
/* Copies. False: memory is short, the stream of bytes has a hole and must end. */
bool outbox_add(struct outbox *outbox, const uint8_t *bytes, size_t n)
	__attribute__((warn_unused_result));
/* Gives the stream what it takes now, and the rest when it can. Returns 0 or an error of libuv. */
int outbox_flush(struct outbox *outbox) __attribute__((warn_unused_result));
/* Bytes that the kernel has not taken. */
size_t outbox_pending(const struct outbox *outbox);
/* Bytes that it has, ever: the measure of progress. */
uint64_t outbox_accepted(const struct outbox *outbox);
/* In the stream's close callback: no write is under way any more. */
void outbox_free(struct outbox *outbox);

#endif
