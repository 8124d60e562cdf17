/* Sends what stands in the outbox, in order, one verdict each. */
#include "push.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "mem.h"
#include "restored.h"
#include "session.h"
#include "store_told.h"

bool push_goes_on(enum push_verdict verdict)
{
	return verdict < PUSH_LOST;
}

/* ---- The store of this context ---- */

enum { WAIT_MS = 30000 };

static bool is_enrolled(const struct client *client)
{
	const struct context *context = session_find(&client->session, client->session.current);

	return context != NULL && context->device != NULL;
}

bool push_keeps(struct client *client)
{
	static struct store store;

	if (client->store != NULL)
		return true;
	if (client->session.current == NULL)
		return false;
	client->store_state = store_open_told(client, &store, WAIT_MS);
	if (client->store_state == STORE_ABSENT && !is_enrolled(client))
		return false;
	client->store = &store;
	return true;
}

void push_close(struct client *client)
{
	if (client->store == NULL || client->store_state != STORE_OPEN)
		return;
	store_close(client->store);
	client->store = NULL;
}

static bool refuse(struct refusal *refusal, enum status code, const char *rule)
{
	refusal_set(refusal, code, rule, NULL);
	return false;
}

bool push_open(struct client *client, struct refusal *refusal)
{
	if (!push_keeps(client))
		return refuse(refusal, STATUS_UNAUTHENTICATED, "not_enrolled");
	return client->store_state == STORE_OPEN ||
	       store_refusal(client->store, (enum store_state)client->store_state, refusal);
}

static bool refuse_to_queue(const struct client *client, struct refusal *refusal)
{
	refuse(refusal, STATUS_INTERNAL, client->store->full ? "not_queued_full" : "not_queued");
	refusal_param(refusal, "why", "%s", client->store->why != NULL ? client->store->why : "");
	return false;
}

/* ---- One operation ---- */

/* A token opens what its account may: an operation of another one has to wait for him. The token that was looked at is the
 * one that goes out: somebody else may log in meanwhile. */
static bool take_token(struct client *client, struct call *call, const struct op *op, struct token *token)
{
	const struct context *context = session_find(&client->session, client->session.current);

	if (session_token_read(&client->mem, context, token) == TOKEN_READ)
		call->token = token;
	return op->account == NULL || *op->account == '\0' ||
	       (token->account != NULL && strcmp(token->account, op->account) == 0);
}

static bool is_stop(const char *rule)
{
	return strcmp(rule, "fork") == 0 || strncmp(rule, "device_", 7) == 0 || strncmp(rule, "tls_", 4) == 0;
}

static enum push_verdict verdict_of(const struct call *call, bool attended)
{
	const struct refusal *refusal = &call->refusal;

	if (call->response != NULL)
		return call->replayed ? PUSH_REPLAYED : PUSH_SAVED;
	if (call->parked && attended)
		return PUSH_TOLD;
	if (call->parked)
		return refusal->code == STATUS_ABORTED ? PUSH_CONFLICT : PUSH_PARKED;
	if (call->unknown)
		return PUSH_UNKNOWN;
	if (strcmp(refusal->rule, "gap") == 0)
		return PUSH_GAP;
	if (is_stop(refusal->rule))
		return PUSH_STOPPED;
	if (refusal->code == STATUS_UNAUTHENTICATED || strcmp(refusal->rule, "grant_required") == 0)
		return PUSH_LOGIN;
	if (refusal->code == STATUS_UNAVAILABLE || refusal->code == STATUS_DEADLINE_EXCEEDED ||
	    refusal->code == STATUS_RESOURCE_EXHAUSTED)
		return PUSH_LOST;
	return PUSH_STOPPED; /* an answer that the server has not written down ends nothing */
}

static const char *lines_of(struct client *client, const struct refusal *refusal)
{
	struct text lines;

	text_init(&lines, &client->mem);
	for (unsigned i = 0; i < refusal->n_params; i++)
		text_printf(&lines, "%s%s=%s", i > 0 ? "\n" : "", refusal->params[i].name,
			    refusal->params[i].value);
	return lines.data;
}

/* The state that a verdict leaves behind; false: none, it is asked again. */
static bool state_after(enum push_verdict verdict, enum op_state *state)
{
	static const enum op_state states[PUSH_VERDICTS] = {
		[PUSH_SAVED] = OP_SAVED,    [PUSH_REPLAYED] = OP_SAVED,	 [PUSH_TOLD] = OP_TOLD,
		[PUSH_PARKED] = OP_PARKED,  [PUSH_CONFLICT] = OP_PARKED, [PUSH_UNKNOWN] = OP_UNKNOWN,
	};

	*state = states[verdict];
	return *state != OP_WAITING;
}

static bool settle(struct client *client, const struct op *op, const struct call *call, enum push_verdict verdict)
{
	struct op answered = *op;

	if (!state_after(verdict, &answered.state))
		return true;
	answered.position = (int64_t)call->position;
	if (verdict != PUSH_UNKNOWN)
		answered.answered_at_us = clock_server_us(client);
	if (answered.state == OP_PARKED || answered.state == OP_TOLD) {
		answered.code = (int)call->refusal.code;
		answered.rule = call->refusal.rule;
		answered.field = call->refusal.field;
		answered.params = lines_of(client, &call->refusal);
	}
	return outbox_settle(client->store, &answered);
}

static int64_t expected_by(const struct refusal *refusal)
{
	for (unsigned i = 0; i < refusal->n_params; i++)
		if (strcmp(refusal->params[i].name, "expected") == 0)
			return strtoll(refusal->params[i].value, NULL, 10);
	return 0;
}

/* The server names the first one that it lacks: most likely its database was restored. What was pruned here cannot come
 * again, and nothing behind it in this chain: what is left goes out under a new enrolment. */
static bool go_back(struct client *client, struct refusal *refusal)
{
	int64_t expected = expected_by(refusal);
	struct op first;

	restored_ask(client);
	if (outbox_get(client->store, &client->mem, expected, &first))
		return outbox_offer_again(client->store, expected - 1) ||
		       store_refusal(client->store, STORE_OPEN, refusal);
	refuse(refusal, STATUS_FAILED_PRECONDITION, "gap_pruned");
	refusal_param(refusal, "expected", "%lld", (long long)expected);
	return false;
}

/* The answer is there and could not be written down: it is asked for again. */
static enum push_verdict forget_answer(struct client *client, struct call *call)
{
	refuse(&call->refusal, STATUS_UNAVAILABLE, "not_noted");
	refusal_param(&call->refusal, "why", "%s", client->store->why != NULL ? client->store->why : "");
	call->response = NULL;
	return PUSH_UNKNOWN;
}

static enum push_verdict stop(struct call *call, enum status code, const char *rule, enum push_verdict verdict)
{
	refusal_set(&call->refusal, code, rule, NULL);
	return verdict;
}

static enum push_verdict need_login(struct call *call, const struct op *op)
{
	enum push_verdict verdict = stop(call, STATUS_UNAUTHENTICATED, "login_of", PUSH_LOGIN);

	refusal_param(&call->refusal, "account", "%s", op->account);
	return verdict;
}

/* Somebody has taken it for refused, or done away with it: after a restore the server may save it all the same. */
static void tell_saved(struct client *client, const struct op *op)
{
	client_note(client, SAY_SAVED_AFTER_ALL, "number", mem_format(&client->mem, "%lld", (long long)op->seq), NULL);
}

enum push_verdict push_one(struct client *client, const struct op *op, struct call *call, bool attended)
{
	enum op_state decided = outbox_decided(client->store, op->seq);
	enum push_verdict verdict;
	struct token token;
	struct verb verb;

	attended = attended || decided == OP_TOLD;
	if (!command_find_route(&client->mem, op->method, &verb))
		return stop(call, STATUS_UNIMPLEMENTED, "unknown_method", PUSH_STOPPED);
	call_init(client, call, &verb, NULL);
	memcpy(call->op_id, op->op_id, sizeof(call->op_id));
	call->dry_run = false;
	call->op = op;
	call->attended = attended;
	call->unknown = op->state == OP_UNKNOWN;
	if (!take_token(client, call, op, &token))
		return need_login(call, op);
	(void)!call_send(client, call);
	call->op = NULL;
	call->token = NULL;
	verdict = verdict_of(call, attended);
	if (verdict == PUSH_GAP && !go_back(client, &call->refusal))
		return PUSH_STOPPED;
	/* that none came may stay unwritten: what waits is sent again, too */
	if (!settle(client, op, call, verdict) && verdict != PUSH_UNKNOWN)
		return forget_answer(client, call);
	if (verdict == PUSH_SAVED && decided != OP_WAITING)
		tell_saved(client, op);
	return verdict;
}

void push_queue(struct client *client)
{
	enum push_verdict verdict = PUSH_SAVED;
	struct op op;

	while (push_goes_on(verdict) && outbox_next(client->store, &client->mem, 0, &op)) {
		struct call call;

		verdict = push_one(client, &op, &call, false);
	}
}

/* ---- A direct write ---- */

/* Nothing is queued for nobody. */
static bool make(struct client *client, struct call *call, struct op *op)
{
	const struct context *context = session_find(&client->session, client->session.current);
	size_t n = protobuf_c_message_get_packed_size(call->request);
	uint8_t *body = mem_take(&client->mem, n + 1);
	const uint8_t *grant;
	struct token token;

	if (session_token_read(&client->mem, context, &token) == TOKEN_ABSENT)
		return refuse(&call->refusal, STATUS_UNAUTHENTICATED, "not_logged_in");
	*op = (struct op){.account = token.account != NULL ? token.account : "",
			  .method = call->verb.route,
			  .body = body,
			  .body_len = protobuf_c_message_pack(call->request, body)};
	memcpy(op->op_id, call->op_id, sizeof(op->op_id));
	if (!call_grant(client, call, &grant))
		return false;
	op->has_grant = grant != NULL;
	if (grant != NULL)
		memcpy(op->grant, grant, sizeof(op->grant));
	return true;
}

static bool may_wait(const struct client *client, const struct call *call)
{
	return !client->globals.online && !call->line_only;
}

/* Before anything is queued: that it can be sent at all, and, where it must, whether it can go now. */
static bool may_queue(struct client *client, struct call *call, const struct op *op)
{
	if (!call_fits(op->body_len))
		return refuse(&call->refusal, STATUS_INVALID_ARGUMENT, "too_large");
	return may_wait(client, call) || call_reach(client, call);
}

/* What goes out by itself later is queued, or, where nobody wanted that, not known yet. What only a person can mend is a
 * failure, although it stays in the queue. */
static void stay(struct call *call, enum push_verdict verdict, bool waits)
{
	call->stands = verdict == PUSH_STOPPED;
	call->queued = !call->stands && waits;
	call->unknown = !call->stands && !waits;
}

/* The verdict on the operation itself, in the words of a call. */
static bool conclude(struct call *call, enum push_verdict verdict, bool waits)
{
	if (push_goes_on(verdict) || verdict == PUSH_UNKNOWN)
		call->unknown = verdict == PUSH_UNKNOWN;
	else
		stay(call, verdict, waits);
	return call->response != NULL;
}

/* One that came before it cannot go: it waits behind that. */
static bool stay_behind(struct call *call, const struct call *before, enum push_verdict verdict, bool waits)
{
	call->refusal = before->refusal;
	stay(call, verdict, waits);
	return false;
}

/* The outbox has it and cannot be read. */
static bool stay_unread(const struct client *client, struct call *call)
{
	call->stands = true;
	return store_refusal(client->store, STORE_OPEN, &call->refusal);
}

static bool push_up_to(struct client *client, struct call *call, const struct op *own)
{
	bool waits = may_wait(client, call);
	struct op op;

	while (outbox_next(client->store, &client->mem, 0, &op)) {
		bool is_own = op.seq == own->seq;
		struct call other;
		enum push_verdict verdict = push_one(client, &op, is_own ? call : &other, is_own);

		if (is_own && verdict != PUSH_GAP)
			return conclude(call, verdict, waits);
		if (!is_own && !push_goes_on(verdict))
			return stay_behind(call, &other, verdict, waits);
	}
	return stay_unread(client, call);
}

/* It is in the outbox; now for the line, unless nothing is to be sent. */
static bool set_off(struct client *client, struct call *call, const struct op *own)
{
	if (!client->globals.offline)
		return push_up_to(client, call, own);
	refusal_set(&call->refusal, STATUS_OK, "", NULL);
	call->queued = true;
	return false;
}

/* It was saved. What it was answered with is asked for; without the line nothing is open but that. */
static bool ask_again(struct client *client, struct call *call, const struct op *known)
{
	if (client->globals.offline)
		return refuse(&call->refusal, STATUS_UNAVAILABLE, "offline");
	if (push_one(client, known, call, true) == PUSH_GAP)
		return push_up_to(client, call, known);
	call->unknown = false;
	return call->response != NULL;
}

/* What it was refused with, as it was written down. */
static bool refuse_again(struct client *client, struct call *call, const struct op *known)
{
	char *lines = mem_format(&client->mem, "%s", known->params != NULL ? known->params : "");
	char *line;

	refusal_set(&call->refusal, (enum status)known->code, known->rule != NULL ? known->rule : "", known->field);
	while ((line = strsep(&lines, "\n")) != NULL) {
		char *value = strchr(line, '=');

		if (value == NULL)
			continue;
		*value++ = '\0';
		refusal_param(&call->refusal, line, "%s", value);
	}
	return false;
}

/* Its place in the chain stays; what was saved is answered again. */
static bool push_known(struct client *client, struct call *call, const struct op *known)
{
	if (known->state == OP_WAITING || known->state == OP_UNKNOWN)
		return set_off(client, call, known);
	if (known->state == OP_SAVED)
		return ask_again(client, call, known);
	return refuse_again(client, call, known);
}

bool push_call(struct client *client, struct call *call)
{
	struct op own;

	if (!push_open(client, &call->refusal) || !make(client, call, &own))
		return false;
	/* an import that is run again makes the same operations */
	if (outbox_find(client->store, &client->mem, call->op_id, &own))
		return push_known(client, call, &own);
	if (!may_queue(client, call, &own))
		return false;
	return outbox_put(client->store, &own) ? set_off(client, call, &own) : refuse_to_queue(client, &call->refusal);
}
