/* Targets: the fields of a route's request that name records, which must lie in the caller's scope. */
#ifndef CHIBO_RPC_TARGET_H
#define CHIBO_RPC_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "status.h"

enum { TARGETS_MAX = 4 };

struct target {
	const char *entity; /* as auth.check_targets knows it */
	const ProtobufCFieldDescriptor *field;
};

struct target_list {
	struct target items[TARGETS_MAX];
	unsigned n;
};

/* Reads "entity field, ..." of a request. False: `reason` says what does not fit. */
bool target_list_parse(struct target_list *list, const char *text, const ProtobufCMessageDescriptor *request,
		       char *reason, size_t reason_size) MUST_CHECK;
/* The id in the request; NULL: it names no such record. */
const ProtobufCBinaryData *target_id(const struct target *target, const ProtobufCMessage *request);

#endif
