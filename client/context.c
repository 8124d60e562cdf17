/* chibo context …, chibo grant use: which server, who, acting in which grant. */
#include <string.h>

#include "call.h"
#include "errors.h"
#include "grid.h"
#include "hand.h"
#include "render.h"
#include "value.h"

static int save(struct client *client)
{
	if (session_save(&client->mem, &client->session))
		return EXIT_DONE;
	return error_cannot_write(client, client->session.file);
}

static int need_word(struct client *client, const struct args *args, const char *command)
{
	if (args->n_words == 1)
		return EXIT_DONE;
	if (args->n_words > 1)
		return error_usage(client, command, SAY_UNEXPECTED_WORD, "word", args->words[1],
				   NULL);
	return error_usage(client, command, SAY_WORD_MISSING, "usage", text_command(command)->usage,
			   NULL);
}

/* The known context that the word names, or the error told. */
static int need_context(struct client *client, const struct args *args, const char *command,
			struct context **context)
{
	int failed = need_word(client, args, command);

	if (failed != EXIT_DONE)
		return failed;
	*context = session_find(&client->session, args->words[0]);
	if (*context == NULL)
		return error_say(client, EXIT_USAGE, SAY_NO_SUCH_CONTEXT, "name", args->words[0],
				 NULL);
	return EXIT_DONE;
}

static int check_add(struct client *client, const struct args *args)
{
	const char *server = args_value(args, "server"), *pin = args_value(args, "pin");
	const char *next = args_value(args, "next-pin"), *host, *port;
	uint8_t parsed[TLS_PIN];

	if (!session_name_valid(args->words[0]))
		return error_usage(client, "context add", SAY_BAD_CONTEXT_NAME, "name",
				   args->words[0], NULL);
	if (server == NULL || pin == NULL)
		return error_usage(client, "context add", SAY_CONTEXT_NEEDS, NULL);
	if (!session_split_server(&client->mem, server, &host, &port))
		return error_usage(client, "context add", SAY_BAD_SERVER, "server", server, NULL);
	if (!tls_pin_parse(pin, parsed) || (next != NULL && !tls_pin_parse(next, parsed)))
		return error_usage(client, "context add", SAY_BAD_PIN, NULL);
	return EXIT_DONE;
}

/* A server is its key: at another address it still knows this computer. */
static bool has_pin(const struct context *context, const char *pin)
{
	for (size_t i = 0; i < context->n_pins; i++)
		if (strcmp(context->pins[i], pin) == 0)
			return true;
	return false;
}

int context_add_run(struct client *client, const struct args *args)
{
	int failed = need_word(client, args, "context add");
	const struct context *known;
	struct context *context;
	const char *device; /* the same server still knows this computer */

	if (failed == EXIT_DONE)
		failed = check_add(client, args);
	if (failed != EXIT_DONE)
		return failed;
	known = session_find(&client->session, args->words[0]);
	if (known != NULL && strcmp(known->server, args_value(args, "server")) != 0)
		session_token_remove(&client->mem, args->words[0]);
	device = known != NULL && has_pin(known, args_value(args, "pin")) ? known->device : NULL;
	session_remove(&client->session, args->words[0]);
	context = session_add(&client->mem, &client->session, args->words[0]);
	context->server = args_value(args, "server");
	context->pins[context->n_pins++] = args_value(args, "pin");
	if (args_given(args, "next-pin"))
		context->pins[context->n_pins++] = args_value(args, "next-pin");
	context->account = args_value(args, "account");
	context->device = device;
	if (client->session.current == NULL)
		client->session.current = context->name;
	failed = save(client);
	if (failed == EXIT_DONE)
		client_note(client, SAY_CONTEXT_SAVED, "name", context->name, "server",
			    context->server, NULL);
	return failed;
}

int context_use_run(struct client *client, const struct args *args)
{
	struct context *context;
	int failed = need_context(client, args, "context use", &context);

	if (failed != EXIT_DONE)
		return failed;
	client->session.current = context->name;
	failed = save(client);
	if (failed == EXIT_DONE)
		client_note(client, SAY_CONTEXT_USED, "name", context->name, "server",
			    context->server, NULL);
	return failed;
}

int context_remove_run(struct client *client, const struct args *args)
{
	struct context *context;
	const char *name;
	int failed = need_context(client, args, "context remove", &context);

	if (failed != EXIT_DONE)
		return failed;
	name = context->name;
	session_token_remove(&client->mem, name);
	session_remove(&client->session, name);
	failed = save(client);
	if (failed == EXIT_DONE)
		client_note(client, SAY_CONTEXT_REMOVED, "name", name, NULL);
	return failed;
}

int context_list_run(struct client *client, const struct args *args)
{
	static const char *const names[] = {"current", "name", "server", "account", "grant"};
	static const enum say labels[] = {SAY_COLUMN_CURRENT, SAY_COLUMN_CONTEXT, SAY_COLUMN_SERVER,
					  SAY_COLUMN_ACCOUNT, SAY_COLUMN_GRANT};
	enum { COLUMNS = sizeof(names) / sizeof(names[0]) };
	bool human = render_is_human(client);
	struct grid grid;

	(void)args;
	grid_init(&grid, &client->mem, COLUMNS);
	for (size_t i = 0; i < COLUMNS; i++)
		grid_title(&grid, i, human ? client_say(client, labels[i]) : names[i], false);
	for (size_t i = 0; i < client->session.n; i++) {
		const struct context *context = &client->session.contexts[i];
		const char **row = grid_row(&grid);

		row[0] = client->session.current != NULL &&
					 strcmp(client->session.current, context->name) == 0
				 ? "*"
				 : "";
		row[1] = context->name;
		row[2] = context->server;
		row[3] = context->account;
		row[4] = context->grant;
	}
	return render_grid(client, &grid);
}

/* ---- chibo grant use ---- */

/* The caller's only grant with this id or this role; NULL: none, or several. */
static const ProtobufCMessage *held_grant(struct client *client, const ProtobufCMessage *who,
					  const char *word)
{
	const ProtobufCFieldDescriptor *grants = value_field(who->descriptor, "grants");
	const ProtobufCMessage *found = NULL;
	size_t n = 0;

	for (size_t i = 0; i < value_count(who, grants); i++) {
		const ProtobufCMessage *grant = value_message(who, grants, i);

		if (strcasecmp(render_field(client, grant, "id"), word) != 0 &&
		    strcasecmp(render_field(client, grant, "role"), word) != 0)
			continue;
		found = grant;
		n++;
	}
	return n == 1 ? found : NULL;
}

int grant_use_run(struct client *client, const struct args *args)
{
	int failed = need_word(client, args, "grant use");
	struct context *context = session_find(&client->session, client->session.current);
	const ProtobufCMessage *grant;
	struct verb verb;
	struct call call;

	if (failed != EXIT_DONE)
		return failed;
	if (context == NULL)
		return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
	command_known_verb(&client->mem, "Session", "WhoAmI", &verb);
	call_init(client, &call, &verb, value_new(&client->mem, verb.method->input));
	context->grant = NULL; /* an ended one must not stand in the way of the question */
	if (!call_run(client, &call))
		return call_fail(client, &call);
	grant = held_grant(client, call.response, args->words[0]);
	if (grant == NULL)
		return error_say(client, EXIT_NOT_FOUND, SAY_NOT_YOUR_GRANT, NULL);
	context->grant = render_field(client, grant, "id");
	failed = save(client);
	if (failed == EXIT_DONE)
		client_note(client, SAY_GRANT_USED, "role", render_field(client, grant, "role_name"),
			    "unit", render_field(client, grant, "unit_path"), NULL);
	return failed;
}
