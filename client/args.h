/* The command line: options from tables and request fields, words that stand alone. */
#ifndef CHIBO_CLIENT_ARGS_H
#define CHIBO_CLIENT_ARGS_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "texts.h"

struct client;

/* Either `option` or `field` is set. */
struct arg {
	const struct option_text *option;
	const ProtobufCFieldDescriptor *field;
	const char *value; /* NULL for flags */
};

struct args {
	struct arg *items;
	size_t n;
	size_t capacity;
	char **words;
	size_t n_words;
};

/* What may stand on the line: global options, those of a hand-made command, fields of a request. */
struct grammar {
	const char *command; /* shown in hints; of the command's own options */
	const ProtobufCMessageDescriptor *request; /* or NULL */
	bool stop_at_word;			   /* else words and options mix */
};

/* Reads argv[1] and on. Global options go straight into client->globals. Returns EXIT_DONE or,
 * after saying why, EXIT_USAGE. */
int args_parse(struct client *client, const struct grammar *grammar, int argc, char **argv,
	       struct args *args);
/* Looks ahead for -o json and --lang: mistakes that stand before them are told that way, too. */
void args_foresee(struct client *client, char **argv);
/* Options that the environment sets: CHIBO_OUTPUT is --output. */
int args_environment(struct client *client);

/* Last value of a command's own option; NULL if it is not there. For flags "" when given. */
const char *args_value(const struct args *args, const char *name);
bool args_given(const struct args *args, const char *name);

#endif
