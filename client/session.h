/* What a user keeps between runs: contexts in the configuration, tokens in the state folder. */
#ifndef CHIBO_CLIENT_SESSION_H
#define CHIBO_CLIENT_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files.h"
#include "mem.h"
#include "tls.h"

enum { TOKEN_SIZE = 32 };

/* A server and who one is there. */
struct context {
	const char *name;
	const char *server;		/* "host:port" */
	const char *pins[TLS_PINS_MAX]; /* current and next */
	size_t n_pins;
	const char *account; /* login name last used, or NULL: whose the token is says its file */
	const char *grant;   /* UUID text of the grant to act in, or NULL */
	const char *lang;    /* "vi", "en" or NULL */
	const char *device;  /* UUID text of this computer there, once it is enrolled, or NULL */
};

struct session {
	struct context *contexts;
	size_t n;
	size_t capacity;
	const char *current; /* name, or NULL */
	const char *file;    /* of the user's configuration */
	int bad_line;	     /* where a file could not be understood; 0: nowhere */
	const char *bad_file;
};

/* /etc/chibo/chibo.conf, then the user's own, which replaces contexts of the same name. False:
 * bad_line. */
bool session_load(struct arena *arena, struct session *session) MUST_CHECK;
/* Writes all contexts to the user's file. */
bool session_save(struct arena *arena, const struct session *session) MUST_CHECK;
/* NULL: no such context. */
struct context *session_find(const struct session *session, const char *name);
struct context *session_add(struct arena *arena, struct session *session, const char *name);
void session_remove(struct session *session, const char *name);
/* Letters, digits, "-", "_", ".": it becomes part of a file name. */
bool session_name_valid(const char *name);
/* "host:port" in two; a host in brackets may hold colons. */
bool session_split_server(struct arena *arena, const char *server, const char **host,
			  const char **port) MUST_CHECK;

/* This computer's key for the server of a context. */
const char *session_key_path(struct arena *arena, const char *context);

enum token_state {
	TOKEN_READ,
	TOKEN_ABSENT,
	TOKEN_TOO_OPEN,
	TOKEN_DAMAGED,
};

struct token {
	uint8_t bytes[TOKEN_SIZE];
	const char *account; /* login name that it was given to, or NULL */
};

/* Token and account stand in one file, so that nobody reads one of them old and the other new. A file of an older chibo has no
 * account, nor has one that cannot be read: there it is the context's. */
enum token_state session_token_read(struct arena *arena, const struct context *context, struct token *token);
bool session_token_save(struct arena *arena, const struct context *context, const struct token *token) MUST_CHECK;
/* Login name of whoever is logged in, or was last; or NULL. */
const char *session_account(struct arena *arena, const struct context *context);
void session_token_remove(struct arena *arena, const char *context);
const char *session_token_path(struct arena *arena, const char *context);

/* chibo1_<base64url>_<crc32>: leak scanners find it, and a damaged one is seen. */
char *session_token_print(struct arena *arena, const uint8_t token[static TOKEN_SIZE]);
bool session_token_parse(const char *text, uint8_t token[static TOKEN_SIZE]) MUST_CHECK;

#endif
