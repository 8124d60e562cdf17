/* Help, all of it from the tables and descriptors, on stdout. */
#ifndef CHIBO_CLIENT_HELP_H
#define CHIBO_CLIENT_HELP_H

#include "client.h"
#include "command.h"

/* The commonest tasks. */
int help_start(struct client *client);
int help_noun(struct client *client, const ProtobufCServiceDescriptor *service);
int help_verb(struct client *client, const struct verb *verb);
int help_command(struct client *client, const struct command_text *command);
/* `chibo help`, `chibo help exit-codes`, `chibo help member list`. */
int help_words(struct client *client, char **words, size_t n);

#endif
