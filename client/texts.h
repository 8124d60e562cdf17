/* Everything the client says, in both languages, and what descriptors cannot tell of methods. */
#ifndef CHIBO_CLIENT_TEXTS_H
#define CHIBO_CLIENT_TEXTS_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "mem.h"

enum lang {
	LANG_VI,
	LANG_EN,
	LANGS,
};

struct words {
	const char *in[LANGS];
};

enum method_kind {
	METHOD_READ,
	METHOD_WRITE,	/* needs an op_id */
	METHOD_SESSION, /* changes only the caller's own session */
	METHOD_OPEN,	/* before login */
};

enum manner {
	MANNER_PLAIN,
	MANNER_ASK,    /* dangerous: [y/N], --yes skips it */
	MANNER_HIDDEN, /* a hand-made command stands in its place */
	MANNER_ALONE,  /* its noun alone means it: chibo due is chibo due list */
};

struct method_text {
	const char *service; /* "Member" */
	const char *method;  /* "List" */
	enum method_kind kind;
	enum manner manner;
	const char *word;    /* request field that stands without its option's name, or "" */
	const char *fresh;   /* id fields that the client makes, separated by blanks */
	const char *columns; /* default columns of a list, separated by commas; "": all */
	const char *example;
	struct words label;
	struct words help;
};

struct field_text {
	const char *name; /* "born_on"; "Message.field" stands before it */
	struct words label;
	struct words help;
};

struct enum_text {
	const char *type;  /* "Sex" */
	const char *value; /* label on the command line: "female" */
	struct words label;
};

struct rule_text {
	const char *rule;
	struct words text;
};

struct header_text {
	const char *field;  /* of MemberLine, or "full_name", "names" (family and middle) */
	const char *folded; /* column title without accents, lower case */
};

/* An option that is not a request field. */
struct option_text {
	const char *command; /* "" for all of them */
	const char *name;
	char letter;	   /* 0: none */
	const char *value; /* name of its value, NULL for a flag */
	struct words help;
};

/* Commands made by hand. */
struct command_text {
	const char *name;
	const char *usage;
	const char *example;
	struct words label;
	struct words help;
};

enum say {
#define SAY(id, vi, en) SAY_##id,
#include "texts/messages.def"
#undef SAY
	SAY_COUNT
};

const char *text_say(enum lang lang, enum say id);
const char *text_in(enum lang lang, const struct words *words);

/* NULL when there is none. */
const struct method_text *text_method(const char *service, const char *method);
const struct words *text_service(const char *service);
const struct field_text *text_field(const char *message, const char *field);
const struct enum_text *text_enum(const char *type, const char *value);
const struct rule_text *text_rule(const char *rule);
const struct command_text *text_command(const char *name);
/* The n-th row; NULL behind the last. */
const struct enum_text *text_enum_at(size_t n);
const struct option_text *text_option_at(size_t n);
const struct command_text *text_command_at(size_t n);
const struct header_text *text_header_at(size_t n);
const struct rule_text *text_rule_at(size_t n);
const struct method_text *text_method_at(size_t n);
const struct field_text *text_field_at(size_t n);

/* Label of a field for people; its name if there is none. */
const char *text_label(enum lang lang, const char *message, const char *field);

/* Copies the template, with {name} replaced by the value that follows `name` in the list. NULL ends
 * it. */
void text_fill(struct text *out, const char *template, ...) __attribute__((sentinel));
void text_vfill(struct text *out, const char *template, va_list pairs);

#endif
