/* The first administrator, asked for at the admin socket of the running server. */
#ifndef CHIBO_BOOTSTRAP_H
#define CHIBO_BOOTSTRAP_H

#include <stdio.h>

/* The texts are borrowed; founded_on may be NULL. */
struct bootstrap_fields {
	const char *login_name;
	const char *family_name;
	const char *given_name;
	const char *unit_code;
	const char *unit_name;
	const char *founded_on;
};

/* On success prints the one-time code on stdout, once. Returns an exit code of sysexits. */
int bootstrap(const char *admin_socket, const struct bootstrap_fields *fields);

#endif
