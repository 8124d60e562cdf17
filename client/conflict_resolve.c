/* chibo conflict resolve: a person decides what becomes of a refused operation. Sending it again comes first, and only when
 * that was accepted is the old one marked: nothing is lost in between. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <sodium.h>

#include "conflict.h"
#include "errors.h"
#include "hand.h"
#include "local.h"
#include "prompt.h"
#include "request.h"
#include "run.h"
#include "value.h"

enum decision {
	UNDECIDED,
	RESEND,
	DISCARD,
};

/* ---- The changed request ---- */

/* field=value */
static int set_one(struct client *client, ProtobufCMessage *request, const char *pair)
{
	const ProtobufCMessageDescriptor *type = request->descriptor;
	const char *equals = strchr(pair, '=');
	const ProtobufCFieldDescriptor *field, *mask = value_field(type, "update_mask");
	struct refusal refusal;
	char *name;

	if (equals == NULL)
		return error_usage(client, "conflict resolve", SAY_BAD_SET, "value", pair, NULL);
	name = mem_copy(&client->mem, pair, (size_t)(equals - pair));
	for (char *c = name; *c != '\0'; c++)
		if (*c == '-')
			*c = '_';
	field = value_field(type, name);
	if (field == NULL || command_is_secret(field) || field->type == PROTOBUF_C_TYPE_MESSAGE || field == mask)
		return error_usage(client, "conflict resolve", SAY_BAD_SET, "value", pair, NULL);
	value_clear(request, field);
	if (equals[1] != '\0' && !value_set(&client->mem, request, field, equals + 1, &refusal))
		return error_refusal(client, &refusal, type->short_name, NULL);
	if (mask != NULL && strcmp(name, "id") != 0 && strcmp(name, "base_version") != 0)
		value_append_string(&client->mem, request, mask, name);
	return EXIT_DONE;
}

static int set_all(struct client *client, ProtobufCMessage *request, const struct args *args)
{
	int failed = EXIT_DONE;

	for (size_t i = 0; i < args->n && failed == EXIT_DONE; i++)
		if (args->items[i].option != NULL && strcmp(args->items[i].option->name, "set") == 0)
			failed = set_one(client, request, args->items[i].value);
	return failed;
}

/* A copy that may be changed: what was refused stays as it is. */
static ProtobufCMessage *copy_of(struct client *client, const ProtobufCMessage *body)
{
	uint8_t *bytes = mem_take(&client->mem, protobuf_c_message_get_packed_size(body) + 1);
	size_t n = protobuf_c_message_pack(body, bytes);

	return protobuf_c_message_unpack(body->descriptor, arena_allocator(&client->mem), n, bytes);
}

/* ---- The decision at the server ---- */

static bool mark(struct client *client, const struct parked *parked, const uint8_t *resent_id, const char *note, struct call *call)
{
	Chibo__V1__ConflictResolveRequest *request = mem_take(&client->mem, sizeof(*request));
	struct verb verb;

	chibo__v1__conflict_resolve_request__init(request);
	request->has_id = request->has_base_version = 1;
	request->id = parked->shown->id;
	request->base_version = parked->shown->version;
	if (resent_id != NULL)
		value_set_uuid(&client->mem, &request->base, value_field(request->base.descriptor, "resent_id"), resent_id);
	if (note != NULL)
		request->note = mem_copy(&client->mem, note, strlen(note));
	command_known_verb(&client->mem, "Conflict", "Resolve", &verb);
	call_init(client, call, &verb, &request->base);
	return call_run(client, call);
}

/* This computer's own copy of it has the same state from now on. */
static int settle(struct client *client, struct parked *parked, enum op_state state)
{
	struct store *store = local_store(client);

	if (!parked->is_own || client->globals.dry_run)
		return EXIT_DONE;
	parked->op.state = state;
	if (outbox_settle(store, &parked->op))
		return EXIT_DONE;
	return error_say(client, EXIT_OTHER, SAY_CANNOT_WRITE, "file", store->path, "why", store->why, NULL);
}

/* The mark is made, or stands in the queue; or there is nothing to decide at the server, because the refusal was for whoever
 * waited for it. */
static bool is_marked(struct client *client, const struct parked *parked, const uint8_t *resent_id, const char *note,
		      struct call *call)
{
	if (mark(client, parked, resent_id, note, call))
		return true;
	call->queued = call->queued || (call->unknown && parked->is_own);
	return call->queued || (parked->is_own && strcmp(call->refusal.rule, "parked_closed") == 0);
}

/* Decided, here as well. */
static int finish(struct client *client, struct parked *parked, const struct call *marking, enum op_state state, enum say say)
{
	int failed;

	if (marking->queued)
		(void)run_queued(client, marking);
	failed = settle(client, parked, state);
	if (failed == EXIT_DONE)
		client_note(client, say, "what", parked_label(client, parked), "record", "", "number",
			    parked_name(client, parked), NULL);
	return failed;
}

/* It could not be marked: perhaps because that was done before, by this computer or by somebody else. */
static int learn(struct client *client, struct parked *parked, const struct call *marking, enum op_state wanted)
{
	if (!parked->is_own || !parked_was_decided(client, parked))
		return call_fail(client, marking);
	return parked->op.state == wanted ? EXIT_DONE : EXIT_CONFLICT;
}

static int discard(struct client *client, struct parked *parked, const char *note)
{
	struct call call;

	if (!is_marked(client, parked, NULL, note, &call))
		return learn(client, parked, &call, OP_DISCARDED);
	return finish(client, parked, &call, OP_DISCARDED, client->globals.dry_run ? SAY_WOULD_SAVE : SAY_DISCARDED);
}

/* ---- What takes its place ---- */

/* The same body in place of the same operation is the same operation again. */
static void derive_id(const struct parked *parked, const uint8_t *body, size_t n, uint8_t op_id[static ID_SIZE])
{
	uint8_t seed[SEED_SIZE] = {0}, hash[crypto_hash_sha256_BYTES];
	char kind[2 * sizeof(hash) + 1];

	if (parked->shown->id.len == ID_SIZE)
		memcpy(seed, parked->shown->id.data, ID_SIZE);
	crypto_hash_sha256(hash, body, n);
	sodium_bin2hex(kind, sizeof(kind), hash, sizeof(hash));
	id_derive(seed, 0, kind, op_id);
}

struct attempt {
	const struct parked *parked;
	uint8_t op_id[ID_SIZE];
	bool found;
};

/* One that was made in its place tells so by its id. */
static bool check_attempt(void *owner, const struct op *op)
{
	struct attempt *attempt = owner;

	derive_id(attempt->parked, op->body, op->body_len, attempt->op_id);
	attempt->found = memcmp(attempt->op_id, op->op_id, ID_SIZE) == 0;
	return !attempt->found;
}

/* It was sent again before, and saved, or is not answered yet: on with that one. */
static bool find_attempt(struct client *client, const struct parked *parked, struct call *call)
{
	static const unsigned states = 1u << OP_WAITING | 1u << OP_UNKNOWN | 1u << OP_SAVED;
	struct attempt attempt = {.parked = parked};
	struct store *store = local_store(client);

	if (store == NULL || client->globals.dry_run ||
	    !outbox_each(store, &client->mem, states, check_attempt, &attempt) || !attempt.found)
		return false;
	call_init(client, call, &parked->verb, parked->body);
	memcpy(call->op_id, attempt.op_id, ID_SIZE);
	return true;
}

/* What was refused, changed as it was said, on the newest version. */
static int make_attempt(struct client *client, const struct parked *parked, const struct args *args, struct call *call)
{
	ProtobufCMessage *request = copy_of(client, parked->body);
	const ProtobufCFieldDescriptor *base = value_field(request->descriptor, "base_version");
	uint8_t *body;
	int failed;

	if (base != NULL)
		value_clear(request, base);
	failed = set_all(client, request, args);
	if (failed == EXIT_DONE)
		failed = request_base_version(client, &parked->verb, request);
	if (failed != EXIT_DONE)
		return failed;
	call_init(client, call, &parked->verb, request);
	body = mem_take(&client->mem, protobuf_c_message_get_packed_size(request) + 1);
	derive_id(parked, body, protobuf_c_message_pack(request, body), call->op_id);
	return EXIT_DONE;
}

/* Never to the queue alone: what stands there would not be seen by whoever decides the next time. */
static int send_attempt(struct client *client, const struct parked *parked, const struct args *args, struct call *call)
{
	int failed = find_attempt(client, parked, call) ? EXIT_DONE : make_attempt(client, parked, args, call);
	enum say say;

	if (failed != EXIT_DONE)
		return failed;
	call->line_only = true;
	if (!call_run(client, call))
		return call_fail(client, call);
	say = call->dry_run ? SAY_WOULD_SAVE : call->replayed ? SAY_SAVED_BEFORE : SAY_SAVED;
	client_note(client, say, "what", parked_label(client, parked), "record", "", NULL);
	return EXIT_DONE;
}

static int resend(struct client *client, struct parked *parked, const struct args *args)
{
	struct call call, marking;
	int failed = send_attempt(client, parked, args, &call);

	if (failed != EXIT_DONE || client->globals.dry_run)
		return failed;
	if (!is_marked(client, parked, call.op_id, args_value(args, "note"), &marking)) {
		failed = learn(client, parked, &marking, OP_RESENT);
		if (failed != EXIT_DONE)
			client_note(client, SAY_RESENT_NOT_MARKED, "number", parked_name(client, parked), NULL);
		return failed;
	}
	return finish(client, parked, &marking, OP_RESENT, SAY_RESENT);
}

/* ---- What is wanted ---- */

static int asked_for(struct client *client, const struct args *args, enum decision *decision)
{
	bool again = args_given(args, "resend"), away = args_given(args, "discard");

	*decision = again ? RESEND : away ? DISCARD : UNDECIDED;
	if (again && away)
		return error_usage(client, "conflict resolve", SAY_RESEND_OR_DISCARD, NULL);
	if (!again && args_given(args, "set"))
		return error_usage(client, "conflict resolve", SAY_SET_NEEDS_RESEND, NULL);
	if (*decision == UNDECIDED && (client->globals.yes || client->globals.no_input || !isatty(STDIN_FILENO)))
		return error_usage(client, "conflict resolve", SAY_RESEND_OR_DISCARD, NULL);
	return EXIT_DONE;
}

/* Whoever has not said it on the line is shown both versions, and asked. */
static int ask(struct client *client, struct parked *parked, const ProtobufCMessage *record, enum decision *decision)
{
	int failed = conflict_print(client, parked, record);
	char answer;

	if (failed == EXIT_DONE)
		failed = prompt_choice(client, SAY_ASK_RESEND_OR_DISCARD, "gbrd", &answer);
	if (failed == EXIT_DONE)
		*decision = answer == 'g' || answer == 'r' ? RESEND : DISCARD;
	return failed;
}

static int confirm(struct client *client, const struct parked *parked, enum decision decision)
{
	struct text what;

	text_init(&what, &client->mem);
	text_fill(&what, client_say(client, decision == RESEND ? SAY_CONFIRM_RESEND : SAY_CONFIRM_DISCARD), "what",
		  parked_label(client, parked), NULL);
	return prompt_confirm(client, what.data);
}

static int decide(struct client *client, struct parked *parked, const struct args *args)
{
	enum decision decision;
	bool asked;
	int failed = asked_for(client, args, &decision);

	asked = decision == UNDECIDED;
	if (failed == EXIT_DONE && asked)
		failed = ask(client, parked, parked_record(client, parked), &decision);
	if (failed == EXIT_DONE && decision == RESEND && (parked->body == NULL || !parked->is_known))
		return error_say(client, EXIT_OTHER, SAY_NO_BODY, NULL);
	/* while it is open, a queue may not go past it: whoever sends it again waits for the answer */
	if (failed == EXIT_DONE && decision == RESEND && client->globals.offline)
		return error_say(client, EXIT_UNREACHABLE, SAY_RESEND_NEEDS_LINE, NULL);
	if (failed == EXIT_DONE && !asked && !client->globals.dry_run)
		failed = confirm(client, parked, decision);
	if (failed != EXIT_DONE)
		return failed;
	return decision == RESEND ? resend(client, parked, args) : discard(client, parked, args_value(args, "note"));
}

int conflict_resolve_run(struct client *client, const struct args *args)
{
	struct parked parked;
	int failed = conflict_find(client, "conflict resolve", args, &parked);

	if (failed != EXIT_DONE)
		return failed;
	if (parked.shown->state != CHIBO__V1__PARKED_STATE__PARKED_STATE_OPEN)
		return error_say(client, EXIT_CONFLICT, SAY_DECIDED_ELSEWHERE, "what", parked_label(client, &parked), "number",
				 parked_name(client, &parked), NULL);
	return decide(client, &parked, args);
}
