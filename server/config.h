/* The configuration: one table of keys (config.def), a struct, and a file that is the table
 * printed. */
#ifndef CHIBO_CONFIG_H
#define CHIBO_CONFIG_H

#include <stdbool.h>
#include <stdio.h>

/* Texts are owned and never NULL. */
struct config {
#define TEXT(name, initial, longest, reload, help) char *name;
#define NUMBER(name, initial, least, most, reload, help) unsigned name;
#include "config.def"
};

/* File and line, key, and what is wrong with it. */
struct config_error {
	char text[256];
};

/* All defaults. False: memory is short, nothing to free. */
bool config_init(struct config *config) __attribute__((warn_unused_result));
/* Reads the whole file over the defaults and checks it. False: nothing to free, the error
 * tells why. */
bool config_load(struct config *config, const char *path, struct config_error *error)
	__attribute__((warn_unused_result));
void config_free(struct config *config);

/* Takes the reloadable keys of `fresh`, which is used up. Calls `stays` with the name of every
 * other key that differs: it needs a restart. */
void config_reload(struct config *config, struct config *fresh, void (*stays)(const char *name));

/* A complete file, every key explained. False on a write error. */
bool config_print(const struct config *config, FILE *out) __attribute__((warn_unused_result));

#endif
