/* The whole program but for main(): tests call it as well. */
#ifndef CHIBO_CLIENT_CLI_H
#define CHIBO_CLIENT_CLI_H

/* The exit code. Expects a locale whose LC_CTYPE is UTF-8 and libsodium ready. */
int cli_run(int argc, char **argv);

#endif
