/* An outbox: bytes on their way to a stream. */
#include "outbox.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "list.h"
#include "pre.h"

void outbox_init(struct outbox *outbox, uv_stream_t *stream,
		 void (*written)(struct outbox *outbox, int status))
{
	*outbox = (struct outbox){.stream = stream, .written = written};
}

static bool grow(struct outbox *outbox, size_t n)
{
	size_t room = outbox->room ? outbox->room : 512;
	size_t need;
	uint8_t *bytes;

	if (__builtin_add_overflow(outbox->len, n, &need) || need > UINT_MAX)
		return false;
	while (room < need)
		room *= 2;
	if (room == outbox->room)
		return true;
	bytes = realloc(outbox->queued, room);
	if (!bytes)
		return false;
	outbox->queued = bytes;
	outbox->room = room;
	return true;
}

bool outbox_add(struct outbox *outbox, const uint8_t *bytes, size_t n)
{
	if (!grow(outbox, n))
		return false;
	memcpy(outbox->queued + outbox->len, bytes, n);
	outbox->len += n;
	outbox->added += n;
	return true;
}

/* An idle connection keeps no buffer. */
static void forget_queued(struct outbox *outbox)
{
	outbox->queued = NULL;
	outbox->len = 0;
	outbox->room = 0;
}

/* Tries without waiting. Returns the number of bytes taken, or an error. */
static int try_now(struct outbox *outbox)
{
	uv_buf_t buffer = uv_buf_init((char *)outbox->queued, (unsigned)outbox->len);
	int taken = uv_try_write(outbox->stream, &buffer, 1);

	return taken == UV_EAGAIN ? 0 : taken;
}

static void on_written(uv_write_t *write, int status);

/* Hands the rest of `queued` to libuv, with its memory. */
static int write_rest(struct outbox *outbox, size_t taken)
{
	unsigned left = (unsigned)(outbox->len - taken);
	uv_buf_t rest = uv_buf_init((char *)outbox->queued + taken, left);
	int status = uv_write(&outbox->write, outbox->stream, &rest, 1, on_written);

	if (status != 0)
		return status;
	outbox->sending = outbox->queued;
	forget_queued(outbox);
	return 0;
}

static void on_written(uv_write_t *write, int status)
{
	struct outbox *outbox = CONTAINER_OF(write, struct outbox, write);

	free(outbox->sending);
	outbox->sending = NULL;
	outbox->written(outbox, status);
}

int outbox_flush(struct outbox *outbox)
{
	int taken;

	if (outbox->sending || outbox->len == 0)
		return 0;
	taken = try_now(outbox);
	if (taken < 0)
		return taken;
	if ((size_t)taken < outbox->len)
		return write_rest(outbox, (size_t)taken);
	free(outbox->queued);
	forget_queued(outbox);
	return 0;
}

size_t outbox_pending(const struct outbox *outbox)
{
	return outbox->len + (outbox->sending ? uv_stream_get_write_queue_size(outbox->stream) : 0);
}

uint64_t outbox_accepted(const struct outbox *outbox)
{
	return outbox->added - outbox_pending(outbox);
}

void outbox_free(struct outbox *outbox)
{
	PRE(!outbox->sending);
	free(outbox->queued);
	forget_queued(outbox);
}
