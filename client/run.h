/* Any command that the descriptors give: request, confirmation, call, pages, answer. */
#ifndef CHIBO_CLIENT_RUN_H
#define CHIBO_CLIENT_RUN_H

#include "client.h"
#include "command.h"

/* A list, asked page after page, or one answer; printed. */
int run_question(struct client *client, const struct verb *verb, ProtobufCMessage *request);
/* argv[0] is the verb. */
int run_verb(struct client *client, const struct verb *verb, int argc, char **argv);

#endif
