/* chibo enrol: makes this computer's key, proves to the server that it was invited, and keeps what comes of it. */
#include "enrol.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "chibo/v1/device.pb-c.h"
#include "clock.h"
#include "code.h"
#include "errors.h"
#include "hand.h"
#include "replica.h"
#include "store_told.h"
#include "value.h"

const char *enrol_invitation(struct client *client, const char *code)
{
	const struct context *context = session_find(&client->session, client->session.current);

	return mem_format(&client->mem, "%s#%s#%s", context->server, context->pins[0], code);
}

struct invitation {
	const char *server; /* "host:port" */
	const char *pin;
	const char *code;
};

/* False: it is no such string. */
static bool read_invitation(struct client *client, const char *text, struct invitation *invitation)
{
	const char *first = strchr(text, '#');
	const char *second = first != NULL ? strchr(first + 1, '#') : NULL;
	const char *host, *port;
	uint8_t pin[TLS_PIN];

	if (second == NULL)
		return false;
	invitation->server = mem_copy(&client->mem, text, (size_t)(first - text));
	invitation->pin = mem_copy(&client->mem, first + 1, (size_t)(second - first) - 1);
	invitation->code = code_mend(&client->mem, second + 1);
	return session_split_server(&client->mem, invitation->server, &host, &port) &&
	       tls_pin_parse(invitation->pin, pin) && *invitation->code != '\0';
}

static int check_words(struct client *client, const struct args *args, const char *name,
		       struct invitation *invitation)
{
	if (args->n_words == 0)
		return error_usage(client, "enrol", SAY_WORD_MISSING, "usage", text_command("enrol")->usage,
				   NULL);
	if (args->n_words > 1)
		return error_usage(client, "enrol", SAY_UNEXPECTED_WORD, "word", args->words[1], NULL);
	if (!session_name_valid(name))
		return error_usage(client, "enrol", SAY_BAD_CONTEXT_NAME, "name", name, NULL);
	if (!read_invitation(client, args->words[0], invitation))
		return error_usage(client, "enrol", SAY_BAD_INVITATION, NULL);
	return EXIT_DONE;
}

/* ---- What is kept ---- */

/* Beside the place of the one in use, which is not touched before the server has taken the new one. A key that an
 * earlier try left there was never the server's, or nobody knows its id. */
static int make_key(struct client *client, const char *path)
{
	struct tls_error error;

	file_make_folders(&client->mem, path);
	unlink(path);
	if (tls_key_create(path, &error))
		return EXIT_DONE;
	return error_cannot_write(client, path);
}

/* The context by this name, new or turned to this server; whoever was logged in there was so on another computer. */
static struct context *turn_context(struct client *client, const char *name,
				    const struct invitation *invitation)
{
	struct context *context = session_find(&client->session, name);

	if (context == NULL)
		context = session_add(&client->mem, &client->session, name);
	context->server = invitation->server;
	context->pins[0] = invitation->pin;
	context->n_pins = 1;
	context->grant = NULL;
	client->session.current = context->name;
	return context;
}

/* What this computer was before keeps its operations, and nobody's records. */
static void shed(struct client *client, const char *old)
{
	const char *why;

	if (!replica_shed(&client->mem, old, &why))
		client_note(client, SAY_OLD_COPY_STAYS, "file", old, "why", why, NULL);
}

static int refuse_store(struct client *client, const struct store *store, enum store_state state)
{
	struct refusal refusal;

	store_refusal(store, state, &refusal);
	return error_refusal(client, &refusal, NULL, NULL);
}

/* Outbox and replica; what an older enrolment of this context left unanswered comes along. */
static int make_store(struct client *client, const struct context *context, const uint8_t id[static ID_SIZE])
{
	struct store store;
	enum store_state state = store_create(&store, &client->mem, context->name, id);

	if (state != STORE_OPEN)
		return refuse_store(client, &store, state);
	store_close(&store);
	if (store.aside != NULL)
		shed(client, store.aside);
	return EXIT_DONE;
}

/* Before the invitation is used up: it is good for one time. */
static int look_at_store(struct client *client, const char *name)
{
	struct store store;
	enum store_state state = store_try_create(&store, &client->mem, name);

	return state == STORE_OPEN ? EXIT_DONE : refuse_store(client, &store, state);
}

static int keep(struct client *client, struct context *context, const char *new_key,
		const Chibo__V1__DeviceEnrolResponse *answer)
{
	const char *key = session_key_path(&client->mem, context->name);
	char *id;
	int failed;

	if (!answer->has_id || answer->id.len != ID_SIZE)
		return error_say(client, EXIT_PROTOCOL, SAY_BAD_REPLY, NULL);
	failed = make_store(client, context, answer->id.data);
	if (failed != EXIT_DONE)
		return failed;
	if (!file_rename(&client->mem, new_key, key))
		return error_cannot_write(client, key);
	id = mem_take(&client->mem, UUID_TEXT);
	value_print_uuid(answer->id.data, id);
	context->device = id;
	session_token_remove(&client->mem, context->name);
	if (!session_save(&client->mem, &client->session))
		return error_cannot_write(client, client->session.file);
	return EXIT_DONE;
}

/* ---- The exchange ---- */

/* Nobody is expected: the handshake itself was refused. */
static void explain_closed(struct call *call)
{
	struct refusal refused = call->refusal;

	if (strcmp(refused.rule, "tls_not_enrolled") != 0 && strcmp(refused.rule, "tls_alpn") != 0)
		return;
	refusal_set(&call->refusal, STATUS_UNAUTHENTICATED, "enrol_closed", NULL);
	for (unsigned i = 0; i < refused.n_params; i++)
		refusal_param(&call->refusal, refused.params[i].name, "%s", refused.params[i].value);
}

static int ask(struct client *client, const struct invitation *invitation, struct call *call)
{
	Chibo__V1__DeviceEnrolRequest *request = mem_take(&client->mem, sizeof(*request));
	struct verb verb;

	chibo__v1__device_enrol_request__init(request);
	request->code = mem_format(&client->mem, "%s", invitation->code);
	command_known_verb(&client->mem, "Device", "Enrol", &verb);
	call_init(client, call, &verb, &request->base);
	call->dry_run = false;
	if (call_run(client, call)) {
		clock_warn(client);
		return EXIT_DONE;
	}
	explain_closed(call);
	return call_fail(client, call);
}

static void welcome(struct client *client, const struct context *context,
		    const Chibo__V1__DeviceEnrolResponse *answer)
{
	client_note(client, SAY_ENROLLED, "name", answer->name != NULL ? answer->name : "", "unit",
		    answer->unit_path != NULL ? answer->unit_path : "", "server", context->server, NULL);
	client_note(client, SAY_ENROLLED_NEXT, NULL);
}

int enrol_run(struct client *client, const struct args *args)
{
	const char *name = client->globals.context != NULL ? client->globals.context : "default";
	const Chibo__V1__DeviceEnrolResponse *answer;
	struct invitation invitation = {0};
	struct context *context;
	const char *new_key;
	struct call call;
	int failed = check_words(client, args, name, &invitation);

	if (failed != EXIT_DONE)
		return failed;
	new_key = mem_format(&client->mem, "%s.new", session_key_path(&client->mem, name));
	failed = look_at_store(client, name);
	if (failed == EXIT_DONE)
		failed = make_key(client, new_key);
	if (failed != EXIT_DONE)
		return failed;
	context = turn_context(client, name, &invitation);
	client->enrol_key = new_key;
	failed = ask(client, &invitation, &call);
	client->enrol_key = NULL;
	conn_close(&client->conn);
	if (failed != EXIT_DONE)
		return failed;
	answer = (const void *)call.response;
	failed = keep(client, context, new_key, answer);
	if (failed == EXIT_DONE)
		welcome(client, context, answer);
	return failed;
}
