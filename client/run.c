/* Any command that the descriptors give: request, confirmation, call, pages, answer. */
#include "run.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "args.h"
#include "call.h"
#include "clean.h"
#include "code.h"
#include "drill.h"
#include "enrol.h"
#include "errors.h"
#include "help.h"
#include "json.h"
#include "prompt.h"
#include "render.h"
#include "request.h"
#include "value.h"
#include "waits.h"

enum { PAGE = 200 }; /* every list that can be paged gives as many */

/* ---- Lists ---- */

struct pages {
	ProtobufCMessage **items;
	size_t n;
	size_t capacity;
	int64_t rows;
};

/* The list a response consists of; NULL if it is no list. */
static const ProtobufCFieldDescriptor *list_field(const ProtobufCMessageDescriptor *type)
{
	return type->n_fields > 0 && type->fields[0].label == PROTOBUF_C_LABEL_REPEATED
		       ? &type->fields[0]
		       : NULL;
}

/* Says "go on behind this row" in whatever way the request has for it. False: it has none. */
static bool continue_after(struct client *client, ProtobufCMessage *request,
			   const ProtobufCMessage *row)
{
	static const char *const keys[][2] = {
		{"after_due_on", "due_on"},
		{"after_state", "state"},
		{"after_pos", "pos"},
		{"after_group_id", "group_id"},
		{"after_id", "id"},
		{"after_id", "candidate_id"},
		{"after_id", "member_id"},
		{"after_id", "device_id"},
		{"after", "cursor"},
		{"after", "id"},
		{"after", "login_name"},
	};
	const char *set = "";   /* the first that fits: an item that is due has an id beside its candidate's */

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const ProtobufCFieldDescriptor *to = value_field(request->descriptor, keys[i][0]);
		const ProtobufCFieldDescriptor *from = value_field(row->descriptor, keys[i][1]);
		struct refusal refusal;

		if (to == NULL || from == NULL || to->type != from->type || !value_has(row, from) ||
		    strcmp(set, keys[i][0]) == 0)
			continue;
		if (value_set(&client->mem, request, to, value_machine(&client->mem, row, from),
			      &refusal))
			set = keys[i][0];
	}
	return *set != '\0';
}

static bool can_continue(const ProtobufCMessageDescriptor *type)
{
	return value_field(type, "after_pos") != NULL || value_field(type, "after") != NULL ||
	       value_field(type, "after_id") != NULL;
}

/* Rows to ask for next; 0: let the server decide. */
static int32_t page_size(const struct client *client, const ProtobufCMessageDescriptor *type,
			 int64_t have)
{
	int64_t left = client->globals.limit - have;

	if (client->globals.limit == 0)
		return can_continue(type) ? PAGE : 0;
	return left < PAGE ? (int32_t)left : PAGE;
}

static void keep(struct client *client, struct pages *pages, ProtobufCMessage *page, size_t rows)
{
	pages->items = mem_grow(&client->mem, pages->items, pages->n, &pages->capacity,
				sizeof(*pages->items));
	pages->items[pages->n++] = page;
	pages->rows += (int64_t)rows;
}

/* Page after page until one is not full, or --limit is reached. */
static int fetch(struct client *client, const struct verb *verb, ProtobufCMessage *request,
		 struct pages *pages)
{
	const ProtobufCFieldDescriptor *list = list_field(verb->method->output);
	const ProtobufCFieldDescriptor *limit = value_field(verb->method->input, "limit");
	int32_t asked = 0;
	size_t got;

	do {
		struct call call;

		asked = limit == NULL ? 0 : page_size(client, verb->method->input, pages->rows);
		if (asked > 0)
			value_set_int32(request, limit, asked);
		call_init(client, &call, verb, request);
		call.dry_run = false; /* reading changes nothing */
		if (!call_run(client, &call))
			return call_fail(client, &call);
		got = list == NULL ? 1 : value_count(call.response, list);
		keep(client, pages, call.response, got);
		if (list == NULL || got == 0 || asked == 0 || got < (size_t)asked ||
		    pages->rows == client->globals.limit)
			break;
		if (!continue_after(client, request, value_message(call.response, list, got - 1)))
			break;
	} while (true);
	return EXIT_DONE;
}

int run_question(struct client *client, const struct verb *verb, ProtobufCMessage *request)
{
	struct pages pages = {0};
	int failed = fetch(client, verb, request, &pages);

	if (failed != EXIT_DONE)
		return failed;
	client->title = text_in(client->lang, &verb->text->label);
	failed = render_answer(client, verb->method->output, pages.items, pages.n,
			       verb->text->columns);
	for (size_t i = 0; i < pages.n && render_is_human(client); i++) {
		waits_warn(client, pages.items[i]);
		if (i == 0)
			drill_tell(client, verb, pages.items[i]);
	}
	return failed;
}

/* ---- Changes ---- */

/* "Nguyễn Văn A · 01890a5d-…" of the record in the answer; "" if there is none. */
static const char *record_line(struct client *client, const ProtobufCMessage *response)
{
	static const char *const keys[] = {"full_name", "name", "login_name", "code", "role", "id"};
	const ProtobufCMessageDescriptor *type = response->descriptor;
	const ProtobufCMessage *record = response;
	struct text line;

	text_init(&line, &client->mem);
	if (type->n_fields > 0 && type->fields[0].type == PROTOBUF_C_TYPE_MESSAGE &&
	    value_count(response, &type->fields[0]) > 0)
		record = value_message(response, &type->fields[0], 0);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const ProtobufCFieldDescriptor *field = value_field(record->descriptor, keys[i]);

		if (field != NULL && value_has(record, field))
			text_printf(&line, " · %s",
				    value_human(&client->mem, client->lang, record, field));
	}
	return line.data;
}

/* What was saved and yet looks wrong. */
static void tell_warnings(struct client *client, const struct call *call)
{
	const ProtobufCMessage *response = call->response;
	const ProtobufCFieldDescriptor *list = value_field(response->descriptor, "warnings");

	for (size_t i = 0; list != NULL && i < value_count(response, list); i++) {
		const ProtobufCMessage *warning = value_message(response, list, i);
		const ProtobufCMessageDescriptor *type = warning->descriptor;
		struct refusal refusal;

		refusal_set(&refusal, STATUS_OK, value_string(warning, value_field(type, "rule")),
			    value_string(warning, value_field(type, "field")));
		client_note(client, SAY_WARNING, "what",
			    error_sentence(client, &refusal, call->verb.method->input->short_name),
			    NULL);
	}
}

static void tell(struct client *client, const struct verb *verb, const struct call *call)
{
	enum say id = call->dry_run    ? SAY_WOULD_SAVE
		      : call->replayed ? SAY_SAVED_BEFORE
				       : SAY_SAVED;
	const char *op_id = call_op_id(client, call);

	client_note(client, id, "what", text_in(client->lang, &verb->text->label), "record",
		    record_line(client, call->response), NULL);
	waits_tell(client, call->response);
	tell_warnings(client, call);
	if (client->globals.verbose)
		fprintf(stderr, "op_id %s\n", op_id);
}

/* Of a computer: there the code comes with the way to the server. */
static bool is_invitation(const struct verb *verb)
{
	return strcmp(verb->route, "DeviceService/Invite") == 0;
}

/* The answer with the one-time code in it, which nobody can read again. */
static void show_code(struct client *client, const struct call *call, const char *code)
{
	bool invites = is_invitation(&call->verb);
	json_t *object;

	if (render_output(client) != OUTPUT_JSON && render_output(client) != OUTPUT_JSONL) {
		fprintf(client->out, "%s\n", code);
		client_note(client, invites ? SAY_INVITATION_ONCE : SAY_CODE_ONCE, NULL);
		return;
	}
	object = json_message(&client->mem, call->response);
	json_object_set_new(object, invites ? "invitation" : "one_time_code", json_string(code));
	json_print(object, client->out, JSON_INDENT(2));
}

int run_queued(struct client *client, const struct call *call)
{
	const char *op_id = call_op_id(client, call);
	struct text line;

	text_init(&line, &client->mem);
	text_fill(&line, client_say(client, SAY_QUEUED), "what", text_in(client->lang, &call->verb.text->label), NULL);
	fprintf(stderr, "%s\n", line.data);
	if (call->refusal.code != STATUS_OK)
		client_note(client, SAY_QUEUED_SINCE, "why",
			    error_sentence(client, &call->refusal, call->verb.method->input->short_name), NULL);
	if (render_output(client) == OUTPUT_JSON || render_output(client) == OUTPUT_JSONL)
		json_print(json_pack("{s:s,s:s}", "state", "queued", "op_id", op_id), client->out, JSON_COMPACT);
	else if (client->globals.verbose)
		fprintf(stderr, "op_id %s\n", op_id);
	return EXIT_DONE;
}

static int run_change(struct client *client, const struct verb *verb, ProtobufCMessage *request)
{
	const char *code = code_into(&client->mem, request);
	struct call call;
	int failed = EXIT_DONE;

	if (!client->globals.dry_run && verb->text->manner == MANNER_ASK)
		failed = prompt_confirm(client, text_in(client->lang, &verb->text->label));
	if (failed == EXIT_DONE)
		failed = request_base_version(client, verb, request);
	if (failed != EXIT_DONE)
		return failed;
	if (is_invitation(verb) && session_find(&client->session, client->session.current) != NULL)
		code = enrol_invitation(client, code);
	call_init(client, &call, verb, request);
	if (!call_run(client, &call)) {
		failed = call.queued ? run_queued(client, &call) : call_fail(client, &call);
		if ((call.unknown || call.queued) && code != NULL)
			fprintf(client->out, "%s\n", code);
		return failed;
	}
	if (verb->text->kind == METHOD_WRITE)
		tell(client, verb, &call);
	client->title = text_in(client->lang, &verb->text->label);
	if (code != NULL && !call.dry_run)
		show_code(client, &call, code);
	else if (client->globals.output_given || call.dry_run || verb->text->kind == METHOD_SESSION)
		return render_answer(client, verb->method->output, &call.response, 1, "");
	return EXIT_DONE;
}

int run_verb(struct client *client, const struct verb *verb, int argc, char **argv)
{
	const char *command = mem_format(&client->mem, "%s %s", verb->noun, verb->name);
	struct grammar grammar = {command, verb->method->input, false};
	const struct verb *shown = verb;
	ProtobufCMessage *request;
	struct verb list;
	struct args args;
	int failed = args_parse(client, &grammar, argc, argv, &args);

	if (failed != EXIT_DONE)
		return failed;
	if (client->globals.help)
		return help_verb(client, verb);
	if (drill_asked(client, verb, &args, &list))
		shown = &list;
	failed = render_check_columns(client, command, shown->method->output);
	if (failed == EXIT_DONE)
		failed = render_open(client);
	if (failed == EXIT_DONE)
		failed = request_make(client, verb, &args, &request);
	if (failed != EXIT_DONE)
		return failed;
	if (shown != verb)
		request = drill_request(client, verb, shown, &args, request);
	return verb->text->kind == METHOD_READ ? run_question(client, shown, request)
					       : run_change(client, verb, request);
}
