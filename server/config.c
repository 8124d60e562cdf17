/* The configuration: libconfuse reads the file, the table in config.def says what it may hold. */
#include "config.h"

#include <confuse.h>
#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "pre.h"

enum kind { KIND_SECTION, KIND_TEXT, KIND_NUMBER };
enum reload { RESTART, RELOAD };

struct key {
	enum kind kind;
	enum reload reload;
	const char *name; /* of a section: its title */
	const char *help;
	const char *text;
	long number;
	long least, most; /* a number; or the length of a text */
	size_t offset;    /* in struct config */
};

/* Longest path, where a text may be empty. */
#define TEXT_MAX 4095

static const struct key keys[] = {
#define SECTION(title) {.kind = KIND_SECTION, .name = title},
#define TEXT(name_, initial, longest, reload_, help_)                                          \
	{.kind = KIND_TEXT, .reload = (reload_), .name = #name_, .help = (help_),              \
	 .text = (initial), .least = (longest) ? 1 : 0, .most = (longest) ? (longest) : TEXT_MAX, \
	 .offset = offsetof(struct config, name_)},
#define NUMBER(name_, initial, least_, most_, reload_, help_)                                  \
	{.kind = KIND_NUMBER, .reload = (reload_), .name = #name_, .help = (help_),            \
	 .number = (initial), .least = (least_), .most = (most_),                              \
	 .offset = offsetof(struct config, name_)},
#include "config.def"
};

enum { N_KEYS = sizeof keys / sizeof keys[0] };

static const char *text_get(const struct config *config, const struct key *key)
{
	PRE(key->kind == KIND_TEXT);
	return *(char *const *)(const void *)((const char *)config + key->offset);
}

static unsigned number_get(const struct config *config, const struct key *key)
{
	PRE(key->kind == KIND_NUMBER);
	return *(const unsigned *)(const void *)((const char *)config + key->offset);
}

/* Copies the text; what was there before is the caller's. */
static bool text_set(struct config *config, const struct key *key, const char *text)
{
	char *copy = strdup(text);

	PRE(key->kind == KIND_TEXT);
	*(char **)(void *)((char *)config + key->offset) = copy;
	return copy != NULL;
}

static void number_set(struct config *config, const struct key *key, unsigned number)
{
	PRE(key->kind == KIND_NUMBER);
	*(unsigned *)(void *)((char *)config + key->offset) = number;
}

static const struct key *key_find(const char *name)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].kind != KIND_SECTION && strcmp(keys[i].name, name) == 0)
			return &keys[i];
	IMPOSSIBLE("an option that is not in the table");
}

bool config_init(struct config *config)
{
	*config = (struct config){0};
	for (size_t i = 0; i < N_KEYS; i++) {
		if (keys[i].kind == KIND_NUMBER)
			number_set(config, &keys[i], (unsigned)keys[i].number);
		if (keys[i].kind == KIND_TEXT && !text_set(config, &keys[i], keys[i].text)) {
			config_free(config);
			return false;
		}
	}
	return true;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].kind == KIND_TEXT)
			free(*(char **)(void *)((char *)config + keys[i].offset));
	*config = (struct config){0};
}

/* libconfuse hands no pointer of ours to its error function. Set while a file is being parsed. */
static _Thread_local struct config_error *parse_error;

__attribute__((format(printf, 2, 0)))
static void on_error(cfg_t *cfg, const char *format, va_list args)
{
	char *text = parse_error->text;
	size_t size = sizeof parse_error->text;
	int n;

	if (text[0]) /* the first error is the cause of the others */
		return;
	n = snprintf(text, size, "%s:%d: ", cfg->filename ? cfg->filename : "?", cfg->line);
	if (n > 0 && (size_t)n < size)
		vsnprintf(text + n, size - (size_t)n, format, args);
}

static int check_number(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct key *key = key_find(opt->name);
	long value = cfg_opt_getnint(opt, 0);

	if (value >= key->least && value <= key->most)
		return 0;
	cfg_error(cfg, "%s = %ld: must be %ld to %ld", key->name, value, key->least, key->most);
	return -1;
}

static int check_text(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct key *key = key_find(opt->name);
	const char *value = cfg_opt_getnstr(opt, 0);
	long length = value ? (long)strlen(value) : 0;

	if (length >= key->least && length <= key->most)
		return 0;
	cfg_error(cfg, "%s: must have %ld to %ld characters", key->name, key->least, key->most);
	return -1;
}

static int check_key(cfg_t *cfg, cfg_opt_t *opt)
{
	if (key_find(opt->name)->kind == KIND_NUMBER)
		return check_number(cfg, opt);
	return check_text(cfg, opt);
}

/* The table as libconfuse wants it. `options` has N_KEYS + 1 places. */
static void make_options(cfg_opt_t *options)
{
	size_t n = 0;

	for (size_t i = 0; i < N_KEYS; i++) {
		const struct key *key = &keys[i];

		if (key->kind == KIND_TEXT)
			options[n++] = (cfg_opt_t)CFG_STR(key->name, key->text, CFGF_NONE);
		else if (key->kind == KIND_NUMBER)
			options[n++] = (cfg_opt_t)CFG_INT(key->name, key->number, CFGF_NONE);
	}
	options[n] = (cfg_opt_t)CFG_END();
}

static bool take_values(struct config *config, cfg_t *cfg)
{
	*config = (struct config){0};
	for (size_t i = 0; i < N_KEYS; i++) {
		const struct key *key = &keys[i];

		if (key->kind == KIND_NUMBER)
			number_set(config, key, (unsigned)cfg_getint(cfg, key->name));
		if (key->kind == KIND_TEXT && !text_set(config, key, cfg_getstr(cfg, key->name))) {
			config_free(config);
			return false;
		}
	}
	return true;
}

/* Rules between keys: the first must not be above the second. */
static bool check_order(const struct config *config, const char *path, struct config_error *error)
{
	const struct {
		const char *small, *large;
	} order[] = {
		{"queue_resume", "queue_stop"},
		{"queue_stop", "queue_kill"},
		{"reply_max", "queue_kill"},
		{"frame_max_new", "frame_max"},
		{"arena_live_max", "arena_total_max"},
	};

	for (size_t i = 0; i < sizeof order / sizeof order[0]; i++) {
		unsigned small = number_get(config, key_find(order[i].small));
		unsigned large = number_get(config, key_find(order[i].large));

		if (small > large) {
			snprintf(error->text, sizeof error->text, "%s: %s = %u is above %s = %u",
				 path, order[i].small, small, order[i].large, large);
			return false;
		}
	}
	return true;
}

static bool check_values(const struct config *config, const char *path, struct config_error *error)
{
	enum log_level level;

	if (!log_level_parse(config->log_level, &level)) {
		snprintf(error->text, sizeof error->text,
			 "%s: log_level = \"%s\": must be error, warn, info or debug", path,
			 config->log_level);
		return false;
	}
	if (strcmp(config->device_keys, "required") != 0 && strcmp(config->device_keys, "optional") != 0) {
		snprintf(error->text, sizeof error->text, "%s: device_keys = \"%s\": must be required or optional", path,
			 config->device_keys);
		return false;
	}
	return check_order(config, path, error);
}

static bool parse(cfg_t *cfg, const char *path, struct config_error *error)
{
	int result;

	parse_error = error;
	cfg_set_error_function(cfg, on_error);
	for (size_t i = 0; i < N_KEYS; i++)
		if (keys[i].kind != KIND_SECTION)
			cfg_set_validate_func(cfg, keys[i].name, check_key);
	errno = 0;
	result = cfg_parse(cfg, path);
	if (result == CFG_FILE_ERROR && !error->text[0])
		snprintf(error->text, sizeof error->text, "%s: %s", path, strerror(errno));
	parse_error = NULL;
	return result == CFG_SUCCESS;
}

bool config_load(struct config *config, const char *path, struct config_error *error)
{
	cfg_opt_t options[N_KEYS + 1];
	bool ok = false;
	cfg_t *cfg;

	error->text[0] = '\0';
	make_options(options);
	cfg = cfg_init(options, CFGF_NONE);
	if (cfg && parse(cfg, path, error) && take_values(config, cfg)) {
		ok = check_values(config, path, error);
		if (!ok)
			config_free(config);
	} else if (!error->text[0]) {
		snprintf(error->text, sizeof error->text, "%s: out of memory", path);
	}
	if (cfg)
		cfg_free(cfg);
	return ok;
}

static bool key_differs(const struct config *a, const struct config *b, const struct key *key)
{
	if (key->kind == KIND_TEXT)
		return strcmp(text_get(a, key), text_get(b, key)) != 0;
	return key->kind == KIND_NUMBER && number_get(a, key) != number_get(b, key);
}

/* Both own their texts afterwards. */
static void key_swap(struct config *a, struct config *b, const struct key *key)
{
	size_t size = key->kind == KIND_TEXT ? sizeof(char *) : sizeof(unsigned);
	char *at_a = (char *)a + key->offset;
	char *at_b = (char *)b + key->offset;
	char saved[sizeof(char *)];

	memcpy(saved, at_a, size);
	memcpy(at_a, at_b, size);
	memcpy(at_b, saved, size);
}

void config_reload(struct config *config, struct config *fresh, void (*stays)(const char *name))
{
	for (size_t i = 0; i < N_KEYS; i++) {
		if (!key_differs(config, fresh, &keys[i]))
			continue;
		if (keys[i].reload == RELOAD)
			key_swap(config, fresh, &keys[i]);
		else
			stays(keys[i].name);
	}
	config_free(fresh);
}

/* In double quotes, as libconfuse reads them back. */
static void print_text(FILE *out, const char *text)
{
	fputc('"', out);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\' || *text == '$')
			fputc('\\', out);
		fputc(*text, out);
	}
	fputc('"', out);
}

static void print_default(FILE *out, const struct key *key)
{
	fputs("# Default: ", out);
	if (key->kind == KIND_TEXT)
		print_text(out, key->text);
	else
		fprintf(out, "%ld (%ld to %ld)", key->number, key->least, key->most);
	fputs(key->reload == RELOAD ? "; read again at SIGHUP.\n" : "; needs a restart.\n", out);
}

static void print_key(FILE *out, const struct config *config, const struct key *key)
{
	if (key->kind == KIND_SECTION) {
		fprintf(out, "\n#\n# %s\n#\n", key->name);
		return;
	}
	fprintf(out, "\n# %s\n", key->help);
	print_default(out, key);
	fprintf(out, "%s = ", key->name);
	if (key->kind == KIND_TEXT)
		print_text(out, text_get(config, key));
	else
		fprintf(out, "%u", number_get(config, key));
	fputc('\n', out);
}

bool config_print(const struct config *config, FILE *out)
{
	fputs("# chibod.conf: every key of the server. Times are milliseconds, sizes bytes.\n"
	      "# Made by: chibod --print-config\n",
	      out);
	for (size_t i = 0; i < N_KEYS; i++)
		print_key(out, config, &keys[i]);
	return fflush(out) == 0 && !ferror(out);
}
