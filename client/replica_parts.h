/* Shared by replica.c, which writes, and replica_read.c. */
#ifndef CHIBO_CLIENT_REPLICA_PARTS_H
#define CHIBO_CLIENT_REPLICA_PARTS_H

#include "replica.h"
#include "store_parts.h"

/* `of`: the name of the table and a point, where there are several. */
#define RECORD_SEAL(of)                                                                                                \
	"seal_of(" of "entity, " of "id, " of "version, " of "feed, " of "unit_id, " of "digest, " of "order_key, " of  \
	"into_id, " of "retired, " of "body)"
#define PART_SEAL "seal_of(entity, parent_entity, parent_id, no, body)"

const struct replica_entity *replica_entity(const char *entity);

#endif
