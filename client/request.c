/* A request, made from the options of the command line. */
#include "request.h"

#include <errno.h>
#include <string.h>

#include <unistd.h>

#include "call.h"
#include "clean.h"
#include "errors.h"
#include "forms.h"
#include "lines.h"
#include "local.h"
#include "local_note.h"
#include "prompt.h"
#include "push.h"
#include "value.h"

enum { UNIT_PAGE = 500 };

/* ---- Units by code ---- */

/* The id of the unit with this code on one page; `last_pos` moves on. NULL: not there. */
static const uint8_t *find_code(const ProtobufCMessage *response, const char *code,
				int32_t *last_pos, size_t *n)
{
	const ProtobufCFieldDescriptor *units = &response->descriptor->fields[0];
	const ProtobufCMessageDescriptor *type = units->descriptor;

	*n = value_count(response, units);
	for (size_t i = 0; i < *n; i++) {
		const ProtobufCMessage *unit = value_message(response, units, i);
		const char *text = value_string(unit, value_field(type, "code"));

		*last_pos = (int32_t)value_number(unit, value_field(type, "pos"));
		if (text != NULL && strcasecmp(text, code) == 0)
			return value_uuid(unit, value_field(type, "id"));
	}
	return NULL;
}

int request_unit_id(struct client *client, const char *text, uint8_t id[static 16])
{
	int32_t last_pos = 0;
	size_t n = UNIT_PAGE;
	struct refusal refusal;
	struct verb verb;

	if (value_parse_uuid(text, id))
		return EXIT_DONE;
	command_known_verb(&client->mem, "Unit", "List", &verb);
	for (bool first = true; first || n == UNIT_PAGE; first = false) {
		const ProtobufCMessageDescriptor *type = verb.method->input;
		ProtobufCMessage *request = value_new(&client->mem, type);
		const uint8_t *found;
		struct call call;

		value_set_int32(request, value_field(type, "limit"), UNIT_PAGE);
		if (!first)
			value_set_int32(request, value_field(type, "after_pos"), last_pos);
		call_init(client, &call, &verb, request);
		call.dry_run = false;
		if (!call_run(client, &call))
			return call_fail(client, &call);
		found = find_code(call.response, text, &last_pos, &n);
		if (found != NULL) {
			memcpy(id, found, UUID_SIZE);
			return EXIT_DONE;
		}
	}
	refusal_set(&refusal, STATUS_NOT_FOUND, "no_such_unit", "unit_id");
	refusal_param(&refusal, "code", "%s", text);
	return error_refusal(client, &refusal, verb.method->input->short_name, NULL);
}

/* `unit_id`, `unit_ids` and `parent_id` everywhere, and the record itself in the unit's own commands. */
static bool names_unit(const struct verb *verb, const ProtobufCFieldDescriptor *field)
{
	return value_is_uuid(field) &&
	       (strcmp(field->name, "unit_id") == 0 || strcmp(field->name, "unit_ids") == 0 ||
		(strcmp(field->name, "parent_id") == 0 && strcmp(verb->noun, "resolution") != 0) ||
		(strcmp(verb->noun, "unit") == 0 && strcmp(field->name, "id") == 0));
}

/* ---- Fields ---- */

static int refuse(struct client *client, const struct verb *verb, const struct refusal *refusal)
{
	return error_refusal(client, refusal, verb->method->input->short_name, NULL);
}

/* An empty one is left out: what is named and absent is cleared. No value is told again. */
static int set_secret(struct client *client, const struct verb *verb, ProtobufCMessage *request,
		      const ProtobufCFieldDescriptor *field, const char *typed)
{
	const char *text = form_of(&client->mem, field->name, typed);
	struct refusal refusal;

	if (*text == '\0' || value_set(&client->mem, request, field, text, &refusal))
		return EXIT_DONE;
	refusal.n_params = 0;
	return refuse(client, verb, &refusal);
}

/* One line of the file, or, for "-" at a terminal, of whoever sits there. */
static int read_secret(struct client *client, const struct verb *verb,
		       const ProtobufCFieldDescriptor *field, const char *file, char **typed)
{
	struct text question;

	if (file != NULL && (strcmp(file, "-") != 0 || !isatty(STDIN_FILENO)))
		return prompt_secret_from(client, file, SAY_ASK_FIELD, typed);
	text_init(&question, &client->mem);
	text_fill(&question, client_say(client, SAY_ASK_FIELD), "field",
		  text_label(client->lang, verb->method->input->short_name, field->name), NULL);
	return prompt_hidden(client, question.data, typed);
}

static int set_field(struct client *client, const struct verb *verb, ProtobufCMessage *request,
		     const ProtobufCFieldDescriptor *field, const char *value)
{
	uint8_t uuid[UUID_SIZE];
	struct refusal refusal;
	char *typed;
	int failed;

	if (command_is_secret(field)) {
		failed = read_secret(client, verb, field, value, &typed);
		return failed == EXIT_DONE ? set_secret(client, verb, request, field, typed)
					   : failed;
	}
	if (field->type == PROTOBUF_C_TYPE_MESSAGE)
		return lines_from_file(client, request, field, value);
	if (names_unit(verb, field) && *value != '\0' && !value_parse_uuid(value, uuid)) {
		failed = request_unit_id(client, value, uuid);
		if (failed == EXIT_DONE)
			value_set_uuid(&client->mem, request, field, uuid);
		return failed;
	}
	if (!value_set(&client->mem, request, field, value, &refusal))
		return refuse(client, verb, &refusal);
	return EXIT_DONE;
}

/* Values that cost a question to the server come after all others have been checked. */
static int set_fields(struct client *client, const struct verb *verb, const struct args *args,
		      ProtobufCMessage *request, bool units)
{
	const ProtobufCFieldDescriptor *field;
	int failed = EXIT_DONE;

	for (size_t i = 0; i < args->n && failed == EXIT_DONE; i++) {
		field = args->items[i].field;
		if (field != NULL && names_unit(verb, field) == units)
			failed = set_field(client, verb, request, field, args->items[i].value);
	}
	if (args->n_words == 0 || failed != EXIT_DONE)
		return failed;
	field = value_field(verb->method->input, verb->text->word);
	if (names_unit(verb, field) == units)
		failed = set_field(client, verb, request, field, args->words[0]);
	return failed;
}

static void make_fresh(struct client *client, const struct verb *verb, ProtobufCMessage *request)
{
	const ProtobufCMessageDescriptor *type = verb->method->input;

	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		uint8_t id[ID_SIZE];

		if (!command_listed(verb->text->fresh, ' ', field->name) ||
		    value_has(request, field))
			continue;
		id_make(id);
		value_set_uuid(&client->mem, request, field, id);
	}
}

static bool is_about_record(const ProtobufCFieldDescriptor *field)
{
	return command_listed("id base_version person_id basis", ' ', field->name);
}

/* The fields that were given; one given empty is named and absent, which means cleared. */
static void make_mask(struct client *client, const struct verb *verb, const struct args *args,
		      ProtobufCMessage *request)
{
	const ProtobufCFieldDescriptor *mask = value_field(verb->method->input, "update_mask");

	if (mask == NULL || value_has(request, mask))
		return;
	for (size_t i = 0; i < args->n; i++) {
		const ProtobufCFieldDescriptor *field = args->items[i].field;

		if (field == NULL || is_about_record(field))
			continue;
		if (*args->items[i].value == '\0')
			value_clear(request, field);
		value_append_string(&client->mem, request, mask,
				    mem_copy(&client->mem, field->name, strlen(field->name)));
	}
}

static bool names_change(const struct args *args)
{
	for (size_t i = 0; i < args->n; i++)
		if (args->items[i].field != NULL && !is_about_record(args->items[i].field))
			return true;
	return false;
}

static int ask_secret(struct client *client, const struct verb *verb, ProtobufCMessage *request,
		      const ProtobufCFieldDescriptor *field)
{
	const ProtobufCFieldDescriptor *mask = value_field(verb->method->input, "update_mask");
	char *typed;
	int failed = read_secret(client, verb, field, NULL, &typed);

	if (failed != EXIT_DONE || *typed == '\0')
		return failed;
	value_append_string(&client->mem, request, mask,
			    mem_copy(&client->mem, field->name, strlen(field->name)));
	return set_secret(client, verb, request, field, typed);
}

/* A change that names nothing asks for every secret of the record. */
static int ask_secrets(struct client *client, const struct verb *verb, const struct args *args,
		       ProtobufCMessage *request)
{
	const ProtobufCMessageDescriptor *type = verb->method->input;
	const ProtobufCFieldDescriptor *mask = value_field(type, "update_mask");
	bool asked = false;
	int failed = EXIT_DONE;

	if (mask == NULL || names_change(args))
		return EXIT_DONE;
	for (unsigned i = 0; i < type->n_fields && failed == EXIT_DONE; i++)
		if (command_is_secret(&type->fields[i])) {
			failed = ask_secret(client, verb, request, &type->fields[i]);
			asked = true;
		}
	if (failed == EXIT_DONE && asked && !value_has(request, mask))
		return error_say(client, EXIT_OTHER, SAY_NOT_DONE, NULL);
	return failed;
}

static int check_words(struct client *client, const struct verb *verb, const struct args *args)
{
	const char *command = mem_format(&client->mem, "%s %s", verb->noun, verb->name);
	size_t allowed = *verb->text->word != '\0' ? 1 : 0;

	if (args->n_words <= allowed)
		return EXIT_DONE;
	return error_usage(client, command, SAY_UNEXPECTED_WORD, "word", args->words[allowed],
			   NULL);
}

int request_make(struct client *client, const struct verb *verb, const struct args *args,
		 ProtobufCMessage **request)
{
	int failed = check_words(client, verb, args);

	*request = value_new(&client->mem, verb->method->input);
	if (failed == EXIT_DONE)
		failed = set_fields(client, verb, args, *request, false);
	if (failed == EXIT_DONE)
		failed = set_fields(client, verb, args, *request, true);
	if (failed == EXIT_DONE)
		failed = ask_secrets(client, verb, args, *request);
	if (failed != EXIT_DONE)
		return failed;
	make_fresh(client, verb, *request);
	make_mask(client, verb, args, *request);
	return EXIT_DONE;
}

/* ---- base_version ---- */

static const char *record_name(const ProtobufCMessage *record)
{
	static const char *const names[] = {"full_name", "name", "login_name", "code", "title", "topic", "subject"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const ProtobufCFieldDescriptor *field = value_field(record->descriptor, names[i]);

		if (field != NULL && value_has(record, field))
			return value_string(record, field);
	}
	return "";
}

/* The method that reads what a write answers with: `get` of its own service, or of the one whose record it is. */
static bool find_get(struct client *client, const struct verb *verb, struct verb *get)
{
	const void *record = verb->method->output->fields[0].descriptor;

	if (command_find_verb(&client->mem, verb->service, "get", get))
		return true;
	for (size_t i = 0; command_service(i) != NULL; i++)
		if (command_find_verb(&client->mem, command_service(i), "get", get) &&
		    get->method->output->fields[0].descriptor == record)
			return true;
	return false;
}

/* Asks for the record; false: call_fail knows why. */
static bool read_record(struct client *client, const struct verb *get, const uint8_t id[static 16], struct call *call)
{
	ProtobufCMessage *question = value_new(&client->mem, get->method->input);

	value_set_uuid(&client->mem, question, value_field(get->method->input, "id"), id);
	call_init(client, call, get, question);
	call->dry_run = false;
	return call_run(client, call);
}

static const ProtobufCMessage *record_in(const struct call *call)
{
	return value_message(call->response, &call->verb.method->output->fields[0], 0);
}

const ProtobufCMessage *request_record(struct client *client, const struct verb *verb, const uint8_t id[static 16])
{
	struct verb get;
	struct call call;

	return find_get(client, verb, &get) && read_record(client, &get, id, &call) ? record_in(&call) : NULL;
}

const char *request_record_name(struct client *client, const ProtobufCMessage *record)
{
	return clean_shown(&client->mem, record_name(record));
}

/* 0: there is no record, or it has none. */
static int32_t version_in(const ProtobufCMessage *record)
{
	const ProtobufCFieldDescriptor *field = record == NULL ? NULL : value_field(record->descriptor, "version");

	return field == NULL || !value_has(record, field) ? 0 : (int32_t)value_number(record, field);
}

static bool is_of_copy(const struct call *call)
{
	return call->from_copy || strcmp(call->refusal.rule, "not_in_copy") == 0;
}

/* Operations of this computer that the answer does not show and that are saved before the next one, each of them a version. */
static int32_t ahead_of(struct client *client, const uint8_t id[static 16], const struct call *call,
			const ProtobufCMessage *record)
{
	struct store *store = local_store(client);

	if (store == NULL)
		return 0;
	return (int32_t)(is_of_copy(call) ? note_unseen(client, store, id, version_in(record))
					  : note_waiting(client, store, id));
}

/* The record, NULL where there is none, and how many versions it will have moved on. What was sent and not answered may be
 * in what the server tells: while there is a line, it is asked again once that is answered. */
static const ProtobufCMessage *look_at(struct client *client, const struct verb *get, const uint8_t id[static 16],
				       struct call *call, int32_t *ahead)
{
	const ProtobufCMessage *record = read_record(client, get, id, call) ? record_in(call) : NULL;

	*ahead = ahead_of(client, id, call, record);
	if (*ahead == 0 || is_of_copy(call) || client->globals.dry_run ||
	    (record == NULL && call->refusal.code != STATUS_NOT_FOUND))
		return record;
	push_queue(client);
	record = read_record(client, get, id, call) ? record_in(call) : NULL;
	*ahead = ahead_of(client, id, call, record);
	return record;
}

int request_base_version(struct client *client, const struct verb *verb, ProtobufCMessage *request)
{
	const ProtobufCFieldDescriptor *base = value_field(verb->method->input, "base_version");
	const ProtobufCFieldDescriptor *id = value_field(verb->method->input, "id");
	const ProtobufCMessage *record;
	int32_t version, ahead;
	struct verb get;
	struct call call;

	if (base == NULL || value_has(request, base) || id == NULL || value_uuid(request, id) == NULL ||
	    !find_get(client, verb, &get))
		return EXIT_DONE;
	record = look_at(client, &get, value_uuid(request, id), &call, &ahead);
	/* what is not there yet may be made by an operation that waits */
	if (record == NULL && (ahead == 0 || call.refusal.code != STATUS_NOT_FOUND))
		return call_fail(client, &call);
	version = version_in(record);
	if (record != NULL && version == 0)
		return EXIT_DONE;
	version += ahead;
	value_set_int32(request, base, version);
	client_note(client, SAY_BASED_ON, "name", record == NULL ? "" : request_record_name(client, record), "version",
		    mem_format(&client->mem, "%d", version), NULL);
	return EXIT_DONE;
}
