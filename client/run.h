/* Any command that the descriptors give: request, confirmation, call, pages, answer. */
#ifndef CHIBO_CLIENT_RUN_H
#define CHIBO_CLIENT_RUN_H

#include "call.h"
#include "client.h"
#include "command.h"

/* A list, asked page after page, or one answer; printed. */
int run_question(struct client *client, const struct verb *verb, ProtobufCMessage *request);
/* Says of a write that it is queued, with --quiet too: it is done nowhere yet. */
int run_queued(struct client *client, const struct call *call);
/* argv[0] is the verb. */
int run_verb(struct client *client, const struct verb *verb, int argc, char **argv);

#endif
