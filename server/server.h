/* The server: every object of the process, from the first connection to the database to the
 * last goodbye. */
#ifndef CHIBO_SERVER_H
#define CHIBO_SERVER_H

#include <stdbool.h>

#include "config.h"

/* Serves until it is told to stop. With `verify` only until the database is known to fit.
 * Takes the configuration and reads the file again at SIGHUP. Returns an exit code of
 * sysexits: 78 refuses to start. */
int server_run(const char *config_path, struct config *config, bool verify);

#endif
