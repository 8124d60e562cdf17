/* chibo login, logout, session change-password: a password goes from the terminal to the server and
 * nowhere else. */
#include <string.h>

#include "call.h"
#include "clean.h"
#include "chibo/v1/session.pb-c.h"
#include "code.h"
#include "errors.h"
#include "hand.h"
#include "prompt.h"
#include "render.h"
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
static int read_password(struct client *client, const struct args *args, const char *option,
			 enum say question, char **password)
{
	char *typed;
	int failed = prompt_secret_from(client, args_value(args, option), question, &typed);

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
	int failed = read_password(client, args, "password-file", SAY_ASK_NEW_PASSWORD, password);
	char *again;

	if (failed != EXIT_DONE)
		return failed;
	if (clean_width(*password) < PASSWORD_LEAST)
		return error_say(client, EXIT_REFUSED, SAY_PASSWORD_SHORT, NULL);
	if (args_given(args, "password-file"))
		return EXIT_DONE;
	failed = read_password(client, args, "password-file", SAY_ASK_AGAIN, &again);
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
	return read_password(client, args, "password-file", SAY_ASK_PASSWORD, &login->password);
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

/* Login and Redeem answer alike: fields of the same names. In between nobody is logged in: no token meets the account or the
 * grant of another one. */
static int keep_session(struct client *client, struct context *context, const char *name,
			const ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *field = value_field(response->descriptor, "token");
	const ProtobufCBinaryData *given = (const void *)((const char *)response + field->offset);
	struct token token = {.account = name};

	if (given->len != TOKEN_SIZE)
		return error_say(client, EXIT_PROTOCOL, SAY_BAD_REPLY, NULL);
	memcpy(token.bytes, given->data, TOKEN_SIZE);
	session_token_remove(&client->mem, context->name);
	context->account = name;
	context->grant = NULL;
	if (!session_save(&client->mem, &client->session))
		return error_cannot_write(client, client->session.file);
	if (!session_token_save(&client->mem, context, &token))
		return error_cannot_write(client, session_token_path(&client->mem, context->name));
	return EXIT_DONE;
}

static void tell_grants(struct client *client, const ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *grants = value_field(response->descriptor, "grants");
	size_t n = value_count(response, grants);

	for (size_t i = 0; i < n && !client->globals.quiet; i++) {
		const ProtobufCMessage *grant = value_message(response, grants, i);

		fprintf(stderr, "  %s · %s · %s\n", render_field(client, grant, "role_name"),
			render_field(client, grant, "unit_path"), render_field(client, grant, "id"));
	}
	if (n == 0)
		client_note(client, SAY_NO_GRANT_YET, NULL);
	else if (n > 1)
		client_note(client, SAY_CHOOSE_GRANT, NULL);
}

static void tell_waiting(struct client *client, const ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *waiting = value_field(response->descriptor, "waiting");

	for (size_t i = 0; i < value_count(response, waiting); i++) {
		const ProtobufCMessage *grant = value_message(response, waiting, i);

		client_note(client, SAY_GRANT_WAITS, "role", render_field(client, grant, "role_name"),
			    "unit", render_field(client, grant, "unit_path"), NULL);
		client_note(client, SAY_GRANT_WAITS_FOR, "who", render_field(client, grant, "waits_for"),
			    NULL);
	}
}

static void welcome(struct client *client, const ProtobufCMessage *response)
{
	client_note(client, SAY_WELCOME, "name", render_field(client, response, "full_name"), "until",
		    render_field(client, response, "expires_at_us"), NULL);
	tell_grants(client, response);
	tell_waiting(client, response);
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

static int make_change(struct client *client, const struct args *args,
		       Chibo__V1__SessionChangePasswordRequest *change)
{
	int failed = read_password(client, args, "old-password-file", SAY_ASK_OLD_PASSWORD,
				   &change->old_password);

	return failed == EXIT_DONE ? read_new_password(client, args, &change->new_password)
				   : failed;
}

int change_password_run(struct client *client, const struct args *args)
{
	Chibo__V1__SessionChangePasswordRequest *change = mem_take(&client->mem, sizeof(*change));
	struct context *context;
	struct verb verb;
	struct call call;
	int failed = need_context(client, &context);

	chibo__v1__session_change_password_request__init(change);
	if (failed == EXIT_DONE)
		failed = make_change(client, args, change);
	if (failed != EXIT_DONE)
		return failed;
	command_known_verb(&client->mem, "Session", "ChangePassword", &verb);
	call_init(client, &call, &verb, &change->base);
	call.dry_run = false;
	if (!call_run(client, &call))
		return call_fail(client, &call);
	client_note(client, SAY_PASSWORD_CHANGED, "n",
		    value_human(&client->mem, client->lang, call.response,
				value_field(call.response->descriptor, "sessions_ended")),
		    NULL);
	return EXIT_DONE;
}
