/* protobuf-c's messages have no const: a constant text goes in through here, and nobody writes to it. */
#ifndef CHIBO_RPC_CONSTANT_H
#define CHIBO_RPC_CONSTANT_H

#include <string.h>

static inline char *constant(const char *text)
{
	char *writable;

	memcpy(&writable, &text, sizeof writable);
	return writable;
}

#endif
