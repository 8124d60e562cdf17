/* Reads the statement file format: see the file's own comment lines and ARCHITECTURE.md. */
#include "statement_text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { STATEMENTS_MAX = 32 };

struct parser {
	struct arena *arena;
	const struct statement_includes *includes; /* NULL while an included file is read: they do not nest */
	const char *file;
	unsigned line;
	struct statement_text *texts;
	size_t n;
	char *sql; /* what the current statement has gathered */
	size_t sql_len, sql_max;
	bool has_args;
	char *reason;
	size_t reason_size;
};

static bool fail(struct parser *p, const char *what)
{
	(void)snprintf(p->reason, p->reason_size, "%s:%u: %s", p->file, p->line, what);
	return false;
}

static char *trim(char *s)
{
	char *end;

	while (isspace((unsigned char)*s))
		s++;
	end = s + strlen(s);
	while (end > s && isspace((unsigned char)end[-1]))
		*--end = '\0';
	return s;
}

/* ---- settings ---- */

/* Made by auth.enter in the same transaction: identity never comes from a request. */
static const struct setting {
	const char *path, *name, *type;
} settings[] = {
	{"op.id", "op_id", "uuid"},
	{"session.account_id", "account_id", "uuid"},
	{"session.person_id", "person_id", "uuid"},
	{"session.grant_id", "grant_id", "uuid"},
	{"session.unit_id", "unit_id", "uuid"},
	{"session.meeting_id", "meeting_id", "uuid"},
	{"session.role", "role", "text"},
	{"session.reach", "reach", "text"},
};

static const struct setting *find_setting(const char *path)
{
	for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
		if (strcmp(settings[i].path, path) == 0)
			return &settings[i];
	return NULL;
}

/* ---- header lines ---- */

/* Takes "sealed." and its like off the word. */
static enum statement_form take_form(char **word)
{
	static const char *const prefixes[] = {
		[FORM_SEALED] = "sealed.", [FORM_KEYED] = "keyed.", [FORM_TOLD] = "told."};

	for (size_t form = FORM_SEALED; form < sizeof prefixes / sizeof *prefixes; form++) {
		size_t len = strlen(prefixes[form]);

		if (strncmp(*word, prefixes[form], len) == 0) {
			*word += len;
			return (enum statement_form)form;
		}
	}
	return FORM_PLAIN;
}

static bool parse_arg(struct parser *p, struct statement_text *st, char *word)
{
	struct statement_arg *arg = &st->args[st->n_args];
	enum statement_form form = take_form(&word);
	size_t len = strlen(word);

	if (len == 0)
		return true;
	if (st->n_args == STATEMENT_ARGS_MAX)
		return fail(p, "too many args");
	arg->mandatory = word[len - 1] == '!';
	if (arg->mandatory)
		word[--len] = '\0';
	if (len >= sizeof arg->path)
		return fail(p, "an argument's name is too long");
	memcpy(arg->path, word, len + 1);
	arg->form = form;
	arg->is_setting = strncmp(word, "session.", 8) == 0 || strncmp(word, "op.", 3) == 0;
	if (arg->is_setting && !find_setting(arg->path))
		return fail(p, "no such setting");
	st->n_args++;
	return true;
}

static bool parse_args(struct parser *p, struct statement_text *st, char *list)
{
	char *state = NULL;

	p->has_args = true;
	st->line = p->line;
	st->included = p->includes ? NULL : p->file;
	for (char *word = strtok_r(list, ",", &state); word; word = strtok_r(NULL, ",", &state))
		if (!parse_arg(p, st, trim(word)))
			return false;
	return true;
}

static bool parse_into(struct parser *p, struct statement_text *st, char *name)
{
	name = trim(name);
	if (strlen(name) >= sizeof st->into)
		return fail(p, "the name after into: is too long");
	memcpy(st->into, name, strlen(name) + 1);
	return true;
}

static bool parse_opens(struct parser *p, struct statement_text *st, char *list)
{
	char *state = NULL;

	for (char *word = strtok_r(list, ",", &state); word; word = strtok_r(NULL, ",", &state)) {
		word = trim(word);
		if (*word == '\0' || strlen(word) >= sizeof st->opens[0] || st->n_opens == STATEMENT_OPENS_MAX)
			return fail(p, "opens: names columns, separated by commas");
		memcpy(st->opens[st->n_opens++], word, strlen(word) + 1);
	}
	return st->n_opens > 0 || fail(p, "opens: names no column");
}

/* "-- args: a, b!   into: c", or either alone, or "-- opens: d, e"; any other comment is the reader's. */
static bool parse_comment(struct parser *p, struct statement_text *st, char *line)
{
	char *words = line + strspn(line, "- \t");
	char *into = strstr(words, "into:");

	if (strncmp(words, "opens:", 6) == 0)
		return parse_opens(p, st, words + strlen("opens:"));
	if (strncmp(words, "args:", 5) != 0 && words != into)
		return true;
	if (into && !parse_into(p, st, into + strlen("into:")))
		return false;
	if (into)
		*into = '\0';
	return words == into || parse_args(p, st, words + strlen("args:"));
}

/* ---- placeholders ---- */

static bool append(struct parser *p, const char *s, size_t len)
{
	memcpy(p->sql + p->sql_len, s, len);
	p->sql_len += len;
	p->sql[p->sql_len] = '\0';
	return true;
}

static bool append_setting(struct parser *p, const struct setting *setting)
{
	char expression[160];
	int len = snprintf(expression, sizeof expression, "(select nullif(current_setting('app.%s', true), '')::%s)",
			   setting->name, setting->type);

	return append(p, expression, (size_t)len);
}

/* $n counts all args; the server sees only those that are bound. */
static bool append_placeholder(struct parser *p, const struct statement_text *st, size_t n)
{
	char number[24];
	size_t bound = 0;
	int len;

	if (n == 0 || n > st->n_args)
		return fail(p, "a placeholder has no argument");
	if (st->args[n - 1].is_setting)
		return append_setting(p, find_setting(st->args[n - 1].path));
	for (size_t i = 0; i < n; i++)
		bound += !st->args[i].is_setting;
	len = snprintf(number, sizeof number, "$%zu", bound);
	return append(p, number, (size_t)len);
}

/* One line of SQL; strings do not span lines. */
static bool append_sql(struct parser *p, const struct statement_text *st, const char *line)
{
	bool quoted = false;

	while (*line) {
		char *end;

		if (*line == '\'')
			quoted = !quoted;
		if (quoted || *line != '$' || !isdigit((unsigned char)line[1])) {
			append(p, line++, 1);
			continue;
		}
		if (!append_placeholder(p, st, strtoul(line + 1, &end, 10)))
			return false;
		line = end;
	}
	return append(p, "\n", 1);
}

/* ---- what the loader's rules look at ---- */

static void first_word(struct statement_text *st)
{
	const char *s = st->sql + strspn(st->sql, " \t\n(");
	size_t n = 0;

	while (isalpha((unsigned char)s[n]) && n + 1 < sizeof st->keyword) {
		st->keyword[n] = (char)tolower((unsigned char)s[n]);
		n++;
	}
	st->keyword[n] = '\0';
}

static bool has_word(const char *text, const char *word)
{
	size_t len = strlen(word);

	for (const char *at = strcasestr(text, word); at; at = strcasestr(at + 1, word)) {
		bool starts = at == text || !(isalnum((unsigned char)at[-1]) || at[-1] == '_');

		if (starts && !(isalnum((unsigned char)at[len]) || at[len] == '_'))
			return true;
	}
	return false;
}

static bool has_star(const char *text)
{
	for (const char *at = strcasestr(text, "select"); at; at = strcasestr(at + 1, "select"))
		if (at[strlen("select") + strspn(at + strlen("select"), " \t\n")] == '*')
			return true;
	return false;
}

/* ---- the file ---- */

/* A setting's expression is the longest thing that rendering adds, once for each placeholder. */
static size_t rendered_max(const char *text)
{
	size_t placeholders = 0;

	for (const char *c = text; *c; c++)
		placeholders += *c == '$';
	return strlen(text) + 160 * (placeholders + 1);
}

static bool start_statement(struct parser *p)
{
	p->has_args = false;
	p->sql_len = 0;
	p->sql = arena_zalloc(p->arena, p->sql_max);
	return p->sql || fail(p, "out of memory");
}

static bool is_open(const struct parser *p)
{
	return p->sql_len > 0 || p->has_args;
}

static bool finish(struct parser *p)
{
	struct statement_text *st = &p->texts[p->n];

	if (!is_open(p))
		return true;
	if (!p->has_args)
		return fail(p, "a statement has no '-- args:' line");
	if (strspn(p->sql, " \t\n") == p->sql_len)
		return fail(p, "an args line has no statement");
	st->sql = p->sql;
	first_word(st);
	st->has_limit = has_word(st->sql, "limit");
	st->has_star = has_star(st->sql);
	p->n++;
	return start_statement(p);
}

static bool parse_lines(struct parser *p, char *text);

static bool parse_included(struct parser *p, char *text)
{
	p->line = 0;
	p->sql_max = rendered_max(text);
	return start_statement(p) && parse_lines(p, text);
}

/* The statements of another file stand here; what is wrong with them is told by its name and line. */
static bool include(struct parser *p, const char *name)
{
	struct parser outer = *p;
	char *text;

	if (is_open(p))
		return fail(p, "include: stands between statements");
	if (!p->includes)
		return fail(p, "an included file includes no other");
	text = p->includes->read(p->includes->owner, name);
	if (!text)
		return fail(p, "include: there is no such file, or it is too long");
	p->file = name;
	p->includes = NULL;
	if (!parse_included(p, text))
		return false;
	p->file = outer.file;
	p->includes = outer.includes;
	p->line = outer.line;
	p->sql_max = outer.sql_max;
	return start_statement(p);
}

static bool parse_line(struct parser *p, char *line)
{
	const char *start = line + strspn(line, " \t");

	if (strcmp(trim(line), ";") == 0)
		return finish(p);
	if (p->n == STATEMENTS_MAX)
		return fail(p, "too many statements");
	if (strncmp(start, "-- include:", strlen("-- include:")) == 0)
		return include(p, start + strlen("-- include:") + strspn(start + strlen("-- include:"), " \t"));
	if (strncmp(start, "--", 2) == 0)
		return parse_comment(p, &p->texts[p->n], line);
	if (strchr(line, ';'))
		return fail(p, "';' stands on a line of its own");
	if (*start == '\0')
		return true;
	return append_sql(p, &p->texts[p->n], line);
}

static bool parse_lines(struct parser *p, char *text)
{
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		p->line++;
		if (!parse_line(p, line))
			return false;
	}
	return finish(p);
}

struct statement_text *statement_text_parse(struct arena *arena, char *text, const char *file,
					    const struct statement_includes *includes, size_t *n, char *reason,
					    size_t reason_size)
{
	struct parser p = {.arena = arena, .includes = includes, .file = file, .sql_max = rendered_max(text),
			   .reason = reason, .reason_size = reason_size};

	p.texts = arena_zalloc(arena, (STATEMENTS_MAX + 1) * sizeof *p.texts);
	if (!p.texts && !fail(&p, "out of memory"))
		return NULL;
	if (!start_statement(&p) || !parse_lines(&p, text) || (p.n == 0 && !fail(&p, "the file holds no statement")))
		return NULL;
	*n = p.n;
	return p.texts;
}
