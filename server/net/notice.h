/* A notice is a Reply with id 0: about the connection itself, not about a request. */
#ifndef CHIBO_NET_NOTICE_H
#define CHIBO_NET_NOTICE_H

#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { NOTICE_MAX = 1024 };

/* Packs it; returns its length. NULL, in the answer to an administrator, means success. */
size_t notice_pack(uint8_t out[static NOTICE_MAX], const struct refusal *refusal);

#endif
