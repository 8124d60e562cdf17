/* What a user keeps between runs: contexts in the configuration, tokens in the state folder. */
#include "session.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <confuse.h>
#include <sodium.h>

static const char system_file[] = "/etc/chibo/chibo.conf";

/* libconfuse prints to stderr otherwise; the line number in cfg is all we need. */
static void silent(cfg_t *cfg, const char *format, va_list list)
{
	(void)cfg;
	(void)format;
	(void)list;
}

static const char *copied(struct arena *arena, const char *text)
{
	return text == NULL || *text == '\0' ? NULL : mem_copy(arena, text, strlen(text));
}

static void read_context(struct arena *arena, struct session *session, cfg_t *section)
{
	const char *name = copied(arena, cfg_title(section));
	struct context *context;

	if (name == NULL || !session_name_valid(name))
		return;
	session_remove(session, name);
	context = session_add(arena, session, name);
	context->server = copied(arena, cfg_getstr(section, "server"));
	for (unsigned i = 0; i < cfg_size(section, "pins") && i < TLS_PINS_MAX; i++)
		context->pins[context->n_pins++] = copied(arena, cfg_getnstr(section, "pins", i));
	context->account = copied(arena, cfg_getstr(section, "account"));
	context->grant = copied(arena, cfg_getstr(section, "grant"));
	context->lang = copied(arena, cfg_getstr(section, "language"));
	context->device = copied(arena, cfg_getstr(section, "device"));
}

static void read_contexts(struct arena *arena, struct session *session, cfg_t *cfg)
{
	const char *current = copied(arena, cfg_getstr(cfg, "current"));

	if (current != NULL)
		session->current = current;
	for (unsigned i = 0; i < cfg_size(cfg, "context"); i++)
		read_context(arena, session, cfg_getnsec(cfg, "context", i));
}

/* A section counts lines for itself. */
static int error_line(cfg_t *cfg)
{
	unsigned n = cfg_size(cfg, "context");
	int line = cfg->line > 0 ? cfg->line : 1;
	int inner = n > 0 ? cfg_getnsec(cfg, "context", n - 1)->line : 0;

	return inner > line ? inner : line;
}

static bool read_config(struct arena *arena, struct session *session, const char *file)
{
	cfg_opt_t context[] = {
		CFG_STR("server", NULL, CFGF_NONE),   CFG_STR_LIST("pins", "{}", CFGF_NONE),
		CFG_STR("account", NULL, CFGF_NONE),  CFG_STR("grant", NULL, CFGF_NONE),
		CFG_STR("language", NULL, CFGF_NONE), CFG_STR("device", NULL, CFGF_NONE),
		CFG_END(),
	};
	cfg_opt_t all[] = {
		CFG_STR("current", NULL, CFGF_NONE),
		CFG_SEC("context", context, CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES),
		CFG_END(),
	};
	cfg_t *cfg = cfg_init(all, CFGF_NONE);
	int result;

	cfg_set_error_function(cfg, silent);
	result = cfg_parse(cfg, file);
	if (result == CFG_PARSE_ERROR) {
		session->bad_file = file;
		session->bad_line = error_line(cfg);
	} else if (result == CFG_SUCCESS) {
		read_contexts(arena, session, cfg);
	}
	cfg_free(cfg);
	return result != CFG_PARSE_ERROR;
}

bool session_load(struct arena *arena, struct session *session)
{
	*session = (struct session){.file = file_config_path(arena, "chibo.conf")};
	return read_config(arena, session, system_file) &&
	       read_config(arena, session, session->file);
}

/* Single quotes: libconfuse expands ${...} in double ones. */
static void put_quoted(struct text *out, const char *text)
{
	text_putc(out, '\'');
	for (; *text != '\0'; text++) {
		if (*text == '\'' || *text == '\\')
			text_putc(out, '\\');
		text_putc(out, *text);
	}
	text_putc(out, '\'');
}

static void put_key(struct text *out, const char *key, const char *value)
{
	if (value == NULL)
		return;
	text_printf(out, "  %s = ", key);
	put_quoted(out, value);
	text_putc(out, '\n');
}

static void put_context(struct text *out, const struct context *context)
{
	text_puts(out, "context ");
	put_quoted(out, context->name);
	text_puts(out, " {\n");
	put_key(out, "server", context->server);
	text_puts(out, "  pins = {");
	for (size_t i = 0; i < context->n_pins; i++) {
		text_puts(out, i > 0 ? ", " : "");
		put_quoted(out, context->pins[i]);
	}
	text_puts(out, "}\n");
	put_key(out, "account", context->account);
	put_key(out, "grant", context->grant);
	put_key(out, "language", context->lang);
	put_key(out, "device", context->device);
	text_puts(out, "}\n");
}

bool session_save(struct arena *arena, const struct session *session)
{
	struct text out;

	text_init(&out, arena);
	text_puts(&out, "# chibo context add|use|remove\n");
	if (session->current != NULL) {
		text_puts(&out, "current = ");
		put_quoted(&out, session->current);
		text_putc(&out, '\n');
	}
	for (size_t i = 0; i < session->n; i++)
		put_context(&out, &session->contexts[i]);
	return file_write(arena, session->file, out.data, out.len);
}

struct context *session_find(const struct session *session, const char *name)
{
	for (size_t i = 0; name != NULL && i < session->n; i++)
		if (strcmp(session->contexts[i].name, name) == 0)
			return &session->contexts[i];
	return NULL;
}

struct context *session_add(struct arena *arena, struct session *session, const char *name)
{
	session->contexts = mem_grow(arena, session->contexts, session->n, &session->capacity,
				     sizeof(*session->contexts));
	session->contexts[session->n] = (struct context){.name = name};
	return &session->contexts[session->n++];
}

void session_remove(struct session *session, const char *name)
{
	struct context *found = session_find(session, name);

	if (found == NULL)
		return;
	memmove(found, found + 1,
		(size_t)(session->contexts + session->n - (found + 1)) * sizeof(*found));
	session->n--;
	if (session->current != NULL && strcmp(session->current, name) == 0)
		session->current = NULL;
}

bool session_name_valid(const char *name)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
	size_t n = strlen(name);

	return n >= 1 && n <= 64 && name[0] != '.' && strspn(name, allowed) == n;
}

bool session_split_server(struct arena *arena, const char *server, const char **host,
			  const char **port)
{
	const char *colon = strrchr(server, ':');
	const char *start = server;
	size_t n;

	if (colon == NULL || colon == server)
		return false;
	n = (size_t)(colon - server);
	if (server[0] == '[' && server[n - 1] == ']') {
		start++;
		n -= 2;
	}
	*host = mem_copy(arena, start, n);
	*port = colon + 1;
	return n > 0 && strlen(*port) >= 1 && strlen(*port) <= 5 &&
	       strspn(*port, "0123456789") == strlen(*port);
}

/* ---- Token ---- */

enum {
	TOKEN_BASE64 = 43,
	TOKEN_TEXT = 7 + TOKEN_BASE64 + 1 + 8,
};

static uint32_t crc32(const char *text, size_t n)
{
	uint32_t crc = ~0u;

	for (size_t i = 0; i < n; i++) {
		crc ^= (uint8_t)text[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (0xedb88320u & (0u - (crc & 1u)));
	}
	return ~crc;
}

char *session_token_print(struct arena *arena, const uint8_t token[static TOKEN_SIZE])
{
	char base64[TOKEN_BASE64 + 1];

	sodium_bin2base64(base64, sizeof(base64), token, TOKEN_SIZE,
			  sodium_base64_VARIANT_URLSAFE_NO_PADDING);
	return mem_format(arena, "chibo1_%s_%08x", base64, (unsigned)crc32(base64, TOKEN_BASE64));
}

bool session_token_parse(const char *text, uint8_t token[static TOKEN_SIZE])
{
	char crc[9];
	size_t n = 0;

	if (strlen(text) != TOKEN_TEXT || strncmp(text, "chibo1_", 7) != 0)
		return false;
	snprintf(crc, sizeof(crc), "%08x", (unsigned)crc32(text + 7, TOKEN_BASE64));
	return text[7 + TOKEN_BASE64] == '_' && strcmp(text + TOKEN_TEXT - 8, crc) == 0 &&
	       sodium_base642bin(token, TOKEN_SIZE, text + 7, TOKEN_BASE64, NULL, &n, NULL,
				 sodium_base64_VARIANT_URLSAFE_NO_PADDING) == 0 &&
	       n == TOKEN_SIZE;
}

const char *session_token_path(struct arena *arena, const char *context)
{
	return file_state_path(arena, mem_format(arena, "token-%s", context));
}

const char *session_key_path(struct arena *arena, const char *context)
{
	return file_state_path(arena, mem_format(arena, "key-%s", context));
}

/* The token, and in a line of its own whose it is. */
static enum token_state parse_file(char *text, struct token *token)
{
	const char *first = strsep(&text, "\r\n");

	if (!session_token_parse(first, token->bytes))
		return TOKEN_DAMAGED;
	if (text != NULL)
		text[strcspn(text, "\r\n")] = '\0';
	if (text != NULL && *text != '\0')
		token->account = text;
	return TOKEN_READ;
}

enum token_state session_token_read(struct arena *arena, const struct context *context, struct token *token)
{
	char *text;
	size_t n;

	*token = (struct token){.account = context->account};
	switch (file_read_secret(arena, session_token_path(arena, context->name), 4096, &text, &n)) {
	case FILE_READ:
		return parse_file(text, token);
	case FILE_TOO_OPEN:
		return TOKEN_TOO_OPEN;
	default:
		return TOKEN_ABSENT;
	}
}

bool session_token_save(struct arena *arena, const struct context *context, const struct token *token)
{
	char *lines = mem_format(arena, "%s\n%s\n", session_token_print(arena, token->bytes),
				 token->account != NULL ? token->account : "");

	return file_write(arena, session_token_path(arena, context->name), lines, strlen(lines));
}

const char *session_account(struct arena *arena, const struct context *context)
{
	struct token token;

	session_token_read(arena, context, &token);
	return token.account;
}

void session_token_remove(struct arena *arena, const char *context)
{
	unlink(session_token_path(arena, context));
}
