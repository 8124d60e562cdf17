/* chibo conflict list and show: what was refused, why, and what stands against it. */
#include "conflict.h"

#include <inttypes.h>
#include <string.h>

#include "clean.h"
#include "dates.h"
#include "errors.h"
#include "grid.h"
#include "hand.h"
#include "json.h"
#include "local_note.h"
#include "push.h"
#include "render.h"
#include "request.h"
#include "value.h"

static bool wants_json(const struct client *client)
{
	return render_output(client) == OUTPUT_JSON || render_output(client) == OUTPUT_JSONL;
}

static const char *shown_field(struct client *client, const struct parked *parked, const char *name)
{
	const ProtobufCMessage *message = &parked->shown->base;
	const ProtobufCFieldDescriptor *field = value_field(message->descriptor, name);

	return value_has(message, field) ? value_human(&client->mem, client->lang, message, field) : NULL;
}

/* ---- List ---- */

static int unit_option(struct client *client, const struct args *args, Chibo__V1__ConflictListRequest *request)
{
	const char *text = args_value(args, "unit-id");
	uint8_t id[UUID_SIZE];
	int failed = text == NULL ? EXIT_DONE : request_unit_id(client, text, id);

	if (text != NULL && failed == EXIT_DONE)
		value_set_uuid(&client->mem, &request->base, value_field(request->base.descriptor, "unit_id"), id);
	return failed;
}

static int state_option(struct client *client, const struct args *args, Chibo__V1__ConflictListRequest *request)
{
	const ProtobufCMessageDescriptor *type = request->base.descriptor;
	const char *text = args_value(args, "state");
	struct refusal refusal;

	if (text == NULL || value_set(&client->mem, &request->base, value_field(type, "state"), text, &refusal))
		return EXIT_DONE;
	return error_refusal(client, &refusal, type->short_name, NULL);
}

static bool all_own(const struct parked_list *list)
{
	for (size_t i = 0; i < list->n; i++)
		if (!list->items[i].is_own)
			return false;
	return true;
}

/* What waits for another one stands behind it, with an arrow. */
static const char *what(struct client *client, const struct parked *parked)
{
	return mem_format(&client->mem, "%s%s", parked->shown->has_waits_for_id ? "↳ " : "", parked_label(client, parked));
}

static int print_list(struct client *client, const struct parked_list *list)
{
	static const enum say titles[] = {SAY_COLUMN_OPERATION, SAY_COLUMN_WHAT, SAY_COLUMN_WHY, SAY_COLUMN_BY, SAY_COLUMN_SINCE};
	enum { TITLES = sizeof(titles) / sizeof(*titles) };
	struct grid grid;

	if (list->n == 0) {
		client_note(client, SAY_NO_CONFLICTS, NULL);
		return EXIT_DONE;
	}
	grid_init(&grid, &client->mem, TITLES);
	for (size_t i = 0; i < TITLES; i++)
		grid_title(&grid, i, client_say(client, titles[i]), i == 0 && all_own(list));
	for (size_t i = 0; i < list->n; i++) {
		const char **cells = grid_row(&grid);

		cells[0] = parked_name(client, &list->items[i]);
		cells[1] = what(client, &list->items[i]);
		cells[2] = parked_why(client, &list->items[i]);
		cells[3] = shown_field(client, &list->items[i], "full_name");
		cells[4] = shown_field(client, &list->items[i], "parked_at_us");
	}
	render_grid(client, &grid);
	client_note(client, SAY_CONFLICT_NEXT, "number", all_own(list) ? parked_name(client, &list->items[0]) : "OP", NULL);
	return EXIT_DONE;
}

static int print_rows(struct client *client, const struct parked_list *list)
{
	const ProtobufCMessageDescriptor *type = &chibo__v1__conflict_list_response__descriptor;
	ProtobufCMessage *page = value_new(&client->mem, type);
	ProtobufCMessage **rows = mem_take(&client->mem, (list->n + 1) * sizeof(ProtobufCMessage *));

	for (size_t i = 0; i < list->n; i++)
		rows[i] = &list->items[i].shown->base;
	value_set_messages(page, &type->fields[0], rows, list->n);
	return render_answer(client, type, &page, 1, "");
}

int conflict_list_run(struct client *client, const struct args *args)
{
	Chibo__V1__ConflictListRequest *request = mem_take(&client->mem, sizeof(*request));
	struct parked_list list;
	int failed;

	chibo__v1__conflict_list_request__init(request);
	if (args->n_words > 0)
		return error_usage(client, "conflict list", SAY_UNEXPECTED_WORD, "word", args->words[0], NULL);
	failed = state_option(client, args, request);
	if (failed == EXIT_DONE)
		failed = render_check_columns(client, "conflict list", &chibo__v1__conflict_list_response__descriptor);
	if (failed == EXIT_DONE)
		failed = unit_option(client, args, request);
	if (failed == EXIT_DONE)
		failed = parked_list(client, request, &list);
	if (failed != EXIT_DONE)
		return failed;
	parked_sort(client, &list);
	return render_is_human(client) && client->globals.columns == NULL ? print_list(client, &list) : print_rows(client, &list);
}

/* ---- Show: the operation ---- */

static void add_pair(struct grid *grid, const char **cells, size_t *n, const char *label, const char *value)
{
	if (value == NULL || *value == '\0')
		return;
	grid_title(grid, *n, label, false);
	cells[(*n)++] = value;
}

static void print_operation(struct client *client, const struct parked *parked, const ProtobufCMessage *record)
{
	static const char *const fields[] = {"full_name", "device_name", "unit_path", "parked_at_us", "note"};
	enum { PAIRS = 6 + sizeof(fields) / sizeof(*fields) };
	char id[UUID_TEXT] = "";
	const char **cells;
	struct grid grid;
	size_t n = 0;

	if (parked->shown->id.len == UUID_SIZE)
		value_print_uuid(parked->shown->id.data, id);
	grid_init(&grid, &client->mem, PAIRS);
	cells = grid_row(&grid);
	add_pair(&grid, cells, &n, client_say(client, SAY_COLUMN_WHAT), parked_label(client, parked));
	add_pair(&grid, cells, &n, client_say(client, SAY_COLUMN_RECORD), record == NULL ? NULL : request_record_name(client, record));
	add_pair(&grid, cells, &n, client_say(client, SAY_COLUMN_STATE), shown_field(client, parked, "state"));
	add_pair(&grid, cells, &n, client_say(client, SAY_COLUMN_WHY), parked_why(client, parked));
	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		add_pair(&grid, cells, &n,
			 strcmp(fields[i], "full_name") == 0	  ? client_say(client, SAY_COLUMN_BY)
			 : strcmp(fields[i], "parked_at_us") == 0 ? client_say(client, SAY_COLUMN_SINCE)
								  : text_label(client->lang, "ParkedOperation", fields[i]),
			 shown_field(client, parked, fields[i]));
	if (parked->is_own)
		add_pair(&grid, cells, &n, client_say(client, SAY_COLUMN_OPERATION), parked_name(client, parked));
	add_pair(&grid, cells, &n, "op_id", id);
	grid.n_columns = n;
	grid_print_list(&grid, client->out, render_width());
}

/* ---- Show: both versions ---- */

static bool is_named(const ProtobufCMessage *body, const char *name)
{
	const ProtobufCFieldDescriptor *mask = value_field(body->descriptor, "update_mask");
	char *const *names;

	if (mask == NULL)
		return false;
	names = *(char *const *const *)((const char *)body + mask->offset);
	for (size_t i = 0; i < value_count(body, mask); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static const char *value_for(struct client *client, const ProtobufCMessage *message, const ProtobufCFieldDescriptor *field)
{
	return render_is_human(client) ? value_human(&client->mem, client->lang, message, field)
				       : value_machine(&client->mem, message, field);
}

/* What the operation was to write; a secret stays one. */
static const char *intended(struct client *client, const ProtobufCMessage *body, const ProtobufCFieldDescriptor *field)
{
	struct text out;

	if (!value_has(body, field))
		return is_named(body, field->name) ? client_say(client, SAY_CLEARED) : NULL;
	if (command_is_secret(field))
		return client_say(client, SAY_NOT_SHOWN);
	if (field->label != PROTOBUF_C_LABEL_REPEATED && field->type != PROTOBUF_C_TYPE_MESSAGE)
		return value_for(client, body, field);
	text_init(&out, &client->mem);
	text_fill(&out, client_say(client, SAY_SO_MANY), "n",
		  mem_format(&client->mem, "%zu", value_count(body, field)), NULL);
	return out.data;
}

/* "base_version" of a request stands against "version" of the record. */
static const char *present(struct client *client, const ProtobufCMessage *record, const char *name)
{
	const ProtobufCFieldDescriptor *field;

	if (record == NULL)
		return NULL;
	field = value_field(record->descriptor, strcmp(name, "base_version") == 0 ? "version" : name);
	if (field == NULL || !value_has(record, field) || field->label == PROTOBUF_C_LABEL_REPEATED ||
	    field->type == PROTOBUF_C_TYPE_MESSAGE)
		return NULL;
	return value_for(client, record, field);
}

static struct grid compare(struct client *client, const struct parked *parked, const ProtobufCMessage *record)
{
	const ProtobufCMessage *body = parked->body;
	struct grid grid;

	grid_init(&grid, &client->mem, 3);
	grid_title(&grid, 0, client_say(client, SAY_COLUMN_FIELD), false);
	grid_title(&grid, 1, client_say(client, SAY_COLUMN_INTENDED), false);
	grid_title(&grid, 2, client_say(client, SAY_COLUMN_PRESENT), false);
	for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
		const char *value = strcmp(field->name, "update_mask") == 0 ? NULL : intended(client, body, field);
		const char **cells;

		if (value == NULL || (render_is_human(client) && strcmp(field->name, "id") == 0))
			continue;
		cells = grid_row(&grid);
		cells[0] = render_is_human(client) ? text_label(client->lang, body->descriptor->short_name, field->name)
						   : field->name;
		cells[1] = value;
		cells[2] = present(client, record, field->name);
	}
	return grid;
}

/* ---- Show: what waits ---- */

static bool is_id(const ProtobufCBinaryData *bytes, const struct parked *parked)
{
	return bytes->len == UUID_SIZE && parked->shown->id.len == UUID_SIZE &&
	       memcmp(bytes->data, parked->shown->id.data, UUID_SIZE) == 0;
}

static void print_dependants(struct client *client, const struct parked *parked, const struct parked_list *list)
{
	bool told = false;

	for (size_t i = 0; i < list->n; i++) {
		const Chibo__V1__ParkedOperation *other = list->items[i].shown;

		if (!other->has_waits_for_id || !is_id(&other->waits_for_id, parked))
			continue;
		if (!told)
			fprintf(client->out, "\n%s\n", client_say(client, SAY_WAIT_FOR_THIS));
		told = true;
		fprintf(client->out, "  ↳ %s  %s\n", parked_name(client, &list->items[i]),
			clean_shown(&client->mem, parked_label(client, &list->items[i])));
	}
}

/* All open ones; what the server says of this one is more than its own computer knows. */
static void ask_others(struct client *client, struct parked *parked, struct parked_list *list)
{
	Chibo__V1__ConflictListRequest request = CHIBO__V1__CONFLICT_LIST_REQUEST__INIT;

	*list = (struct parked_list){0};
	if (parked->shown->state != CHIBO__V1__PARKED_STATE__PARKED_STATE_OPEN ||
	    parked_list(client, &request, list) != EXIT_DONE)
		return;
	for (size_t i = 0; i < list->n; i++)
		if (is_id(&list->items[i].shown->id, parked))
			parked->shown = list->items[i].shown;
}

static void hide_secrets(json_t *object, const ProtobufCMessage *body)
{
	for (unsigned i = 0; i < body->descriptor->n_fields; i++)
		if (command_is_secret(&body->descriptor->fields[i]))
			json_object_set_new(object, body->descriptor->fields[i].name, json_null());
}

static int print_json(struct client *client, const struct parked *parked, const ProtobufCMessage *record)
{
	json_t *whole = json_object();

	json_object_set_new(whole, "operation", json_message(&client->mem, &parked->shown->base));
	json_object_set_new(whole, "message", json_string(parked_why(client, parked)));
	json_object_set_new(whole, "body", parked->body == NULL ? json_null() : json_message(&client->mem, parked->body));
	if (parked->body != NULL)
		hide_secrets(json_object_get(whole, "body"), parked->body);
	json_object_set_new(whole, "now", record == NULL ? json_null() : json_message(&client->mem, record));
	json_print(whole, client->out, render_output(client) == OUTPUT_JSONL ? JSON_COMPACT : JSON_INDENT(2));
	return EXIT_DONE;
}

/* A page to print has the comparison alone. */
static bool is_for_eyes(const struct client *client)
{
	return render_is_human(client) && render_output(client) != OUTPUT_HTML;
}

int conflict_print(struct client *client, struct parked *parked, const ProtobufCMessage *record)
{
	struct parked_list list;
	struct grid grid;

	ask_others(client, parked, &list);
	client->title = parked_label(client, parked);
	push_close(client);
	if (wants_json(client))
		return print_json(client, parked, record);
	if (is_for_eyes(client))
		print_operation(client, parked, record);
	if (parked->body == NULL) {
		client_note(client, SAY_NO_BODY, NULL);
	} else {
		grid = compare(client, parked, record);
		if (is_for_eyes(client))
			fputc('\n', client->out);
		render_grid(client, &grid);
	}
	if (record == NULL && parked->shown->has_subject_id)
		client_note(client, SAY_NO_RECORD_NOW, NULL);
	if (is_for_eyes(client))
		print_dependants(client, parked, &list);
	return EXIT_DONE;
}

int conflict_find(struct client *client, const char *command, const struct args *args, struct parked *parked)
{
	if (args->n_words == 0)
		return error_usage(client, command, SAY_WORD_MISSING, "usage", text_command(command)->usage, NULL);
	if (args->n_words > 1)
		return error_usage(client, command, SAY_UNEXPECTED_WORD, "word", args->words[1], NULL);
	if (client->session.current == NULL)
		return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
	return parked_find(client, args->words[0], parked);
}

int conflict_show_run(struct client *client, const struct args *args)
{
	struct parked parked = {0};
	int failed = conflict_find(client, "conflict show", args, &parked);

	if (failed != EXIT_DONE || parked.shown == NULL)
		return failed;
	return conflict_print(client, &parked, parked_record(client, &parked));
}
