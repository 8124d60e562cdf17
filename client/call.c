/* One call of the server. A write keeps its op_id over all tries, so that it happens once. */
#include "call.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "chibo/v1/envelope.pb-c.h"
#include "chibo/v1/session.pb-c.h"
#include "client.h"
#include "errors.h"
#include "local.h"
#include "mem.h"
#include "outbox.h"
#include "push.h"
#include "value.h"
#include "wire_check.h"

enum {
	PROTOCOL = 1,
	TRIES = 3,
	BACKOFF_MS = 300,
	SILENCE_MS = 150000, /* of a stream, which says at least every minute that it is alive */
	REQUEST_MAX = 256 << 10, /* what a server takes after login */
	ENVELOPE_MAX = 512,	 /* of it, what stands around the body */
	REPLY_ELEMENTS = 200000, /* a page of 500 rows of a dozen fields needs 6000 */
};

/* How far one try came. */
enum outcome {
	ANSWERED,
	NOT_SENT,
	UNANSWERED,
};

void call_init(struct client *client, struct call *call, const struct verb *verb,
	       const ProtobufCMessage *request)
{
	*call = (struct call){.verb = *verb,
			      .request = request,
			      .dry_run = client->globals.dry_run};
	id_make(call->op_id);
}

const char *call_op_id(struct client *client, const struct call *call)
{
	char *text = mem_take(&client->mem, UUID_TEXT);

	value_print_uuid(call->op_id, text);
	return text;
}

static bool is_write(const struct call *call)
{
	return call->verb.text->kind == METHOD_WRITE;
}

static void refuse(struct call *call, enum status code, const char *rule, const char *name,
		   const char *value)
{
	refusal_set(&call->refusal, code, rule, NULL);
	if (name != NULL)
		refusal_param(&call->refusal, name, "%s", value);
}

/* The server answered, and does not want this computer: trying again is of no use. */
static bool is_about_key(const char *reason)
{
	return strcmp(reason, "not_enrolled") == 0 || strcmp(reason, "revoked") == 0 ||
	       strcmp(reason, "expired") == 0 || strcmp(reason, "own_key") == 0;
}

static void refuse_transport(struct client *client, struct call *call, enum conn_result result,
			     const char *server)
{
	static const char *const rules[] = {
		[CONN_RESOLVE] = "no_such_host", [CONN_REFUSED] = "unreachable",
		[CONN_LOST] = "connection_lost", [CONN_TIMEOUT] = "timeout",
		[CONN_BAD] = "bad_frame",
	};

	if (result == CONN_TLS)
		refuse(call,
		       is_about_key(conn_reason(&client->conn)) ? STATUS_UNAUTHENTICATED
								: STATUS_UNAVAILABLE,
		       mem_format(&client->mem, "tls_%s", conn_reason(&client->conn)), "server",
		       server);
	else
		refuse(call, result == CONN_TIMEOUT ? STATUS_DEADLINE_EXCEEDED : STATUS_UNAVAILABLE,
		       rules[result], "server", server);
}

/* ---- The envelope ---- */

static void *unpack(struct client *client, struct call *call,
		    const ProtobufCMessageDescriptor *type, const uint8_t *bytes, size_t n)
{
	const struct wire_limits limits = {WIRE_DEPTH, REPLY_ELEMENTS, REPLY_ELEMENTS};
	ProtobufCMessage *message = NULL;

	struct arena *room = call->room != NULL ? call->room : &client->mem;

	if (wire_check(type, bytes, n, &limits, &call->refusal))
		message = protobuf_c_message_unpack(type, arena_allocator(room), n, bytes);
	if (message == NULL)
		refuse(call, STATUS_INTERNAL, "bad_reply", NULL, NULL);
	return message;
}

static void take_status(struct call *call, const Chibo__V1__Status *status)
{
	refusal_set(&call->refusal, (enum status)status->code,
		    status->rule != NULL ? status->rule : "", status->field);
	for (size_t i = 0; i < status->n_params; i++)
		if (status->params[i]->name != NULL && status->params[i]->value != NULL)
			refusal_param(&call->refusal, status->params[i]->name, "%s",
				      status->params[i]->value);
	call->refusal.retry_after_ms = status->retry_after_ms;
}

/* A receipt that does not fit what is kept is told at the end of the run: what it is for has been done. */
static void take_receipt(struct client *client, const struct call *call, const Chibo__V1__Reply *reply)
{
	const char *context = client->session.current;
	struct head head = {.position = reply->position};

	if (!reply->has_feed || reply->feed.len != HEAD_FEED || !reply->has_position ||
	    !reply->has_head_hash || reply->head_hash.len != HEAD_HASH)
		return;
	memcpy(head.feed, reply->feed.data, HEAD_FEED);
	memcpy(head.hash, reply->head_hash.data, HEAD_HASH);
	/* A refusal that was parked is answered with its first receipt each time. */
	switch (heads_take(&client->mem, context, &call->heads, &head, reply->replayed || reply->parked)) {
	case HEADS_CONTRADICT:
		client->ledger_contradicts = true;
		break;
	case HEADS_NOT_WRITTEN:
		client_note(client, SAY_CANNOT_WRITE, "file", heads_path(&client->mem, context), "why",
			    strerror(errno), NULL);
		break;
	case HEADS_AGREE:
		break;
	}
}

static void take_reply(struct client *client, struct call *call, const Chibo__V1__Reply *reply)
{
	call->response = NULL;
	client->retry_after_ms = reply->status != NULL ? reply->status->retry_after_ms : 0;
	call->replayed = reply->replayed;
	call->parked = reply->parked;
	call->position = reply->position;
	take_receipt(client, call, reply);
	if (reply->status != NULL && reply->status->code != STATUS_OK) {
		take_status(call, reply->status);
		return;
	}
	call->response = unpack(client, call, call->verb.method->output, reply->body.data,
				reply->body.len);
}

/* Packs straight into the run's memory. */
static ProtobufCBinaryData pack(struct client *client, const ProtobufCMessage *message)
{
	ProtobufCBinaryData data = {.len = protobuf_c_message_get_packed_size(message)};

	data.data = mem_take(&client->mem, data.len + 1);
	protobuf_c_message_pack(message, data.data);
	return data;
}

static bool refuse_token(struct client *client, struct call *call, enum token_state state)
{
	if (state == TOKEN_TOO_OPEN)
		refuse(call, STATUS_UNAUTHENTICATED, "token_too_open", "file",
		       session_token_path(&client->mem, client->session.current));
	else
		refuse(call, STATUS_UNAUTHENTICATED, state == TOKEN_DAMAGED ? "token_damaged" : "not_logged_in", NULL,
		       NULL);
	return false;
}

/* False with the refusal set when there is none to show. */
static bool add_token(struct client *client, struct call *call, Chibo__V1__Request *request)
{
	const struct context *context = session_find(&client->session, client->session.current);
	const struct token *shown = call->token;
	enum token_state state = TOKEN_READ;
	struct token read;

	if (shown == NULL) {
		state = session_token_read(&client->mem, context, &read);
		shown = &read;
	}
	if (state != TOKEN_READ)
		return refuse_token(client, call, state);
	request->has_token = 1;
	request->token = value_bytes(&client->mem, shown->bytes, TOKEN_SIZE);
	return true;
}

bool call_grant(struct client *client, struct call *call, const uint8_t **grant)
{
	const struct context *context = session_find(&client->session, client->session.current);
	const char *text = client->globals.grant != NULL ? client->globals.grant : context->grant;
	uint8_t *id = mem_take(&client->mem, ID_SIZE);

	*grant = text == NULL ? NULL : id;
	if (text == NULL || value_parse_uuid(text, id))
		return true;
	refuse(call, STATUS_INVALID_ARGUMENT, "bad_grant", "value", text);
	return false;
}

/* An operation goes out in the grant that it was made in; made in none, in the one that was chosen since, or nobody could ever
 * send it. */
static bool add_grant(struct client *client, struct call *call, Chibo__V1__Request *request)
{
	const uint8_t *grant = call->op != NULL && call->op->has_grant ? call->op->grant : NULL;

	if (grant == NULL && !call_grant(client, call, &grant))
		return false;
	request->has_grant_id = grant != NULL;
	if (grant != NULL)
		request->grant_id = value_bytes(&client->mem, grant, ID_SIZE);
	return true;
}

/* Its place in the chain of this computer. */
static void add_place(struct client *client, const struct call *call, Chibo__V1__Request *request)
{
	request->has_device_id = request->has_device_seq = request->has_prev_hash = 1;
	request->device_id = value_bytes(&client->mem, client->store->device_id, STORE_ID);
	request->device_seq = (uint64_t)call->op->seq;
	request->prev_hash = value_bytes(&client->mem, call->op->prev_hash, STORE_HASH);
	request->has_attended = request->attended = call->attended;
}

bool call_fits(size_t body_len)
{
	return body_len <= REQUEST_MAX - ENVELOPE_MAX;
}

static bool fill_envelope(struct client *client, struct call *call, Chibo__V1__Request *request)
{
	bool known = call->verb.text->kind == METHOD_OPEN ||
		     (add_token(client, call, request) && add_grant(client, call, request));
	char *method = mem_format(&client->mem, "%s", call->verb.route);

	request->method = method;
	request->body = call->op != NULL ? value_bytes(&client->mem, call->op->body, call->op->body_len)
					 : pack(client, call->request);
	request->has_body = 1;
	if (is_write(call)) {
		request->op_id = (ProtobufCBinaryData){ID_SIZE, call->op_id};
		request->has_op_id = 1;
	}
	if (call->op != NULL)
		add_place(client, call, request);
	request->has_dry_run = call->dry_run;
	request->dry_run = call->dry_run;
	if (known && !call_fits(request->body.len)) {
		refuse(call, STATUS_INVALID_ARGUMENT, "too_large", NULL, NULL);
		known = false;
	}
	return known;
}

/* ---- One try ---- */

/* One of a stream's replies. False: no more are wanted, or it is none. */
static bool hear(struct client *client, struct call *call, const Chibo__V1__Reply *reply)
{
	const ProtobufCMessage *told =
		unpack(client, call, call->verb.method->output, reply->body.data, reply->body.len);
	bool goes_on = told != NULL && call->each(call->owner, told);

	arena_reset(call->room);
	return goes_on;
}

/* The final reply to this id. There is no other call on the way, and id 0 is the server taking
 * leave. */
static enum conn_result await(struct client *client, struct call *call, uint64_t id,
			      int64_t deadline)
{
	const Chibo__V1__Reply *reply;
	const uint8_t *bytes;
	bool more;
	size_t n;

	do {
		enum conn_result result = conn_receive(&client->conn, deadline, &bytes, &n);

		if (result != CONN_OK)
			return result;
		reply = unpack(client, call, &chibo__v1__reply__descriptor, bytes, n);
		if (reply == NULL)
			return CONN_BAD;
		/* A refusal of the connection itself may be all that this call gets. */
		if (reply->id == 0 && reply->status != NULL && reply->status->rule != NULL &&
		    strcmp(reply->status->rule, "goaway") != 0)
			break;
		if (reply->id != id)
			return reply->id == 0 ? CONN_LOST : CONN_BAD;
		more = reply->more;
		if (more && call->each != NULL) {
			deadline = conn_now() + SILENCE_MS;
			if (!hear(client, call, reply))
				return CONN_LOST;
		}
	} while (more);
	take_reply(client, call, reply);
	return CONN_OK;
}

static enum conn_result exchange(struct client *client, struct call *call,
				 Chibo__V1__Request *request, int64_t deadline, bool *sent)
{
	int64_t left = deadline - conn_now();
	enum conn_result result;
	ProtobufCBinaryData frame;

	request->id = client->conn.next_id++;
	request->has_id = 1;
	request->deadline_ms = left > 0 ? (uint32_t)left : 1;
	request->has_deadline_ms = 1;
	frame = pack(client, &request->base);
	*sent = true;
	result = conn_send(&client->conn, frame.data, frame.len, deadline);
	return result == CONN_OK ? await(client, call, request->id, deadline) : result;
}

static void say_slow(void *owner)
{
	struct client *client = owner;
	const struct context *context = session_find(&client->session, client->session.current);

	client_note(client, SAY_CONNECTING, "server", context->server, NULL);
}

/* The first words on every connection. Any refusal here is about versions. */
static enum conn_result greet(struct client *client, struct call *call, int64_t deadline)
{
	Chibo__V1__SessionHelloRequest hello = CHIBO__V1__SESSION_HELLO_REQUEST__INIT;
	const Chibo__V1__SessionHelloResponse *answer;
	Chibo__V1__Request request = CHIBO__V1__REQUEST__INIT;
	char program[] = "chibo " CHIBO_VERSION;
	struct call first;
	struct verb verb;
	enum conn_result result;
	bool sent;

	hello.has_protocol_min = hello.has_protocol_max = 1;
	hello.protocol_min = hello.protocol_max = PROTOCOL;
	hello.program = program;
	command_known_verb(&client->mem, "Session", "Hello", &verb);
	call_init(client, &first, &verb, &hello.base);
	first.dry_run = false;
	if (!fill_envelope(client, &first, &request))
		return CONN_BAD;
	result = exchange(client, &first, &request, deadline, &sent);
	answer = (const void *)first.response;
	if (result == CONN_OK && answer != NULL && answer->protocol != PROTOCOL) {
		refuse(&first, STATUS_UNIMPLEMENTED, "protocol_version", NULL, NULL);
		first.response = NULL;
	}
	client->conn.greeted = result == CONN_OK && first.response != NULL;
	client->conn.greeted_at = conn_now();
	client->hello = first.response;
	if (result == CONN_OK && first.response == NULL)
		call->refusal = first.refusal;
	return result;
}

static bool target_of(struct client *client, struct call *call, struct conn_target *target)
{
	const struct context *context = session_find(&client->session, client->session.current);

	*target = (struct conn_target){.slow = say_slow, .owner = client};
	if (client->enrol_key != NULL) {
		target->key_file = client->enrol_key;
		target->alpn = TLS_ENROL;
	} else if (context != NULL && context->device != NULL) {
		target->key_file = session_key_path(&client->mem, context->name);
	}
	if (context == NULL || context->server == NULL) {
		refuse(call, STATUS_UNAUTHENTICATED, "no_context", NULL, NULL);
		return false;
	}
	if (!session_split_server(&client->mem, context->server, &target->host, &target->port)) {
		refuse(call, STATUS_INVALID_ARGUMENT, "bad_server", "server", context->server);
		return false;
	}
	for (size_t i = 0; i < context->n_pins; i++)
		if (!tls_pin_parse(context->pins[i], target->pins[target->n_pins++])) {
			refuse(call, STATUS_INVALID_ARGUMENT, "bad_pin", "value", context->pins[i]);
			return false;
		}
	if (target->n_pins == 0)
		refuse(call, STATUS_INVALID_ARGUMENT, "bad_pin", "value", "");
	return target->n_pins > 0;
}

/* An open connection that was greeted; else NOT_SENT with the reason in the refusal. */
static enum outcome connect_server(struct client *client, struct call *call, int64_t deadline)
{
	struct conn_target target;
	enum conn_result result;
	const char *server;

	if (conn_is_open(&client->conn) && client->conn.greeted)
		return ANSWERED;
	if (!target_of(client, call, &target))
		return NOT_SENT;
	server = session_find(&client->session, client->session.current)->server;
	result = conn_open(&client->conn, &target, deadline);
	if (result == CONN_OK)
		result = greet(client, call, deadline);
	if (result == CONN_OK && client->conn.greeted)
		return ANSWERED;
	if (result != CONN_OK)
		refuse_transport(client, call, result, server);
	conn_close(&client->conn);
	return NOT_SENT;
}

static enum outcome try_once(struct client *client, struct call *call, int64_t deadline)
{
	Chibo__V1__Request request = CHIBO__V1__REQUEST__INIT;
	enum conn_result result;
	bool sent = false;

	if (session_find(&client->session, client->session.current) == NULL) {
		refuse(call, STATUS_UNAUTHENTICATED, "no_context", NULL, NULL);
		return NOT_SENT;
	}
	if (!fill_envelope(client, call, &request) ||
	    connect_server(client, call, deadline) != ANSWERED)
		return NOT_SENT;
	result = exchange(client, call, &request, deadline, &sent);
	if (result == CONN_OK)
		return ANSWERED;
	refuse_transport(client, call, result,
			 session_find(&client->session, client->session.current)->server);
	conn_close(&client->conn);
	return UNANSWERED;
}

/* ---- Retries ---- */

/* A lost login may have succeeded and a lost code is used up: those are for the user to repeat. */
static bool repeatable(const struct call *call)
{
	return is_write(call) || call->verb.text->kind == METHOD_READ;
}

static bool asks_again(const struct call *call, enum outcome outcome)
{
	if (call->response != NULL || !repeatable(call))
		return false;
	if (outcome == ANSWERED)
		return call->refusal.code == STATUS_UNAVAILABLE;
	return outcome == UNANSWERED || call->unknown;
}

/* False: the deadline comes first. */
static bool pause_before(const struct call *call, int try, int64_t deadline)
{
	uint32_t wait = call->refusal.retry_after_ms;
	struct timespec pause;

	if (wait == 0)
		wait = randombytes_uniform((uint32_t)BACKOFF_MS << try) + 50;
	if (conn_now() + wait >= deadline)
		return false;
	pause = (struct timespec){wait / 1000, (long)(wait % 1000) * 1000000};
	nanosleep(&pause, NULL);
	return true;
}

bool call_send(struct client *client, struct call *call)
{
	int64_t deadline = conn_now() + client->globals.timeout_ms;
	enum outcome outcome = NOT_SENT;

	if (client->session.current != NULL && call->verb.text->kind != METHOD_OPEN)
		heads_read(&client->mem, client->session.current, &call->heads);
	for (int try = 0; try < TRIES; try++) {
		if (try > 0 && !pause_before(call, try, deadline))
			break;
		outcome = try_once(client, call, deadline);
		if (is_write(call) && !call->dry_run) {
			/* A server's deadline may have struck after the work was sent to the
			 * database. */
			bool open = outcome == UNANSWERED ||
				    (outcome == ANSWERED && call->response == NULL &&
				     (call->refusal.code == STATUS_DEADLINE_EXCEEDED ||
				      strcmp(call->refusal.rule, "outcome_unknown") == 0));

			call->unknown = open || (outcome == NOT_SENT && call->unknown) ||
					(outcome == ANSWERED && call->unknown &&
					 call->response == NULL &&
					 call->refusal.code == STATUS_UNAVAILABLE);
		}
		if (!asks_again(call, outcome))
			break;
	}
	return call->response != NULL;
}

/* ---- Without the line ---- */

/* A server that cannot be trusted is no line that is down. */
bool call_has_no_line(const struct call *call)
{
	return command_listed("no_such_host unreachable connection_lost timeout offline needs_line", ' ', call->refusal.rule);
}

/* A read, from what this computer keeps. When that cannot be, why the line is down tells more. */
static bool answer_from_copy(struct client *client, struct call *call)
{
	struct refusal before = call->refusal;

	if (call->verb.text->kind != METHOD_READ || call->line_only || !push_keeps(client))
		return false;
	call->from_copy = push_open(client, &call->refusal) && local_read(client, client->store, call);
	if (!call->from_copy && strcmp(call->refusal.rule, "needs_line") == 0 && !client->globals.offline)
		call->refusal = before;
	return call->from_copy;
}

void call_follow(struct client *client, struct call *call, bool (*each)(void *owner, const ProtobufCMessage *response),
		 void *owner, struct arena *room)
{
	call->each = each;
	call->room = room;
	call->owner = owner;
	(void)try_once(client, call, conn_now() + client->globals.timeout_ms);
}

bool call_run(struct client *client, struct call *call)
{
	if (is_write(call) && !call->dry_run && push_keeps(client))
		return push_call(client, call);
	if (!client->globals.offline)
		return call_send(client, call) || (call_has_no_line(call) && answer_from_copy(client, call));
	refuse(call, STATUS_UNAVAILABLE, call->dry_run ? "offline_dry_run" : "offline", NULL, NULL);
	return answer_from_copy(client, call);
}

bool call_reach(struct client *client, struct call *call)
{
	return connect_server(client, call, conn_now() + client->globals.timeout_ms) == ANSWERED;
}

const ProtobufCMessage *call_hello(struct client *client, struct call *call)
{
	struct verb verb;

	command_known_verb(&client->mem, "Session", "Hello", &verb);
	call_init(client, call, &verb, NULL);
	if (connect_server(client, call, conn_now() + client->globals.timeout_ms) != ANSWERED)
		return NULL;
	return client->hello;
}

int call_fail(struct client *client, const struct call *call)
{
	const char *message = call->verb.method->input->short_name;

	if (call->stands || call->queued)
		return error_stands(client, &call->refusal, message, call_op_id(client, call));
	return error_refusal(client, &call->refusal, message, call->unknown ? call_op_id(client, call) : NULL);
}
