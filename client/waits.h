/* Records that wait for somebody's decision, told in plain words. */
#ifndef CHIBO_CLIENT_WAITS_H
#define CHIBO_CLIENT_WAITS_H

#include <protobuf-c/protobuf-c.h>

#include "client.h"

/* One line on stderr for the record in an answer, if it is one that waits. */
void waits_tell(struct client *client, const ProtobufCMessage *response);
/* One for each record of a list or answer whose turn has moved up, or that waits for nobody. */
void waits_warn(struct client *client, const ProtobufCMessage *response);

#endif
