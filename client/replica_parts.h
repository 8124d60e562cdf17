/* Shared by replica.c, which writes, and replica_read.c. */
#ifndef CHIBO_CLIENT_REPLICA_PARTS_H
#define CHIBO_CLIENT_REPLICA_PARTS_H

#include "replica.h"
#include "store_parts.h"

#define RECORD_SEAL "seal_of(entity, id, version, feed, unit_id, digest, order_key, into_id, retired, body)"
#define PART_SEAL "seal_of(entity, parent_entity, parent_id, no, body)"

const struct replica_entity *replica_entity(const char *entity);

#endif
