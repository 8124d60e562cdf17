/* Help, all of it from the tables and descriptors, on stdout, examples first. */
#include "help.h"

#include <string.h>

#include "clean.h"
#include "errors.h"
#include "grid.h"
#include "render.h"
#include "value.h"

static void heading(struct client *client, enum say id)
{
	fprintf(client->out, "\n%s\n", client_say(client, id));
}

/* Two columns, the second wrapped; both indented. */
static void print_pairs(struct client *client, const struct grid *pairs)
{
	size_t left = 0, width = render_width();

	for (size_t i = 0; i < pairs->n_rows; i++) {
		size_t w = clean_width(pairs->cells[i * 2]);

		left = w > left && w < 34 ? w : left;
	}
	for (size_t i = 0; i < pairs->n_rows; i++) {
		const char *first = pairs->cells[i * 2];
		const char *rest = clean_wrap(&client->mem, pairs->cells[i * 2 + 1],
					      width > left + 24 ? width - left - 4 : 20);
		size_t have = clean_width(first);

		fprintf(client->out, "  %s", first);
		if (have > left && *rest != '\0') {
			fputc('\n', client->out);
			have = 0;
			fputs("  ", client->out);
		}
		while (*rest != '\0') {
			size_t n = strcspn(rest, "\n");

			for (; have < left + 2; have++)
				fputc(' ', client->out);
			fprintf(client->out, "%.*s", (int)n, rest);
			rest += n + (rest[n] == '\n');
			have = 0;
			if (*rest != '\0')
				fputs("\n  ", client->out);
		}
		fputc('\n', client->out);
	}
}

static void add_pair(struct grid *pairs, const char *left, const char *right)
{
	const char **row = grid_row(pairs);

	row[0] = left;
	row[1] = right;
}

static void wrapped(struct client *client, const char *text)
{
	fprintf(client->out, "%s\n", clean_wrap(&client->mem, text, render_width()));
}

/* Bytes up to the next blank that no quotes hold. */
static size_t shell_word(const char *text)
{
	bool quoted = false;
	size_t n = 0;

	for (; text[n] != '\0' && (quoted || text[n] != ' '); n++)
		quoted = quoted != (text[n] == '\'');
	return n;
}

/* A word, or an option and its value. */
static size_t shell_piece(const char *text)
{
	size_t n = shell_word(text);

	if (strncmp(text, "--", 2) == 0 && text[n] == ' ' && text[n + 1] != '-')
		n += 1 + shell_word(text + n + 1);
	return n;
}

/* A command, indented; what goes on below ends in `more`, a backslash if it is to be copied. */
static void print_shell(struct client *client, const char *command, const char *more)
{
	size_t width = render_width(), column = 1;

	fputc(' ', client->out);
	while (*command != '\0') {
		size_t n = shell_piece(command);
		size_t wide = clean_width(mem_copy(&client->mem, command, n));

		if (column > 1 && column + 1 + wide + strlen(more) > width) {
			fprintf(client->out, "%s\n   ", more);
			column = 3;
		}
		fprintf(client->out, " %.*s", (int)n, command);
		column += 1 + wide;
		command += n + (command[n] == ' ');
	}
	fputc('\n', client->out);
}

/* ---- Options ---- */

static const char *joined(struct client *client, const char *label, const char *help)
{
	if (*help == '\0')
		return label;
	return mem_format(&client->mem, "%s; %s", label, help);
}

static void add_field(struct client *client, struct grid *pairs,
		      const ProtobufCMessageDescriptor *type, const ProtobufCFieldDescriptor *field)
{
	const struct field_text *text = text_field(type->short_name, field->name);
	const char *help = text == NULL ? "" : text->help.in[client->lang];
	const char *kind = client_say(client, SAY_KIND_TEXT);

	if (field->type == PROTOBUF_C_TYPE_ENUM)
		help = joined(client, value_enum_choices(&client->mem, field->descriptor), help);
	if (value_is_date(field))
		kind = client_say(client, SAY_KIND_DATE);
	else if (field->type == PROTOBUF_C_TYPE_BYTES)
		kind = "ID";
	else if (value_is_number(field))
		kind = "N";
	else if (field->type == PROTOBUF_C_TYPE_MESSAGE || command_is_secret(field))
		kind = client_say(client, SAY_KIND_FILE);
	if (command_is_secret(field))
		help = joined(client, client_say(client, SAY_SECRET_FILE), help);
	add_pair(pairs,
		 mem_format(&client->mem, "--%s %s", command_option(&client->mem, field), kind),
		 joined(client, text_label(client->lang, type->short_name, field->name), help));
}

static void add_option(struct client *client, struct grid *pairs, const struct option_text *option)
{
	char letter[] = {'-', option->letter, ',', ' ', '\0'};

	add_pair(pairs,
		 mem_format(&client->mem, "%s--%s%s%s", option->letter != 0 ? letter : "",
			    option->name, option->value != NULL ? " " : "",
			    option->value != NULL ? option->value : ""),
		 option->help.in[client->lang]);
}

static void add_options_of(struct client *client, struct grid *pairs, const char *command)
{
	const struct option_text *option;

	for (size_t i = 0; (option = text_option_at(i)) != NULL; i++)
		if (strcmp(option->command, command) == 0)
			add_option(client, pairs, option);
}

static void print_options_of(struct client *client, const char *command)
{
	struct grid pairs;

	grid_init(&pairs, &client->mem, 2);
	add_options_of(client, &pairs, command);
	print_pairs(client, &pairs);
}

static void print_common(struct client *client)
{
	heading(client, SAY_HELP_COMMON);
	print_options_of(client, "");
}

/* ---- One command ---- */

int help_verb(struct client *client, const struct verb *verb)
{
	const ProtobufCMessageDescriptor *type = verb->method->input;
	struct grid pairs;

	wrapped(client, mem_format(&client->mem, "chibo %s %s - %s\n", verb->noun, verb->name,
				   text_in(client->lang, &verb->text->label)));
	wrapped(client, text_in(client->lang, &verb->text->help));
	heading(client, SAY_HELP_EXAMPLE);
	print_shell(client, verb->text->example, " \\");
	heading(client, SAY_HELP_USAGE);
	if (*verb->text->word != '\0')
		fprintf(client->out, "  chibo %s %s [%s] [--...]\n", verb->noun, verb->name,
			command_kebab(&client->mem, verb->text->word));
	else
		fprintf(client->out, "  chibo %s %s [--...]\n", verb->noun, verb->name);
	grid_init(&pairs, &client->mem, 2);
	for (unsigned i = 0; i < type->n_fields; i++)
		if (command_takes(&type->fields[i]))
			add_field(client, &pairs, type, &type->fields[i]);
	add_options_of(client, &pairs,
		       mem_format(&client->mem, "%s %s", verb->noun, verb->name));
	if (pairs.n_rows > 0)
		heading(client, SAY_HELP_OPTIONS);
	print_pairs(client, &pairs);
	print_common(client);
	return EXIT_DONE;
}

int help_command(struct client *client, const struct command_text *command)
{
	const struct option_text *option;
	bool own = false;

	wrapped(client, mem_format(&client->mem, "chibo %s - %s\n", command->name,
				   text_in(client->lang, &command->label)));
	wrapped(client, text_in(client->lang, &command->help));
	heading(client, SAY_HELP_EXAMPLE);
	print_shell(client, command->example, " \\");
	heading(client, SAY_HELP_USAGE);
	print_shell(client, mem_format(&client->mem, "chibo %s", command->usage), "");
	for (size_t i = 0; (option = text_option_at(i)) != NULL; i++)
		own = own || strcmp(option->command, command->name) == 0;
	if (own) {
		heading(client, SAY_HELP_OPTIONS);
		print_options_of(client, command->name);
	}
	print_common(client);
	return EXIT_DONE;
}

/* ---- Lists of commands ---- */

/* Hand-made commands whose first word is `noun`, or all for NULL. */
static void add_commands(struct client *client, struct grid *pairs, const char *noun)
{
	const struct command_text *command;

	for (size_t i = 0; (command = text_command_at(i)) != NULL; i++) {
		size_t n = strcspn(command->name, " ");

		if (noun == NULL || (strncmp(command->name, noun, n) == 0 && noun[n] == '\0'))
			add_pair(pairs, command->name, text_in(client->lang, &command->label));
	}
}

int help_noun(struct client *client, const ProtobufCServiceDescriptor *service)
{
	const char *noun = command_noun(&client->mem, service);
	const struct words *label = text_service(command_stem(&client->mem, service));
	struct grid pairs;

	fprintf(client->out, "chibo %s - %s\n", noun,
		label == NULL ? "" : text_in(client->lang, label));
	heading(client, SAY_HELP_COMMANDS);
	grid_init(&pairs, &client->mem, 2);
	for (unsigned i = 0; i < service->n_methods; i++) {
		struct verb verb;

		command_verb(&client->mem, service, i, &verb);
		if (verb.text != NULL && verb.text->manner != MANNER_HIDDEN)
			add_pair(&pairs, mem_format(&client->mem, "%s %s", noun, verb.name),
				 text_in(client->lang, &verb.text->label));
	}
	add_commands(client, &pairs, noun);
	print_pairs(client, &pairs);
	return EXIT_DONE;
}

int help_start(struct client *client)
{
	struct grid pairs;

	fprintf(client->out, "%s\n", client_say(client, SAY_HELP_TITLE));
	heading(client, SAY_HELP_TASKS);
	grid_init(&pairs, &client->mem, 2);
	add_pair(&pairs, "chibo login", client_say(client, SAY_TASK_LOGIN));
	add_pair(&pairs, "chibo member search 'nguyen thi lan'",
		 client_say(client, SAY_TASK_SEARCH));
	add_pair(&pairs, "chibo member list --unit-id TT-01", client_say(client, SAY_TASK_LIST));
	add_pair(&pairs, "chibo member create --help", client_say(client, SAY_TASK_CREATE));
	add_pair(&pairs, "chibo import member danh-sach.csv", client_say(client, SAY_TASK_IMPORT));
	add_pair(&pairs, "chibo report members-by-sector", client_say(client, SAY_TASK_REPORT));
	print_pairs(client, &pairs);
	fputc('\n', client->out);
	wrapped(client, client_say(client, SAY_HELP_MORE));
	return EXIT_DONE;
}

static int help_all(struct client *client)
{
	struct grid pairs;

	help_start(client);
	heading(client, SAY_HELP_NOUNS);
	grid_init(&pairs, &client->mem, 2);
	for (size_t i = 0; command_service(i) != NULL; i++) {
		const struct words *label = text_service(
			command_stem(&client->mem, command_service(i)));

		add_pair(&pairs, command_noun(&client->mem, command_service(i)),
			 label == NULL ? "" : text_in(client->lang, label));
	}
	print_pairs(client, &pairs);
	heading(client, SAY_HELP_COMMANDS);
	grid_init(&pairs, &client->mem, 2);
	add_commands(client, &pairs, NULL);
	print_pairs(client, &pairs);
	print_common(client);
	return EXIT_DONE;
}

/* ---- Topics ---- */

/* A topic's text: lines of words, and indented ones of a term, blanks and what it means. */
static void print_topic(struct client *client, const char *text)
{
	struct grid pairs;

	grid_init(&pairs, &client->mem, 2);
	while (*text != '\0') {
		const char *line = mem_copy(&client->mem, text, strcspn(text, "\n"));
		const char *term = line + strspn(line, " ");
		const char *gap = strstr(term, "  ");

		text += strlen(line) + (text[strlen(line)] == '\n');
		if (term > line && gap != NULL) {
			add_pair(&pairs, mem_copy(&client->mem, term, (size_t)(gap - term)),
				 gap + strspn(gap, " "));
			continue;
		}
		print_pairs(client, &pairs);
		pairs.n_rows = 0;
		wrapped(client, line);
	}
	print_pairs(client, &pairs);
}

static int help_topic(struct client *client, const char *word)
{
	if (strcmp(word, "version") == 0)
		fprintf(client->out, "chibo %s, protocol 1\n", CHIBO_VERSION);
	else if (strcmp(word, "exit-codes") == 0)
		print_topic(client, client_say(client, SAY_TOPIC_EXIT_CODES));
	else if (strcmp(word, "environment") == 0)
		print_topic(client, client_say(client, SAY_TOPIC_ENVIRONMENT));
	else if (strcmp(word, "formats") == 0)
		print_topic(client, client_say(client, SAY_TOPIC_FORMATS));
	else if (strcmp(word, "offline") == 0)
		print_topic(client, client_say(client, SAY_TOPIC_OFFLINE));
	else
		return EXIT_USAGE;
	return EXIT_DONE;
}

static int help_beginning(struct client *client, const char *word)
{
	struct grid pairs;

	grid_init(&pairs, &client->mem, 2);
	add_commands(client, &pairs, word);
	if (pairs.n_rows == 0)
		return error_usage(client, "", SAY_UNKNOWN_COMMAND, "word", word, NULL);
	print_pairs(client, &pairs);
	return EXIT_DONE;
}

int help_words(struct client *client, char **words, size_t n)
{
	const ProtobufCServiceDescriptor *service = n > 0 ? command_find_service(&client->mem,
										 words[0])
							  : NULL;
	const struct command_text *command = NULL;
	struct verb verb;

	if (n == 0)
		return help_all(client);
	if (n >= 2)
		command = text_command(mem_format(&client->mem, "%s %s", words[0], words[1]));
	if (command == NULL)
		command = text_command(words[0]);
	if (command != NULL)
		return help_command(client, command);
	if (service != NULL && n >= 2 && command_find_verb(&client->mem, service, words[1], &verb))
		return help_verb(client, &verb);
	if (service != NULL)
		return help_noun(client, service);
	if (help_topic(client, words[0]) == EXIT_DONE)
		return EXIT_DONE;
	return help_beginning(client, words[0]);
}
