/* A request, made from the options of the command line. */
#ifndef CHIBO_CLIENT_REQUEST_H
#define CHIBO_CLIENT_REQUEST_H

#include "args.h"
#include "client.h"
#include "command.h"

/* All of these say what is wrong and return the exit code. */

/* Fields from options and from the word that stands alone, new ids, update_mask. */
int request_make(struct client *client, const struct verb *verb, const struct args *args,
		 ProtobufCMessage **request);
/* base_version that nobody gave: reads the record and tells its version. */
int request_base_version(struct client *client, const struct verb *verb, ProtobufCMessage *request);
/* The record that a method is about, read by its `get`. NULL: there is none, or it is not to be had; nothing is said. */
const ProtobufCMessage *request_record(struct client *client, const struct verb *verb, const uint8_t id[static 16]);
/* What people call it by; "" if it has no name. */
const char *request_record_name(struct client *client, const ProtobufCMessage *record);
/* A unit's id from its UUID or from its code, found in the scope of the grant. */
int request_unit_id(struct client *client, const char *text, uint8_t id[static 16]);

#endif
