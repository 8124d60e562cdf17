/* Completion: the shell's stub asks `chibo __complete`, so that it never knows commands itself. */
#include "complete.h"

#include <string.h>

#include "command.h"
#include "hand.h"

static const char stub[] =
	"# chibo completion bash > /usr/share/bash-completion/completions/chibo\n"
	"_chibo()\n"
	"{\n"
	"\tlocal IFS=$'\\n'\n"
	"\tCOMPREPLY=($(chibo __complete \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null))\n"
	"}\n"
	"complete -o default -F _chibo chibo\n";

int completion_bash_run(struct client *client, const struct args *args)
{
	(void)args;
	fputs(stub, client->out);
	return EXIT_DONE;
}

static void offer(struct client *client, const char *word, const char *typed)
{
	if (strncmp(word, typed, strlen(typed)) == 0)
		fprintf(client->out, "%s\n", word);
}

static void offer_first(struct client *client, const char *typed)
{
	const struct command_text *command;

	for (size_t i = 0; command_service(i) != NULL; i++)
		offer(client, command_noun(&client->mem, command_service(i)), typed);
	for (size_t i = 0; (command = text_command_at(i)) != NULL; i++)
		if (strncmp(command->name, "grant ", 6) != 0)
			offer(client,
			      mem_copy(&client->mem, command->name, strcspn(command->name, " ")),
			      typed);
}

static void offer_second(struct client *client, const char *noun, const char *typed)
{
	const ProtobufCServiceDescriptor *service = command_find_service(&client->mem, noun);
	const struct command_text *command;
	size_t length = strlen(noun);

	for (unsigned i = 0; service != NULL && i < service->n_methods; i++) {
		struct verb verb;

		command_verb(&client->mem, service, i, &verb);
		if (verb.text != NULL && verb.text->manner != MANNER_HIDDEN)
			offer(client, verb.name, typed);
	}
	for (size_t i = 0; (command = text_command_at(i)) != NULL; i++)
		if (strncmp(command->name, noun, length) == 0 && command->name[length] == ' ')
			offer(client, command->name + length + 1, typed);
}

static void offer_options(struct client *client, char **words, size_t n, const char *typed)
{
	const ProtobufCServiceDescriptor *service = n >= 2 ? command_find_service(&client->mem,
										  words[0])
							   : NULL;
	const char *both = n >= 2 ? mem_format(&client->mem, "%s %s", words[0], words[1]) : "";
	const struct option_text *option;
	struct verb verb;

	for (size_t i = 0; (option = text_option_at(i)) != NULL; i++)
		if (option->command[0] == '\0' || strcmp(option->command, words[0]) == 0 ||
		    strcmp(option->command, both) == 0)
			offer(client, mem_format(&client->mem, "--%s", option->name), typed);
	if (service == NULL || !command_find_verb(&client->mem, service, words[1], &verb))
		return;
	for (unsigned i = 0; i < verb.method->input->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &verb.method->input->fields[i];

		if (command_takes(field))
			offer(client,
			      mem_format(&client->mem, "--%s", command_option(&client->mem, field)),
			      typed);
	}
}

int complete_words(struct client *client, char **words, size_t n)
{
	const char *typed;

	if (n > 0 && strcmp(words[0], "--") == 0) {
		words++;
		n--;
	}
	typed = n > 0 ? words[n - 1] : "";
	if (typed[0] == '-' && n > 1)
		offer_options(client, words, n - 1, typed);
	else if (n <= 1)
		offer_first(client, typed);
	else if (n == 2)
		offer_second(client, words[0], typed);
	return EXIT_DONE;
}
