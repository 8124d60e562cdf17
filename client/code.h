/* One-time codes: made here, sent as a hash, shown once. */
#ifndef CHIBO_CLIENT_CODE_H
#define CHIBO_CLIENT_CODE_H

#include <protobuf-c/protobuf-c.h>

#include "mem.h"

enum {
	CODE_BITS = 120,
	CODE_GROUP = 4,
};

/* "7K3M-…": 24 letters and digits of Crockford's alphabet, in groups. */
const char *code_make(struct arena *arena);
/* As typed by hand: case, blanks and look-alikes (O, I, L) mended, if it has the shape of such a
 * code. */
const char *code_mend(struct arena *arena, const char *typed);
/* Makes a code and puts its hash into the request's code_hash. NULL: there is no such field. */
const char *code_into(struct arena *arena, ProtobufCMessage *request);

#endif
