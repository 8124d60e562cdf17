/* The first computer, and one more when all are lost: invited at the admin socket of the running server. */
#ifndef CHIBO_INVITE_H
#define CHIBO_INVITE_H

/* Borrowed. */
struct invite_fields {
	const char *login_name; /* who answers for it */
	const char *address;    /* "host:port" */
	const char *name;       /* of the computer */
	const char *unit_code;  /* NULL: the root */
};

/* On success prints "host:port#server-key-pin#one-time-code" on stdout, once. Returns an exit code of sysexits. */
int invite_device(const char *admin_socket, const char *key_file, const struct invite_fields *fields);

#endif
