/* The messages that a fuzzer picks from, by the first byte of its input. */
#ifndef CHIBO_FUZZ_MESSAGES_H
#define CHIBO_FUZZ_MESSAGES_H

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

extern const ProtobufCMessageDescriptor *const fuzz_messages[];
extern const size_t n_fuzz_messages;

#endif
