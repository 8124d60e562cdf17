/* Questions to a person at a terminal. */
#ifndef CHIBO_CLIENT_PROMPT_H
#define CHIBO_CLIENT_PROMPT_H

#include "client.h"

/* y or yes in either language, or --yes. EXIT_USAGE, naming the flag, if nobody can be asked. */
int prompt_confirm(struct client *client, const char *what);
/* One of the letters, or EXIT_OTHER: nothing was chosen. There is a terminal. */
int prompt_choice(struct client *client, enum say question, const char *letters, char *answer);
/* Reads a line from the terminal without echo. EXIT_USAGE when there is none. */
int prompt_secret(struct client *client, enum say question, char **secret);
/* The same with other words. */
int prompt_hidden(struct client *client, const char *question, char **secret);
/* A secret from a file, "-" for stdin, or the terminal when `file` is NULL. One line, without its
 * end. */
int prompt_secret_from(struct client *client, const char *file, enum say question, char **secret);

#endif
