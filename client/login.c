/* chibo login, chibo logout: the password goes from the terminal to the server and nowhere else. */
#include <errno.h>
#include <string.h>

#include "call.h"
#include "clean.h"
#include "chibo/v1/session.pb-c.h"
#include "code.h"
#include "errors.h"
#include "hand.h"
#include "prompt.h"
#include "value.h"

enum {
	PASSWORD_MAX = 512,
	PASSWORD_LEAST = 12,
};

static int need_context(struct client *client, struct context **context)
{
	*context = session_find(&client->session, client->session.current);
	if (*context != NULL)
		return EXIT_DONE;
	return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
}

static int login_name(struct client *client, const struct args *args, const struct context *context,
		      const char **name)
{
	*name = "";
	if (args->n_words > 1)
		return error_usage(client, "login", SAY_UNEXPECTED_WORD, "word", args->words[1],
				   NULL);
	if (args->n_words == 1 || context->account != NULL) {
		*name = args->n_words == 1 ? args->words[0] : context->account;
		return EXIT_DONE;
	}
	return error_usage(client, "login", SAY_WORD_MISSING, "usage", text_command("login")->usage,
			   NULL);
}

/* NFC and nothing else; "-" and no terminal both mean stdin. */
static int read_password(struct client *client, const struct args *args, enum say question,
			 char **password)
{
	char *typed;
	int failed = prompt_secret_from(client, args_value(args, "password-file"), question,
					&typed);

	if (failed != EXIT_DONE)
		return failed;
	*password = clean_nfc(&client->mem, typed);
	if (*password != NULL && strlen(*password) <= PASSWORD_MAX)
		return EXIT_DONE;
	*password = typed;
	return error_say(client, EXIT_REFUSED, SAY_BAD_PASSWORD, NULL);
}

/* Twice at a terminal, once from a file. */
static int read_new_password(struct client *client, const struct args *args, char **password)
{
	int failed = read_password(client, args, SAY_ASK_NEW_PASSWORD, password);
	char *again;

	if (failed != EXIT_DONE)
		return failed;
	if (clean_width(*password) < PASSWORD_LEAST)
		return error_say(client, EXIT_REFUSED, SAY_PASSWORD_SHORT, NULL);
	if (args_given(args, "password-file"))
		return EXIT_DONE;
	failed = read_password(client, args, SAY_ASK_AGAIN, &again);
	if (failed == EXIT_DONE && strcmp(*password, again) != 0)
		return error_say(client, EXIT_REFUSED, SAY_PASSWORDS_DIFFER, NULL);
	return failed;
}

static int make_login(struct client *client, const struct args *args, char *name,
		      ProtobufCMessage **request)
{
	Chibo__V1__SessionLoginRequest *login = mem_take(&client->mem, sizeof(*login));

	chibo__v1__session_login_request__init(login);
	login->login_name = name;
	*request = &login->base;
	return read_password(client, args, SAY_ASK_PASSWORD, &login->password);
}

static int make_redeem(struct client *client, const struct args *args, char *name,
		       ProtobufCMessage **request)
{
	Chibo__V1__SessionRedeemRequest *redeem = mem_take(&client->mem, sizeof(*redeem));
	const char *mended;
	char *code;
	int failed = prompt_secret_from(client, args_value(args, "code-file"), SAY_ASK_CODE, &code);

	if (failed != EXIT_DONE)
		return failed;
	chibo__v1__session_redeem_request__init(redeem);
	mended = code_mend(&client->mem, code);
	redeem->login_name = name;
	redeem->code = mem_copy(&client->mem, mended, strlen(mended));
	*request = &redeem->base;
	return read_new_password(client, args, &redeem->new_password);
}

/* Login and Redeem answer alike: fields of the same names. */
static int keep_session(struct client *client, struct context *context, const char *name,
			const ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *field = value_field(response->descriptor, "token");
	const ProtobufCBinaryData *token = (const void *)((const char *)response + field->offset);

	if (token->len != TOKEN_SIZE)
		return error_say(client, EXIT_PROTOCOL, SAY_BAD_REPLY, NULL);
	if (!session_token_save(&client->mem, context->name, token->data))
		return error_say(client, EXIT_OTHER, SAY_CANNOT_WRITE, "file",
				 session_token_path(&client->mem, context->name), "why",
				 strerror(errno), NULL);
	context->account = name;
	context->grant = NULL;
	if (!session_save(&client->mem, &client->session))
		return error_say(client, EXIT_OTHER, SAY_CANNOT_WRITE, "file", client->session.file,
				 "why", strerror(errno), NULL);
	return EXIT_DONE;
}

static void welcome(struct client *client, const ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *name = value_field(response->descriptor, "full_name");
	const ProtobufCFieldDescriptor *grants = value_field(response->descriptor, "grants");
	const ProtobufCFieldDescriptor *until = value_field(response->descriptor, "expires_at_us");
	size_t n = value_count(response, grants);

	client_note(client, SAY_WELCOME, "name",
		    value_has(response, name)
			    ? value_human(&client->mem, client->lang, response, name)
			    : "",
		    "until",
		    value_has(response, until)
			    ? value_human(&client->mem, client->lang, response, until)
			    : "",
		    NULL);
	for (size_t i = 0; i < n && !client->globals.quiet; i++) {
		const ProtobufCMessage *grant = value_message(response, grants, i);
		const ProtobufCMessageDescriptor *type = grant->descriptor;
		const char *keys[] = {"role_name", "unit_path", "id"};

		fputs(" ", stderr);
		for (size_t k = 0; k < sizeof(keys) / sizeof(keys[0]); k++)
			if (value_has(grant, value_field(type, keys[k])))
				fprintf(stderr, " %s%s", k > 0 ? "· " : "",
					value_human(&client->mem, client->lang, grant,
						    value_field(type, keys[k])));
		fputc('\n', stderr);
	}
	if (n > 1)
		client_note(client, SAY_CHOOSE_GRANT, NULL);
}

int login_run(struct client *client, const struct args *args)
{
	bool redeem = args_given(args, "redeem") || args_given(args, "code-file");
	ProtobufCMessage *request = NULL;
	struct context *context;
	const char *name;
	struct verb verb;
	struct call call;
	int failed = need_context(client, &context);

	if (failed == EXIT_DONE)
		failed = login_name(client, args, context, &name);
	if (failed != EXIT_DONE)
		return failed;
	failed = (redeem ? make_redeem : make_login)(client, args,
						     mem_copy(&client->mem, name, strlen(name)),
						     &request);
	if (failed != EXIT_DONE)
		return failed;
	command_known_verb(&client->mem, "Session", redeem ? "Redeem" : "Login", &verb);
	call_init(client, &call, &verb, request);
	call.dry_run = false;
	if (!call_run(client, &call))
		return call_fail(client, &call);
	failed = keep_session(client, context, name, call.response);
	if (failed == EXIT_DONE)
		welcome(client, call.response);
	return failed;
}

int logout_run(struct client *client, const struct args *args)
{
	struct context *context;
	struct verb verb;
	struct call call;
	bool done;
	int failed = need_context(client, &context);

	(void)args;
	if (failed != EXIT_DONE)
		return failed;
	command_known_verb(&client->mem, "Session", "Logout", &verb);
	call_init(client, &call, &verb, value_new(&client->mem, verb.method->input));
	call.dry_run = false;
	context->grant = NULL;
	done = call_run(client, &call) || call.refusal.code == STATUS_UNAUTHENTICATED;
	session_token_remove(&client->mem, context->name);
	if (!done)
		return call_fail(client, &call);
	client_note(client, SAY_LOGGED_OUT, NULL);
	return EXIT_DONE;
}
