/* Operations that were refused and kept, wherever they are known. */
#include "parked.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "errors.h"
#include "local.h"
#include "local_note.h"
#include "request.h"
#include "value.h"

enum { PAGE = 200 };

static bool same_id(const ProtobufCBinaryData *a, const ProtobufCBinaryData *b)
{
	return a->len == UUID_SIZE && b->len == UUID_SIZE && memcmp(a->data, b->data, UUID_SIZE) == 0;
}

static ProtobufCBinaryData bytes_of(struct client *client, const uint8_t *id)
{
	return (ProtobufCBinaryData){UUID_SIZE, (uint8_t *)mem_copy(&client->mem, (const char *)id, UUID_SIZE)};
}

static char *copied(struct client *client, const char *text)
{
	return mem_copy(&client->mem, text == NULL ? "" : text, text == NULL ? 0 : strlen(text));
}

/* ---- One operation ---- */

static struct parked describe(struct client *client, Chibo__V1__ParkedOperation *shown)
{
	struct parked parked = {.shown = shown};

	parked.is_known = shown->method != NULL && command_find_route(&client->mem, shown->method, &parked.verb);
	return parked;
}

static void set_subject(struct client *client, struct parked *parked)
{
	const ProtobufCFieldDescriptor *field = parked->body == NULL ? NULL : value_field(parked->body->descriptor, "id");
	const uint8_t *id = field == NULL ? NULL : value_uuid(parked->body, field);

	if (id == NULL)
		return;
	parked->shown->subject_id = bytes_of(client, id);
	parked->shown->has_subject_id = 1;
}

/* "op=…" among the params of "waits_for_operation". */
static void set_waits_for(struct client *client, Chibo__V1__ParkedOperation *shown)
{
	const char *at = strstr(shown->params, "op=");
	uint8_t id[UUID_SIZE];

	if (strcmp(shown->rule, "waits_for_operation") != 0 || at == NULL ||
	    !value_parse_uuid(mem_copy(&client->mem, at + 3, strcspn(at + 3, "\n")), id))
		return;
	shown->waits_for_id = bytes_of(client, id);
	shown->has_waits_for_id = 1;
}

struct parked parked_own(struct client *client, const struct op *op)
{
	static const Chibo__V1__ParkedState states[] = {
		[OP_PARKED] = CHIBO__V1__PARKED_STATE__PARKED_STATE_OPEN,
		[OP_TOLD] = CHIBO__V1__PARKED_STATE__PARKED_STATE_ANSWERED,
		[OP_RESENT] = CHIBO__V1__PARKED_STATE__PARKED_STATE_RESENT,
		[OP_DISCARDED] = CHIBO__V1__PARKED_STATE__PARKED_STATE_DISCARDED,
	};
	Chibo__V1__ParkedOperation *shown = mem_take(&client->mem, sizeof(*shown));
	struct parked parked;

	chibo__v1__parked_operation__init(shown);
	shown->id = bytes_of(client, op->op_id);
	shown->version = 1; /* nobody has decided it yet */
	shown->state = states[op->state];
	shown->device_id = bytes_of(client, local_store(client)->device_id);
	shown->device_seq = op->seq;
	shown->parked_at_us = op->answered_at_us;
	shown->code = op->code;
	shown->has_id = shown->has_version = shown->has_state = shown->has_device_id = shown->has_device_seq =
		shown->has_parked_at_us = shown->has_code = 1;
	shown->method = copied(client, op->method);
	shown->full_name = copied(client, op->account);
	shown->rule = copied(client, op->rule);
	shown->field = copied(client, op->field);
	shown->params = copied(client, op->params);
	parked = describe(client, shown);
	parked.is_own = true;
	parked.op = *op;
	parked.body = note_body(client, op->method, op->body, op->body_len);
	set_subject(client, &parked);
	set_waits_for(client, shown);
	return parked;
}

const char *parked_label(struct client *client, const struct parked *parked)
{
	return parked->is_known && parked->verb.text != NULL ? text_in(client->lang, &parked->verb.text->label)
							      : parked->shown->method;
}

const char *parked_why(struct client *client, const struct parked *parked)
{
	const Chibo__V1__ParkedOperation *shown = parked->shown;
	struct refusal refusal;

	refusal_set(&refusal, (enum status)shown->code, shown->rule != NULL ? shown->rule : "", shown->field);
	for (const char *at = shown->params; at != NULL && *at != '\0';) {
		size_t n = strcspn(at, "\n"), name = strcspn(at, "=\n");

		if (name < n)
			refusal_param(&refusal, mem_copy(&client->mem, at, name), "%s",
				      mem_copy(&client->mem, at + name + 1, n - name - 1));
		at += n + (at[n] == '\n');
	}
	return error_sentence(client, &refusal, parked->is_known ? parked->verb.method->input->short_name : NULL);
}

const char *parked_name(struct client *client, const struct parked *parked)
{
	char *text = mem_take(&client->mem, UUID_TEXT);

	if (parked->is_own)
		return mem_format(&client->mem, "%" PRId64, parked->op.seq);
	if (parked->shown->id.len == UUID_SIZE)
		value_print_uuid(parked->shown->id.data, text);
	return text;
}

const ProtobufCMessage *parked_record(struct client *client, const struct parked *parked)
{
	if (!parked->is_known || !parked->shown->has_subject_id || parked->shown->subject_id.len != UUID_SIZE)
		return NULL;
	return request_record(client, &parked->verb, parked->shown->subject_id.data);
}

/* ---- Lists ---- */

static void add(struct client *client, struct parked_list *list, struct parked parked)
{
	list->items = mem_grow(&client->mem, list->items, list->n, &list->capacity, sizeof(*list->items));
	list->items[list->n++] = parked;
}

struct reading_own {
	struct client *client;
	struct parked_list *list;
};

static bool add_own(void *owner, const struct op *op)
{
	struct reading_own *reading = owner;

	add(reading->client, reading->list, parked_own(reading->client, op));
	return true;
}

static struct parked *find(const struct parked_list *list, const ProtobufCBinaryData *id)
{
	for (size_t i = 0; i < list->n; i++)
		if (same_id(&list->items[i].shown->id, id))
			return &list->items[i];
	return NULL;
}

/* All pages of the server's list. */
static bool ask_list(struct client *client, const Chibo__V1__ConflictListRequest *asked, struct parked_list *list,
		     struct call *call)
{
	Chibo__V1__ConflictListRequest request = *asked;
	const Chibo__V1__ConflictListResponse *answer;
	struct verb verb;

	command_known_verb(&client->mem, "Conflict", "List", &verb);
	request.has_limit = 1;
	request.limit = PAGE;
	do {
		call_init(client, call, &verb, &request.base);
		call->dry_run = false;
		if (!call_run(client, call))
			return false;
		answer = (const void *)call->response;
		for (size_t i = 0; i < answer->n_operations; i++)
			add(client, list, describe(client, answer->operations[i]));
		if (answer->n_operations > 0)
			request.after_id = answer->operations[answer->n_operations - 1]->id;
		request.has_after_id = 1;
	} while (answer->n_operations == PAGE);
	return true;
}

/* What the server knows of one; NULL: nothing that the caller may see. */
static const Chibo__V1__ConflictShowResponse *ask_one(struct client *client, const ProtobufCBinaryData *id, struct call *call)
{
	Chibo__V1__ConflictShowRequest request = CHIBO__V1__CONFLICT_SHOW_REQUEST__INIT;
	const Chibo__V1__ConflictShowResponse *answer;
	struct verb verb;

	command_known_verb(&client->mem, "Conflict", "Show", &verb);
	request.has_id = 1;
	request.id = *id;
	call_init(client, call, &verb, &request.base);
	call->dry_run = false;
	if (!call_run(client, call))
		return NULL;
	answer = (const void *)call->response;
	return answer->operation == NULL ? NULL : answer;
}

bool parked_was_decided(struct client *client, struct parked *own)
{
	const Chibo__V1__ConflictShowResponse *answer;
	struct call call;

	answer = ask_one(client, &own->shown->id, &call);
	if (answer == NULL)
		return false;
	if (answer->operation->state == CHIBO__V1__PARKED_STATE__PARKED_STATE_RESENT)
		own->op.state = OP_RESENT;
	else if (answer->operation->state == CHIBO__V1__PARKED_STATE__PARKED_STATE_DISCARDED)
		own->op.state = OP_DISCARDED;
	else
		return false;
	if (!outbox_settle(local_store(client), &own->op))
		return false;
	client_note(client, SAY_DECIDED_ELSEWHERE, "what", parked_label(client, own), "number", parked_name(client, own), NULL);
	return true;
}

/* Both lists in one: an own operation that the server shows is shown as the server has it. */
static void join(struct client *client, struct parked_list *own, const struct parked_list *servers, bool asked,
		 struct parked_list *list)
{
	for (size_t i = 0; i < servers->n; i++)
		add(client, list, servers->items[i]);
	for (size_t i = 0; i < own->n; i++) {
		struct parked *both = find(list, &own->items[i].shown->id);

		if (both != NULL) {
			own->items[i].shown = both->shown;
			*both = own->items[i];
		} else if (!asked || !parked_was_decided(client, &own->items[i])) {
			add(client, list, own->items[i]);
		}
	}
}

static bool wants_open(const Chibo__V1__ConflictListRequest *request)
{
	return !request->has_state || request->state == CHIBO__V1__PARKED_STATE__PARKED_STATE_OPEN;
}

int parked_list(struct client *client, const Chibo__V1__ConflictListRequest *request, struct parked_list *list)
{
	struct store *store = local_store(client);
	struct parked_list own = {0}, servers = {0};
	struct reading_own reading = {client, &own};
	struct call call;
	bool asked;

	*list = (struct parked_list){0};
	if (store != NULL && wants_open(request) &&
	    !outbox_each(store, &client->mem, 1 << OP_PARKED, add_own, &reading))
		return error_say(client, EXIT_OTHER, SAY_CANNOT_READ, "file", store->path, "why", store->why, NULL);
	asked = ask_list(client, request, &servers, &call);
	/* without the line the own ones are told, and that there may be others */
	if (!asked && (store == NULL || !wants_open(request) || !call_has_no_line(&call)))
		return call_fail(client, &call);
	if (!asked)
		client_note(client, SAY_OWN_CONFLICTS_ONLY, NULL);
	join(client, &own, &servers, asked, list);
	return EXIT_DONE;
}

/* ---- What waits for what ---- */

static void add_tree(struct client *client, const struct parked_list *from, size_t at, bool *placed, struct parked_list *to)
{
	if (placed[at])
		return;
	placed[at] = true;
	add(client, to, from->items[at]);
	for (size_t i = 0; i < from->n; i++)
		if (from->items[i].shown->has_waits_for_id &&
		    same_id(&from->items[i].shown->waits_for_id, &from->items[at].shown->id))
			add_tree(client, from, i, placed, to);
}

void parked_sort(struct client *client, struct parked_list *list)
{
	bool *placed = mem_take(&client->mem, list->n + 1);
	struct parked_list sorted = {0};

	for (size_t i = 0; i < list->n; i++)
		if (!list->items[i].shown->has_waits_for_id || find(list, &list->items[i].shown->waits_for_id) == NULL)
			add_tree(client, list, i, placed, &sorted);
	for (size_t i = 0; i < list->n; i++)
		add_tree(client, list, i, placed, &sorted);
	*list = sorted;
}

/* ---- One by its name ---- */

static int no_such(struct client *client, const char *word)
{
	return error_say(client, EXIT_NOT_FOUND, SAY_NO_SUCH_CONFLICT, "word", word, NULL);
}

static bool find_own(struct client *client, const char *word, bool is_id, const uint8_t *id, struct parked *parked)
{
	struct store *store = local_store(client);
	char *end;
	int64_t seq = strtoll(word, &end, 10);
	struct op op;

	if (store == NULL)
		return false;
	if (is_id ? !outbox_find(store, &client->mem, id, &op) : *end != '\0' || !outbox_get(store, &client->mem, seq, &op))
		return false;
	if (op.state != OP_PARKED && op.state != OP_RESENT && op.state != OP_DISCARDED)
		return false;
	*parked = parked_own(client, &op);
	return true;
}

int parked_find(struct client *client, const char *word, struct parked *parked)
{
	const Chibo__V1__ConflictShowResponse *answer;
	uint8_t id[UUID_SIZE] = {0};
	bool is_id = value_parse_uuid(word, id);
	struct call call;

	if (find_own(client, word, is_id, id, parked))
		return EXIT_DONE;
	if (!is_id)
		return no_such(client, word);
	answer = ask_one(client, &(ProtobufCBinaryData){UUID_SIZE, id}, &call);
	if (answer == NULL)
		return call.response == NULL ? call_fail(client, &call) : no_such(client, word);
	*parked = describe(client, answer->operation);
	if (answer->has_body)
		parked->body = note_body(client, answer->operation->method, answer->body.data, answer->body.len);
	return EXIT_DONE;
}
