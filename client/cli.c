/* The command line from its first word on: hand-made commands, then nouns and verbs. */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "client.h"
#include "command.h"
#include "complete.h"
#include "errors.h"
#include "hand.h"
#include "heads.h"
#include "help.h"
#include "render.h"
#include "run.h"

static const struct {
	const char *name;
	int (*run)(struct client *client, const struct args *args);
} commands[] = {
	{"login", login_run},
	{"logout", logout_run},
	{"session change-password", change_password_run},
	{"status", status_run},
	{"grant use", grant_use_run},
	{"context add", context_add_run},
	{"context use", context_use_run},
	{"context list", context_list_run},
	{"context remove", context_remove_run},
	{"enrol", enrol_run},
	{"import member", import_member_run},
	{"history", history_run},
	{"minutes print", minutes_print_run},
	{"ledger check", ledger_check_run},
	{"conflict list", conflict_list_run},
	{"conflict show", conflict_show_run},
	{"conflict resolve", conflict_resolve_run},
	{"sync verify", sync_verify_run},
	{"sync", sync_run},
	{"watch", watch_run},
	{"completion bash", completion_bash_run},
};

enum { COMMANDS = sizeof(commands) / sizeof(commands[0]) };

/* ---- Language and context before anything is read ---- */

static void lang_from_locale(struct client *client)
{
	static const char *const variables[] = {"LC_ALL", "LC_MESSAGES", "LANG"};

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value == NULL || *value == '\0')
			continue;
		if (strncmp(value, "en", 2) == 0)
			client->lang = LANG_EN;
		return;
	}
}

static void lang_from_context(struct client *client)
{
	const struct context *context = session_find(&client->session, client->session.current);

	if (context != NULL && context->lang != NULL)
		client->lang = strcmp(context->lang, "en") == 0 ? LANG_EN : LANG_VI;
}

static int load(struct client *client)
{
	lang_from_locale(client);
	if (!session_load(&client->mem, &client->session))
		return error_say(client, EXIT_USAGE, SAY_BAD_CONFIG, "file",
				 client->session.bad_file, "line",
				 mem_format(&client->mem, "%d", client->session.bad_line), NULL);
	lang_from_context(client);
	return args_environment(client);
}

/* --context and CHIBO_CONTEXT choose for one run. */
static int choose_context(struct client *client)
{
	const char *name = client->globals.context;

	if (name == NULL)
		return EXIT_DONE;
	if (session_find(&client->session, name) == NULL)
		return error_say(client, EXIT_USAGE, SAY_NO_SUCH_CONTEXT, "name", name, NULL);
	client->session.current = name;
	return EXIT_DONE;
}

/* ---- Hand-made commands ---- */

/* Those that make and change contexts are not run in one. */
static bool runs_in_context(const char *command)
{
	return strncmp(command, "context", 7) != 0 && strcmp(command, "enrol") != 0;
}

static int run_command(struct client *client, size_t n, int argc, char **argv)
{
	struct grammar grammar = {commands[n].name, NULL, false};
	struct args args;
	int failed = args_parse(client, &grammar, argc, argv, &args);

	if (failed == EXIT_DONE && client->globals.help)
		return help_command(client, text_command(commands[n].name));
	if (failed == EXIT_DONE && runs_in_context(commands[n].name))
		failed = choose_context(client);
	if (failed == EXIT_DONE)
		failed = render_open(client);
	return failed == EXIT_DONE ? commands[n].run(client, &args) : failed;
}

/* The command that the first word or two words name; COMMANDS if none. `*used` words. */
static size_t find_command(struct client *client, char **words, size_t n, size_t *used)
{
	const char *two = n >= 2 ? mem_format(&client->mem, "%s %s", words[0], words[1]) : "";

	for (size_t i = 0; i < COMMANDS; i++) {
		*used = strcmp(commands[i].name, two) == 0 ? 2 : 1;
		if (*used == 2 || (n >= 1 && strcmp(commands[i].name, words[0]) == 0))
			return i;
	}
	return COMMANDS;
}

/* A word that only two-word commands begin with, like "context". */
static bool begins_command(const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(commands[i].name, word, n) == 0 && commands[i].name[n] == ' ')
			return true;
	return false;
}

/* ---- Unknown words ---- */

static int unknown_noun(struct client *client, const char *word)
{
	struct nearest best = {0};

	for (size_t i = 0; command_service(i) != NULL; i++)
		command_nearer(&best, word, command_noun(&client->mem, command_service(i)));
	for (size_t i = 0; i < COMMANDS; i++)
		command_nearer(&best, word,
			       mem_copy(&client->mem, commands[i].name,
					strcspn(commands[i].name, " ")));
	if (best.word != NULL)
		return error_usage(client, "", SAY_UNKNOWN_COMMAND_NEAR, "word", word, "near",
				   best.word, NULL);
	return error_usage(client, "", SAY_UNKNOWN_COMMAND, "word", word, NULL);
}

static int unknown_verb(struct client *client, const char *noun,
			const ProtobufCServiceDescriptor *service, const char *word)
{
	struct nearest best = {0};
	const char *both = mem_format(&client->mem, "%s %s", noun, word);

	for (unsigned i = 0; service != NULL && i < service->n_methods; i++) {
		struct verb verb;

		command_verb(&client->mem, service, i, &verb);
		if (verb.text != NULL && verb.text->manner != MANNER_HIDDEN)
			command_nearer(&best, word, verb.name);
	}
	for (size_t i = 0; i < COMMANDS; i++)
		if (strncmp(commands[i].name, noun, strlen(noun)) == 0 &&
		    commands[i].name[strlen(noun)] == ' ')
			command_nearer(&best, word, commands[i].name + strlen(noun) + 1);
	if (best.word != NULL)
		return error_usage(client, noun, SAY_UNKNOWN_COMMAND_NEAR, "word", both, "near",
				   mem_format(&client->mem, "%s %s", noun, best.word), NULL);
	return error_usage(client, noun, SAY_UNKNOWN_COMMAND, "word", both, NULL);
}

/* ---- Nouns and verbs ---- */

static bool is_option(const char *word)
{
	return word[0] == '-';
}

static int run_found(struct client *client, const struct verb *verb, int argc, char **argv)
{
	int failed = choose_context(client);

	return failed == EXIT_DONE ? run_verb(client, verb, argc, argv) : failed;
}

/* The verb that the noun alone means. */
static bool find_alone(struct client *client, const ProtobufCServiceDescriptor *service, struct verb *verb)
{
	for (unsigned i = 0; i < service->n_methods; i++) {
		command_verb(&client->mem, service, i, verb);
		if (verb->text != NULL && verb->text->manner == MANNER_ALONE)
			return true;
	}
	return false;
}

static int run_noun(struct client *client, const ProtobufCServiceDescriptor *service, int argc,
		    char **argv)
{
	struct grammar grammar = {argv[0], NULL, true};
	struct args args;
	struct verb verb;
	int failed;

	if ((argc == 1 || is_option(argv[1])) && find_alone(client, service, &verb))
		return run_found(client, &verb, argc, argv);
	if (argc == 1 || is_option(argv[1])) {
		failed = args_parse(client, &grammar, argc, argv, &args);
		if (failed != EXIT_DONE)
			return failed;
		if (args.n_words == 0) {
			if (client->globals.help || argc == 1)
				return help_noun(client, service);
			return error_usage(client, argv[0], SAY_VERB_MISSING, "noun", argv[0],
					   NULL);
		}
		argc = (int)args.n_words + 1;
		argv = args.words - 1;
	}
	if (!command_find_verb(&client->mem, service, argv[1], &verb))
		return unknown_verb(client, command_noun(&client->mem, service), service, argv[1]);
	return run_found(client, &verb, argc - 1, argv + 1);
}

static int run_words(struct client *client, int argc, char **argv)
{
	const ProtobufCServiceDescriptor *service;
	size_t used, command = find_command(client, argv, (size_t)argc, &used);

	if (command < COMMANDS)
		return run_command(client, command, argc - (int)used + 1, argv + used - 1);
	if (strcmp(argv[0], "help") == 0)
		return help_words(client, argv + 1, (size_t)argc - 1);
	if (strcmp(argv[0], "version") == 0)
		return help_words(client, argv, 1);
	if (strcmp(argv[0], "__complete") == 0)
		return complete_words(client, argv + 1, (size_t)argc - 1);
	service = command_find_service(&client->mem, argv[0]);
	if (service != NULL)
		return run_noun(client, service, argc, argv);
	if (begins_command(argv[0])) {
		if (argc == 1 || is_option(argv[1]))
			return help_words(client, argv, 1);
		return unknown_verb(client, argv[0], NULL, argv[1]);
	}
	return unknown_noun(client, argv[0]);
}

static int run(struct client *client, int argc, char **argv)
{
	struct grammar grammar = {"", NULL, true};
	char version[] = "version", *version_words[] = {version};
	struct args args;
	int failed = load(client);

	args_foresee(client, argv);
	if (failed == EXIT_DONE)
		failed = args_parse(client, &grammar, argc, argv, &args);
	if (failed != EXIT_DONE)
		return failed;
	if (client->globals.version)
		return help_words(client, version_words, 1);
	if (args.n_words == 0)
		return help_start(client);
	if (client->globals.help)
		return help_words(client, args.words, args.n_words);
	return run_words(client, (int)args.n_words, args.words);
}

/* What was done is done, but nobody may overlook this: it is said last, with an exit code of its own. */
static int warn_of_ledger(struct client *client, int code)
{
	if (!client->ledger_contradicts)
		return code;
	return error_say(client, EXIT_LEDGER, SAY_LEDGER_CONTRADICTS, "file",
			 heads_evidence_path(&client->mem, client->session.current), NULL);
}

int cli_run(int argc, char **argv)
{
	struct client client;
	int code;

	client_init(&client);
	code = render_finish(&client, run(&client, argc, argv));
	code = warn_of_ledger(&client, code);
	client_close(&client);
	return code;
}
