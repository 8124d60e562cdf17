/* Shared by replica.c, which writes, and replica_read.c. */
#ifndef CHIBO_CLIENT_REPLICA_PARTS_H
#define CHIBO_CLIENT_REPLICA_PARTS_H

#include "replica.h"
#include "store_parts.h"

const struct replica_entity *replica_entity(const char *entity);

#endif
