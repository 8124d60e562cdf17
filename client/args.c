/* The command line: getopt_long fed from tables; abbreviations refused, near names suggested. */
#include "args.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "client.h"
#include "command.h"
#include "errors.h"

enum { LONG_FIRST = 0x1000 }; /* `val` of the first row of the option table; letters lie below */

struct candidates {
	struct arg *rows;
	struct option *longs; /* longs[i] is rows[i]; ends with zeros */
	size_t n;
	size_t capacity;
	char letters[128];
};

static const char *row_name(struct client *client, const struct arg *row)
{
	return row->option != NULL ? row->option->name : command_option(&client->mem, row->field);
}

static void add_row(struct client *client, struct candidates *all, struct arg row)
{
	all->rows = mem_grow(&client->mem, all->rows, all->n, &all->capacity, sizeof(*all->rows));
	all->rows[all->n++] = row;
}

static void collect(struct client *client, const struct grammar *grammar, struct candidates *all)
{
	size_t letters = 0;
	const struct option_text *option;

	all->letters[letters++] = grammar->stop_at_word ? '+' : ':';
	if (grammar->stop_at_word)
		all->letters[letters++] = ':';
	for (size_t i = 0; (option = text_option_at(i)) != NULL; i++) {
		if (option->command[0] != '\0' && strcmp(option->command, grammar->command) != 0)
			continue;
		add_row(client, all, (struct arg){.option = option});
		if (option->letter == 0)
			continue;
		all->letters[letters++] = option->letter;
		if (option->value != NULL)
			all->letters[letters++] = ':';
	}
	for (unsigned i = 0; grammar->request != NULL && i < grammar->request->n_fields; i++)
		if (command_takes(&grammar->request->fields[i]))
			add_row(client, all, (struct arg){.field = &grammar->request->fields[i]});
}

static void make_longs(struct client *client, struct candidates *all)
{
	all->longs = mem_take(&client->mem, (all->n + 1) * sizeof(*all->longs));
	for (size_t i = 0; i < all->n; i++) {
		const struct option_text *option = all->rows[i].option;
		bool flag = option != NULL && option->value == NULL;

		all->longs[i] = (struct option){row_name(client, &all->rows[i]),
						flag ? no_argument : required_argument, NULL,
						LONG_FIRST + (int)i};
	}
}

static bool set_output(struct globals *globals, const char *value)
{
	static const char *const names[] = {"table", "wide", "json", "jsonl",
					   "csv",   "tsv",  "id",   "html"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0) {
			globals->output = (enum output)i;
			globals->output_given = true;
			return true;
		}
	return false;
}

static bool set_progress(struct globals *globals, const char *value)
{
	static const char *const names[] = {"auto", "always", "never"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcmp(value, names[i]) == 0) {
			globals->progress = (enum progress_mode)i;
			return true;
		}
	return false;
}

static bool set_whole(const char *value, int64_t max, int64_t *number)
{
	char *end;

	errno = 0;
	*number = strtoll(value, &end, 10);
	return errno == 0 && *value >= '0' && *value <= '9' && *end == '\0' && *number >= 1 &&
	       *number <= max;
}

static bool set_timeout(struct globals *globals, const char *value)
{
	int64_t seconds;

	if (!set_whole(value, 3600, &seconds))
		return false;
	globals->timeout_ms = (int)seconds * 1000;
	return true;
}

static bool set_delimiter(struct globals *globals, const char *value)
{
	if (strcmp(value, "tab") == 0)
		value = "\t";
	globals->delimiter = value[0];
	return strlen(value) == 1 && strchr(",;\t|", value[0]) != NULL;
}

static bool set_lang(struct client *client, const char *value)
{
	client->lang = strcmp(value, "en") == 0 ? LANG_EN : LANG_VI;
	return strcmp(value, "en") == 0 || strcmp(value, "vi") == 0;
}

/* Turns on the flag that an option without a value stands for. False: it stands for none. */
static bool set_flag(struct globals *globals, const char *name)
{
	const struct {
		const char *name;
		bool *flag;
	} flags[] = {
		{"no-header", &globals->no_header},
		{"dry-run", &globals->dry_run},
		{"yes", &globals->yes},
		{"no-input", &globals->no_input},
		{"quiet", &globals->quiet},
		{"verbose", &globals->verbose},
		{"excel", &globals->excel},
		{"help", &globals->help},
		{"version", &globals->version},
	};

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		if (strcmp(flags[i].name, name) == 0) {
			*flags[i].flag = true;
			return true;
		}
	return false;
}

/* The same for options whose value is kept as it is. */
static bool set_text(struct globals *globals, const char *name, const char *value)
{
	const struct {
		const char *name;
		const char **text;
	} texts[] = {
		{"columns", &globals->columns},
		{"out", &globals->out},
		{"as", &globals->grant},
		{"context", &globals->context},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (strcmp(texts[i].name, name) == 0) {
			*texts[i].text = value;
			return true;
		}
	return false;
}

/* Two that exclude each other: the last word counts, so that an option stands above a variable. */
static bool set_line(struct globals *globals, const char *name)
{
	if (strcmp(name, "offline") != 0 && strcmp(name, "online") != 0)
		return false;
	globals->offline = strcmp(name, "offline") == 0;
	globals->online = !globals->offline;
	return true;
}

static bool set_global(struct client *client, const char *name, const char *value)
{
	struct globals *globals = &client->globals;

	if (set_line(globals, name) || set_flag(globals, name) || set_text(globals, name, value))
		return true;
	if (strcmp(name, "json") == 0)
		return set_output(globals, "json");
	if (strcmp(name, "output") == 0)
		return set_output(globals, value);
	if (strcmp(name, "limit") == 0)
		return set_whole(value, 1000000, &globals->limit);
	if (strcmp(name, "timeout") == 0)
		return set_timeout(globals, value);
	if (strcmp(name, "csv-delimiter") == 0)
		return set_delimiter(globals, value);
	if (strcmp(name, "progress") == 0)
		return set_progress(globals, value);
	if (strcmp(name, "lang") == 0)
		return set_lang(client, value);
	return true;
}

static int bad_value(struct client *client, const char *command, const struct option_text *option,
		     const char *value)
{
	return error_usage(client, command, SAY_BAD_OPTION_VALUE, "option", option->name, "value",
			   value, "help", option->help.in[client->lang], NULL);
}

static int take(struct client *client, const struct grammar *grammar, struct args *args,
		const struct arg *row, const char *value)
{
	if (row->option != NULL && row->option->command[0] == '\0') {
		if (set_global(client, row->option->name, value))
			return EXIT_DONE;
		return bad_value(client, grammar->command, row->option, value);
	}
	args->items = mem_grow(&client->mem, args->items, args->n, &args->capacity,
			       sizeof(*args->items));
	args->items[args->n++] = (struct arg){row->option, row->field, value == NULL ? "" : value};
	return EXIT_DONE;
}

/* The option that getopt_long has just read, as typed; its value may be a word of its own. */
static const char *option_token(char **argv)
{
	return argv[optind - (optarg != NULL && argv[optind - 1] == optarg ? 2 : 1)];
}

/* getopt_long takes any unique prefix; we do not: the token up to "=" is the whole name. */
static bool spelled_out(char **argv, const char *name)
{
	const char *token = option_token(argv);

	token += strspn(token, "-");
	return strcspn(token, "=") == strlen(name);
}

static int unknown(struct client *client, const struct grammar *grammar,
		   const struct candidates *all, const char *token)
{
	const char *name = token + strspn(token, "-");
	struct nearest best = {0}, near = {0}; /* an abbreviation tells more than likeness */

	name = mem_copy(&client->mem, name, strcspn(name, "="));
	for (size_t i = 0; best.word == NULL && i < all->n; i++)
		if (strlen(name) > 1 && strncmp(all->longs[i].name, name, strlen(name)) == 0)
			best.word = all->longs[i].name;
	for (size_t i = 0; best.word == NULL && i < all->n; i++)
		command_nearer(&near, name, all->longs[i].name);
	if (best.word == NULL)
		best = near;
	if (best.word != NULL)
		return error_usage(client, grammar->command, SAY_UNKNOWN_OPTION_NEAR, "option",
				   token, "near", best.word, NULL);
	return error_usage(client, grammar->command, SAY_UNKNOWN_OPTION, "option", token, NULL);
}

static int wrong(struct client *client, const struct grammar *grammar, const struct candidates *all,
		 int kind, char **argv)
{
	const char *token = argv[optind - 1];

	if (kind == ':')
		return error_usage(client, grammar->command, SAY_OPTION_NEEDS_VALUE, "option",
				   token, NULL);
	if (optopt >= LONG_FIRST)
		return error_usage(client, grammar->command, SAY_OPTION_TAKES_NO_VALUE, "option",
				   token, NULL);
	if (optopt != 0)
		token = mem_format(&client->mem, "-%c", optopt);
	return unknown(client, grammar, all, token);
}

static const struct arg *row_of(const struct candidates *all, int value)
{
	if (value >= LONG_FIRST)
		return &all->rows[value - LONG_FIRST];
	for (size_t i = 0; i < all->n; i++)
		if (all->rows[i].option != NULL && all->rows[i].option->letter == value)
			return &all->rows[i];
	return NULL;
}

int args_parse(struct client *client, const struct grammar *grammar, int argc, char **argv,
	       struct args *args)
{
	struct candidates all = {0};
	int value;

	collect(client, grammar, &all);
	make_longs(client, &all);
	*args = (struct args){0};
	optind = 0;
	opterr = 0;
	while ((value = getopt_long(argc, argv, all.letters, all.longs, NULL)) != -1) {
		const struct arg *row = value == '?' || value == ':' ? NULL : row_of(&all, value);
		int failed;

		if (row == NULL)
			return wrong(client, grammar, &all, value, argv);
		if (value >= LONG_FIRST && !spelled_out(argv, all.longs[value - LONG_FIRST].name))
			return unknown(client, grammar, &all, option_token(argv));
		failed = take(client, grammar, args, row, optarg);
		if (failed != EXIT_DONE)
			return failed;
	}
	args->words = argv + optind;
	args->n_words = (size_t)(argc - optind);
	return EXIT_DONE;
}

/* The value of an option in the words at `argv`, "" without one; NULL: it is not this option. */
static const char *value_at(char **argv, const char *letter, const char *name)
{
	size_t n = strlen(name);

	if (strcmp(argv[0], letter) == 0 || strcmp(argv[0], name) == 0)
		return argv[1] != NULL ? argv[1] : "";
	return strncmp(argv[0], name, n) == 0 && argv[0][n] == '=' ? argv[0] + n + 1 : NULL;
}

void args_foresee(struct client *client, char **argv)
{
	for (; *argv != NULL && strcmp(*argv, "--") != 0; argv++) {
		const char *output = value_at(argv, "-o", "--output");
		const char *lang = value_at(argv, "", "--lang");

		if (strcmp(*argv, "--json") == 0 || strcmp(*argv, "-ojson") == 0 ||
		    (output != NULL && strcmp(output, "json") == 0))
			client->globals.output = OUTPUT_JSON;
		if (lang != NULL)
			client->lang = strcmp(lang, "en") == 0 ? LANG_EN : LANG_VI;
	}
}

/* Options that decide about one command have no variable. */
static bool has_variable(const char *name)
{
	return !command_listed("help version yes dry-run json", ' ', name);
}

static char variable_char(char c)
{
	if (c == '-')
		return '_';
	return clean_upper(c);
}

int args_environment(struct client *client)
{
	const struct option_text *option;

	for (size_t i = 0; (option = text_option_at(i)) != NULL; i++) {
		char *name = mem_format(&client->mem, "CHIBO_%s", option->name);
		const char *value;

		if (option->command[0] != '\0' || !has_variable(option->name))
			continue;
		for (char *c = name; *c != '\0'; c++)
			*c = variable_char(*c);
		value = getenv(name);
		if (value != NULL && *value != '\0' && !set_global(client, option->name, value))
			return bad_value(client, "", option, value);
	}
	return EXIT_DONE;
}

const char *args_value(const struct args *args, const char *name)
{
	for (size_t i = args->n; i > 0; i--)
		if (args->items[i - 1].option != NULL &&
		    strcmp(args->items[i - 1].option->name, name) == 0)
			return args->items[i - 1].value;
	return NULL;
}

bool args_given(const struct args *args, const char *name)
{
	return args_value(args, name) != NULL;
}
