/* The first holders of the highest roles and their way back, asked for at the admin socket of the running
 * server. */
#ifndef CHIBO_BOOTSTRAP_H
#define CHIBO_BOOTSTRAP_H

#include <stdio.h>

/* The texts are borrowed. The unit's make the root unit, if there is none yet, and may be NULL. */
struct bootstrap_fields {
	const char *role; /* SA, DH or DS */
	const char *login_name;
	const char *family_name;
	const char *given_name;
	const char *unit_code;
	const char *unit_name;
	const char *founded_on;
};

/* On success prints the one-time code on stdout, once. Returns an exit code of sysexits. */
int bootstrap(const char *admin_socket, const struct bootstrap_fields *fields);
/* The same for an account that acts as SA, DH or DS: the code holds for 30 minutes, its sessions end. */
int reset_admin(const char *admin_socket, const char *login_name);

#endif
