/* Completion for shells: candidates come from the same tables as the commands. */
#ifndef CHIBO_CLIENT_COMPLETE_H
#define CHIBO_CLIENT_COMPLETE_H

#include "client.h"

/* Prints what may follow: the last word is the one being typed. */
int complete_words(struct client *client, char **words, size_t n);

#endif
