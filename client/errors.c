/* What goes wrong becomes one plain sentence that says what to do next, and an exit code. */
#include "errors.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "clean.h"
#include "command.h"
#include "dates.h"
#include "json.h"
#include "mem.h"

enum exit_code error_exit_code(enum status status)
{
	switch (status) {
	case STATUS_OK:
		return EXIT_DONE;
	case STATUS_UNAUTHENTICATED:
		return EXIT_LOGIN;
	case STATUS_PERMISSION_DENIED:
		return EXIT_NO_RIGHT;
	case STATUS_NOT_FOUND:
		return EXIT_NOT_FOUND;
	case STATUS_ABORTED:
	case STATUS_ALREADY_EXISTS:
		return EXIT_CONFLICT;
	case STATUS_INVALID_ARGUMENT:
	case STATUS_FAILED_PRECONDITION:
	case STATUS_OUT_OF_RANGE:
		return EXIT_REFUSED;
	case STATUS_UNAVAILABLE:
	case STATUS_DEADLINE_EXCEEDED:
	case STATUS_RESOURCE_EXHAUSTED:
		return EXIT_UNREACHABLE;
	case STATUS_UNIMPLEMENTED:
		return EXIT_PROTOCOL;
	default:
		return EXIT_OTHER;
	}
}

/* The sentence for a status whose rule we do not know: a newer server's, or none. */
static enum say general(enum status status)
{
	switch (error_exit_code(status)) {
	case EXIT_LOGIN:
		return SAY_STATUS_LOGIN;
	case EXIT_NO_RIGHT:
		return SAY_STATUS_NO_RIGHT;
	case EXIT_NOT_FOUND:
		return SAY_STATUS_NOT_FOUND;
	case EXIT_CONFLICT:
		return SAY_STATUS_CONFLICT;
	case EXIT_REFUSED:
		return SAY_STATUS_REFUSED;
	case EXIT_UNREACHABLE:
		return SAY_STATUS_BUSY;
	case EXIT_PROTOCOL:
		return SAY_STATUS_PROTOCOL;
	default:
		return SAY_STATUS_OTHER;
	}
}

/* "lines[12].born_on" -> "Ngày sinh": the last step of the path is the field. */
static const char *field_label(struct client *client, const char *message, const char *path)
{
	const char *dot = strrchr(path, '.');
	const char *name = dot == NULL ? path : dot + 1;

	name = mem_copy(&client->mem, name, strcspn(name, "["));
	return clean_shown(&client->mem,
			   text_label(client->lang, dot == NULL ? message : NULL, name));
}

/* A param's value by name; "" when there is none. */
static const char *param(struct client *client, const struct refusal *refusal, const char *name)
{
	for (unsigned i = 0; i < refusal->n_params; i++)
		if (strcmp(refusal->params[i].name, name) == 0)
			return clean_shown(&client->mem,
					   date_show(&client->mem, refusal->params[i].value));
	return "";
}

/* Replaces {name} for every param the server sent. One that nobody sent vanishes with the ": "
 * before it. */
static char *fill_params(struct client *client, const struct refusal *refusal, const char *label,
			 const char *template)
{
	struct text out;

	text_init(&out, &client->mem);
	for (const char *at = template; *at != '\0'; at++) {
		const char *end = *at == '{' ? strchr(at, '}') : NULL;
		const char *name, *value;

		if (end == NULL) {
			text_putc(&out, *at);
			continue;
		}
		name = mem_copy(&client->mem, at + 1, (size_t)(end - at) - 1);
		value = strcmp(name, "field") == 0 ? label : param(client, refusal, name);
		while (*value == '\0' && out.len > 0 && strchr(": ", out.data[out.len - 1]) != NULL)
			out.data[--out.len] = '\0';
		text_puts(&out, value);
		at = end;
	}
	return out.data;
}

/* What a rule says of one field in particular, "not_found_unit_code", comes first. */
static const struct rule_text *sentence_of(struct client *client, const struct refusal *refusal)
{
	const struct rule_text *rule = text_rule(
		mem_format(&client->mem, "%s_%s", refusal->rule, refusal->field));

	return rule != NULL ? rule : text_rule(refusal->rule);
}

const char *error_sentence(struct client *client, const struct refusal *refusal,
			   const char *message)
{
	const struct rule_text *rule = sentence_of(client, refusal);
	const char *label = field_label(client, message, refusal->field);
	struct text out;

	/* A rule of one field says nothing when the server names none. */
	if (rule != NULL &&
	    (*refusal->field != '\0' || strstr(rule->text.in[client->lang], "{field}") == NULL))
		return fill_params(client, refusal, label, rule->text.in[client->lang]);
	text_init(&out, &client->mem);
	text_puts(&out, client_say(client, general(refusal->code)));
	if (refusal->rule[0] != '\0' && rule == NULL)
		text_printf(&out, " [%s%s%s]", clean_shown(&client->mem, refusal->rule),
			    *refusal->field != '\0' ? ": " : "", label);
	return out.data;
}

/* Where there is an outbox, it sends the operation again; elsewhere the user has to. */
static const char *outcome(const struct client *client)
{
	return client_say(client, client->store != NULL ? SAY_OUTCOME_RETRIED : SAY_OUTCOME_UNKNOWN);
}

static bool wants_json(const struct client *client)
{
	return client->globals.output == OUTPUT_JSON || client->globals.output == OUTPUT_JSONL;
}

static void set_text(json_t *object, const char *key, const char *value)
{
	if (value != NULL && *value != '\0')
		json_object_set_new(object, key, json_string(value));
}

/* What became of a write beside what is said of it. */
struct trace {
	const char *op_id;
	const char *hint;
};

static void print_json(enum exit_code exit_code, const struct refusal *refusal, const char *text,
		       const struct trace *trace)
{
	json_t *error = json_object(), *whole = json_object(), *params = json_object();
	const char *code = refusal != NULL ? status_name(refusal->code) : "CLIENT";

	set_text(error, "code", code);
	json_object_set_new(error, "exit_code", json_integer(exit_code));
	set_text(error, "message", text);
	if (refusal != NULL) {
		set_text(error, "rule", refusal->rule);
		set_text(error, "field", refusal->field);
		for (unsigned i = 0; i < refusal->n_params; i++)
			set_text(params, refusal->params[i].name, refusal->params[i].value);
		json_object_set(error, "params", params);
	}
	if (trace != NULL) {
		set_text(error, "op_id", trace->op_id);
		set_text(error, "hint", trace->hint);
	}
	json_object_set_new(whole, "error", error);
	json_decref(params);
	json_print(whole, stderr, JSON_COMPACT);
}

static int print(struct client *client, enum exit_code code, const struct refusal *refusal,
		 const char *text, const struct trace *trace)
{
	if (wants_json(client)) {
		print_json(code, refusal, text, trace);
		return code;
	}
	fprintf(stderr, "chibo: %s\n", text);
	if (trace != NULL)
		fprintf(stderr, "%s\nop_id %s\n", trace->hint, trace->op_id);
	return code;
}

static const char *filled(struct client *client, enum say id, va_list pairs)
{
	struct text out;

	text_init(&out, &client->mem);
	text_vfill(&out, client_say(client, id), pairs);
	return clean_shown(&client->mem, out.data);
}

int error_say(struct client *client, enum exit_code code, enum say id, ...)
{
	const char *text;
	va_list pairs;

	va_start(pairs, id);
	text = filled(client, id, pairs);
	va_end(pairs);
	return print(client, code, NULL, text, NULL);
}

int error_usage(struct client *client, const char *command, enum say id, ...)
{
	const char *text;
	va_list pairs;

	va_start(pairs, id);
	text = filled(client, id, pairs);
	va_end(pairs);
	print(client, EXIT_USAGE, NULL, text, NULL);
	if (command != NULL && !wants_json(client)) {
		struct text hint;

		text_init(&hint, &client->mem);
		text_fill(&hint, client_say(client, SAY_SEE_HELP), "command",
			  mem_format(&client->mem, "chibo%s%s", *command != '\0' ? " " : "",
				     command),
			  NULL);
		fprintf(stderr, "%s\n", hint.data);
	}
	return EXIT_USAGE;
}

int error_refusal(struct client *client, const struct refusal *refusal, const char *message,
		  const char *op_id)
{
	enum exit_code code = op_id != NULL ? EXIT_UNREACHABLE : error_exit_code(refusal->code);
	struct trace trace = {op_id, outcome(client)};

	return print(client, code, refusal, error_sentence(client, refusal, message), op_id != NULL ? &trace : NULL);
}

int error_cannot_write(struct client *client, const char *file)
{
	return error_say(client, EXIT_OTHER, SAY_CANNOT_WRITE, "file", file, "why", strerror(errno), NULL);
}

int error_stands(struct client *client, const struct refusal *refusal, const char *message, const char *op_id)
{
	struct trace trace = {op_id, client_say(client, SAY_OUTCOME_STANDS)};

	return print(client, error_exit_code(refusal->code), refusal, error_sentence(client, refusal, message), &trace);
}
