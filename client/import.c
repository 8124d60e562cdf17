/* chibo import member: a list from a file, checked by the cell, sent so that no re-run doubles it. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "call.h"
#include "chibo/v1/member.pb-c.h"
#include "errors.h"
#include "hand.h"
#include "ids.h"
#include "import_report.h"
#include "lines.h"
#include "progress.h"
#include "request.h"
#include "value.h"

enum {
	SLICE_LINES = 1000,
	SLICE_BYTES = 240 << 10,
	SERVER_PROBLEMS = 2000, /* what CheckImport tells at most */
};

struct import {
	uint8_t unit[ID_SIZE];
	uint8_t seed[SEED_SIZE];
	struct sheet sheet;
	struct lines_map map;
	struct lines lines;
	int32_t added;
	int32_t matched;
	int32_t before; /* lines of slices that an earlier run has sent */
};

/* ---- Seed: the ids of this file for this unit, the same at every run ---- */

static char *seed_path(struct client *client, const struct import *import)
{
	char hash[2 * sizeof(import->sheet.hash) + 1], unit[UUID_TEXT];

	sodium_bin2hex(hash, sizeof(hash), import->sheet.hash, sizeof(import->sheet.hash));
	value_print_uuid(import->unit, unit);
	return file_state_path(&client->mem,
			       mem_format(&client->mem, "import/%s-%s.seed", hash, unit));
}

/* On disk before anything is sent, unless nothing will be changed. */
static int load_seed(struct client *client, struct import *import)
{
	char *path = seed_path(client, import), *data;
	size_t n;

	if (file_read_secret(&client->mem, path, SEED_SIZE, &data, &n) == FILE_READ &&
	    n == SEED_SIZE) {
		memcpy(import->seed, data, SEED_SIZE);
		return EXIT_DONE;
	}
	id_seed(import->seed);
	if (client->globals.dry_run ||
	    file_write(&client->mem, path, (const char *)import->seed, sizeof(import->seed)))
		return EXIT_DONE;
	return error_cannot_write(client, path);
}

static void give_ids(struct client *client, const struct import *import, struct line *line)
{
	static const char *const kinds[] = {"id", "person_id", "membership_id"};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint8_t id[ID_SIZE];

		id_derive(import->seed, line->row->line, kinds[i], id);
		value_set_uuid(&client->mem, line->message, value_field(import->map.type, kinds[i]),
			       id);
	}
}

/* ---- What can be found wrong here ---- */

static int by_biography_no(const void *a, const void *b)
{
	const Chibo__V1__MemberLine *first = (const void *)(*(struct line *const *)a)->message;
	const Chibo__V1__MemberLine *second = (const void *)(*(struct line *const *)b)->message;
	int order = strcmp(first->biography_no, second->biography_no);

	return order != 0 ? order
			  : (first->row_no > second->row_no) - (first->row_no < second->row_no);
}

/* Twice in one slice the server finds itself; in two slices the second would pass for a known
 * member. */
static void find_twice(struct client *client, struct import *import)
{
	struct line **sorted = mem_take(&client->mem,
					(import->lines.n + 1) * sizeof(struct line *));
	size_t n = 0;

	for (size_t i = 0; i < import->lines.n; i++)
		if (((const Chibo__V1__MemberLine *)(const void *)import->lines.items[i].message)
			    ->biography_no)
			sorted[n++] = &import->lines.items[i];
	qsort(sorted, n, sizeof(*sorted), by_biography_no);
	for (size_t i = 1; i < n; i++) {
		const Chibo__V1__MemberLine *before = (const void *)sorted[i - 1]->message;
		const Chibo__V1__MemberLine *line = (const void *)sorted[i]->message;
		struct refusal refusal;

		if (strcmp(before->biography_no, line->biography_no) != 0)
			continue;
		refusal_set(&refusal, STATUS_INVALID_ARGUMENT, "twice", "biography_no");
		refusal_param(&refusal, "value", "%s", line->biography_no);
		sorted[i]->bad = true;
		lines_add_problem(client, &import->lines, sorted[i]->row->line,
				  text_label(client->lang, "MemberLine", "biography_no"), &refusal,
				  line->biography_no);
	}
}

/* A list of one branch needs no column for it. */
static void default_unit(struct import *import, char *code)
{
	for (size_t i = 0; code != NULL && i < import->lines.n; i++) {
		Chibo__V1__MemberLine *line = (void *)import->lines.items[i].message;

		if (line->unit_code == NULL)
			line->unit_code = code;
	}
}

/* ---- Slices ---- */

struct slice {
	ProtobufCMessage **messages;
	size_t n;
	size_t end; /* index of the first line behind it */
};

/* The next good lines from `start` on, within both limits. */
static struct slice next_slice(struct client *client, const struct lines *lines, size_t start)
{
	struct slice slice = {.end = start};
	size_t bytes = 0;

	slice.messages = mem_take(&client->mem, SLICE_LINES * sizeof(ProtobufCMessage *));
	for (; slice.end < lines->n && slice.n < SLICE_LINES; slice.end++) {
		const struct line *line = &lines->items[slice.end];
		size_t size = line->bad ? 0 : protobuf_c_message_get_packed_size(line->message) + 8;

		if (slice.n > 0 && bytes + size > SLICE_BYTES)
			break;
		if (!line->bad)
			slice.messages[slice.n++] = line->message;
		bytes += size;
	}
	return slice;
}

static ProtobufCMessage *slice_request(struct client *client, const struct import *import,
				       const struct verb *verb, const struct slice *slice)
{
	ProtobufCMessage *request = value_new(&client->mem, verb->method->input);

	value_set_uuid(&client->mem, request, value_field(verb->method->input, "unit_id"),
		       import->unit);
	value_set_messages(request, value_field(verb->method->input, "lines"), slice->messages,
			   slice->n);
	return request;
}

/* ---- Check ---- */

static void take_problem(struct client *client, struct import *import,
			 const Chibo__V1__ImportProblem *problem)
{
	const char *rule = problem->rule != NULL ? problem->rule : "";
	const char *field = problem->field != NULL ? problem->field : "";
	const char *value = problem->value != NULL ? problem->value : "";
	struct refusal refusal;

	refusal_set(&refusal, STATUS_INVALID_ARGUMENT, rule, field);
	refusal_param(&refusal, "value", "%s", value);
	for (size_t i = 0; i < import->lines.n; i++)
		if (import->lines.items[i].row->line == (unsigned)problem->row_no)
			import->lines.items[i].bad = true;
	lines_add_problem(client, &import->lines, (unsigned)problem->row_no,
			  text_label(client->lang, "MemberLine", field), &refusal, value);
}

static int check(struct client *client, struct import *import)
{
	struct progress progress;
	struct slice slice = {0};
	struct verb verb;
	int failed = EXIT_DONE;

	command_known_verb(&client->mem, "Member", "CheckImport", &verb);
	progress_start(client, &progress, SAY_IMPORT_CHECKING, import->lines.n);
	while (slice.end < import->lines.n && failed == EXIT_DONE) {
		const Chibo__V1__MemberCheckImportResponse *response;
		struct call call;

		slice = next_slice(client, &import->lines, slice.end);
		if (slice.n == 0)
			continue;
		call_init(client, &call, &verb, slice_request(client, import, &verb, &slice));
		call.dry_run = false; /* it only reads */
		if (!call_run(client, &call)) {
			failed = call_fail(client, &call);
			break;
		}
		response = (const void *)call.response;
		for (size_t i = 0; i < response->n_problems; i++)
			take_problem(client, import, response->problems[i]);
		if (response->n_problems >= SERVER_PROBLEMS)
			client_note(client, SAY_IMPORT_MORE_PROBLEMS, NULL);
		progress_move(&progress, slice.end);
	}
	progress_end(&progress);
	return failed;
}

/* ---- Send ---- */

/* The same body, the same operation: a slice that changed with a mended row is another one. */
static void slice_op_id(struct client *client, const struct import *import,
			const ProtobufCMessage *request, uint8_t op_id[static ID_SIZE])
{
	size_t n = protobuf_c_message_get_packed_size(request);
	uint8_t *body = mem_take(&client->mem, n + 1), hash[crypto_hash_sha256_BYTES];
	char kind[2 * sizeof(hash) + 1];

	protobuf_c_message_pack(request, body);
	crypto_hash_sha256(hash, body, n);
	sodium_bin2hex(kind, sizeof(kind), hash, sizeof(hash));
	id_derive(import->seed, 0, kind, op_id);
}

static int stopped(struct client *client, const struct import *import, const struct call *call,
		   size_t good)
{
	int failed = call_fail(client, call);

	client_note(client, SAY_IMPORT_STOPPED, "done",
		    mem_format(&client->mem, "%d",
			       (int)(import->added + import->matched + import->before)),
		    "rows", mem_format(&client->mem, "%zu", good), NULL);
	return failed;
}

static int send_slices(struct client *client, struct import *import, size_t good)
{
	struct progress progress;
	struct slice slice = {0};
	struct verb verb;
	size_t sent = 0;

	command_known_verb(&client->mem, "Member", "Import", &verb);
	progress_start(client, &progress, SAY_IMPORT_PROGRESS, good);
	while (slice.end < import->lines.n) {
		const Chibo__V1__MemberImportResponse *response;
		struct call call;

		slice = next_slice(client, &import->lines, slice.end);
		if (slice.n == 0)
			continue;
		call_init(client, &call, &verb, slice_request(client, import, &verb, &slice));
		slice_op_id(client, import, call.request, call.op_id);
		if (!call_run(client, &call)) {
			progress_end(&progress);
			return stopped(client, import, &call, good);
		}
		response = (const void *)call.response;
		import->added += call.replayed ? 0 : response->added;
		import->matched += call.replayed ? 0 : response->matched;
		import->before += call.replayed ? (int32_t)slice.n : 0;
		sent += slice.n;
		progress_move(&progress, sent);
	}
	progress_end(&progress);
	return EXIT_DONE;
}

/* ---- The command ---- */

/* The unit's id, and its code for lists without a column of units. */
static int find_unit(struct client *client, const struct args *args, struct import *import,
		     char **code)
{
	const char *text = args_value(args, "unit-id");
	ProtobufCMessage *request;
	struct verb verb;
	struct call call;
	int failed;

	text = text != NULL ? text : args_value(args, "unit");
	if (text == NULL)
		return error_usage(client, "import member", SAY_IMPORT_NEEDS_UNIT, NULL);
	failed = request_unit_id(client, text, import->unit);
	if (failed != EXIT_DONE)
		return failed;
	command_known_verb(&client->mem, "Unit", "Get", &verb);
	request = value_new(&client->mem, verb.method->input);
	value_set_uuid(&client->mem, request, value_field(verb.method->input, "id"), import->unit);
	call_init(client, &call, &verb, request);
	call.dry_run = false;
	if (!call_run(client, &call))
		return call_fail(client, &call);
	if (value_count(call.response, &verb.method->output->fields[0]) > 0) {
		const ProtobufCMessage *unit = value_message(call.response,
							     &verb.method->output->fields[0], 0);
		const char *found = value_string(unit, value_field(unit->descriptor, "code"));

		*code = found == NULL ? NULL : mem_copy(&client->mem, found, strlen(found));
	}
	return EXIT_DONE;
}

static size_t count_good(const struct lines *lines)
{
	size_t good = 0;

	for (size_t i = 0; i < lines->n; i++)
		good += !lines->items[i].bad;
	return good;
}

static int open_file(struct client *client, const struct args *args, struct import *import)
{
	int failed;

	if (args->n_words != 1)
		return error_usage(client, "import member", SAY_WORD_MISSING, "usage",
				   text_command("import member")->usage, NULL);
	failed = lines_open(client, args->words[0], args_value(args, "encoding"),
			    &chibo__v1__member_line__descriptor, &import->sheet, &import->map);
	if (failed != EXIT_DONE)
		return failed;
	lines_read(client, &import->sheet, &import->map, &import->lines);
	if (import->lines.n == 0)
		return error_say(client, EXIT_REFUSED, SAY_IMPORT_NO_ROWS, "file", args->words[0],
				 NULL);
	client_note(client, SAY_IMPORT_FOUND, "rows",
		    mem_format(&client->mem, "%zu", import->lines.n), "row",
		    mem_format(&client->mem, "%u", import->sheet.rows[import->map.header].line),
		    NULL);
	return EXIT_DONE;
}

int import_member_run(struct client *client, const struct args *args)
{
	struct import *import = mem_take(&client->mem, sizeof(*import));
	struct import_result result;
	char *code = NULL;
	int failed = open_file(client, args, import);

	if (failed == EXIT_DONE)
		failed = find_unit(client, args, import, &code);
	if (failed == EXIT_DONE)
		failed = load_seed(client, import);
	if (failed != EXIT_DONE)
		return failed;
	default_unit(import, code);
	find_twice(client, import);
	for (size_t i = 0; i < import->lines.n; i++)
		give_ids(client, import, &import->lines.items[i]);
	failed = check(client, import);
	if (failed != EXIT_DONE)
		return failed;
	lines_sort_problems(&import->lines);
	result.good = count_good(&import->lines);
	result.bad = import->lines.n - result.good;
	failed = import_reject(client, args_value(args, "reject-file"), &import->sheet,
			       &import->map, &import->lines);
	if (failed == EXIT_DONE && !client->globals.dry_run && result.good > 0)
		failed = send_slices(client, import, result.good);
	result.added = import->added;
	result.matched = import->matched;
	result.before = import->before;
	import_report(client, &import->lines, &result, failed == EXIT_DONE);
	return failed == EXIT_DONE && result.bad > 0 ? EXIT_PARTIAL : failed;
}
