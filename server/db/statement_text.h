/* The text of a statement file: args lines, into lines, SQL with its placeholders made final. */
#ifndef CHIBO_DB_STATEMENT_TEXT_H
#define CHIBO_DB_STATEMENT_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

enum { STATEMENT_ARGS_MAX = 64, STATEMENT_OPENS_MAX = 16 };

/* How a request field reaches the database. */
enum statement_form {
	FORM_PLAIN,
	FORM_SEALED, /* sealed.field: for the record that the request's `id` names */
	FORM_KEYED,  /* keyed.field: its keyed hash */
	FORM_TOLD,   /* told.field: what the value tells of its owner */
};

struct statement_arg {
	char path[64]; /* without the form */
	bool mandatory;
	enum statement_form form;
	bool is_setting; /* session.* or op.*: rendered into the SQL, never bound */
};

struct statement_text {
	struct statement_arg args[STATEMENT_ARGS_MAX];
	size_t n_args;
	char into[64];    /* empty: none */
	char opens[STATEMENT_OPENS_MAX][64]; /* columns that come sealed */
	size_t n_opens;
	char keyword[16]; /* the first word, in lower case */
	bool has_limit, has_star;
	const char *sql;
	const char *included; /* the file that it was included from; NULL: the one that was read */
	unsigned line;        /* of its args, in that file */
};

/* Where "-- include: candidate/_record" finds its text: writable, in the arena. NULL: there is none. */
struct statement_includes {
	char *(*read)(void *owner, const char *name);
	void *owner;
};

/* Splits and renders a file. Everything lives in the arena. NULL: `reason` names file and line. */
struct statement_text *statement_text_parse(struct arena *arena, char *text, const char *file,
					    const struct statement_includes *includes, size_t *n, char *reason,
					    size_t reason_size);

#endif
