/* chibo history: who changed or read a record, the caller's own or one that an entity and an id name. */
#include <string.h>

#include "chibo/v1/history.pb-c.h"
#include "errors.h"
#include "hand.h"
#include "request.h"
#include "run.h"
#include "value.h"

/* The caller's own person, which the server knows. */
static bool is_own(const struct args *args)
{
	return args->n_words == 1 &&
	       (strcmp(args->words[0], "mine") == 0 || strcmp(args->words[0], "me") == 0);
}

static int set_id(struct client *client, Chibo__V1__HistoryListRequest *request, const char *text)
{
	const ProtobufCMessageDescriptor *type = request->base.descriptor;
	uint8_t id[UUID_SIZE];
	struct refusal refusal;
	int failed = EXIT_DONE;

	if (strcmp(request->entity, "unit") == 0 && !value_parse_uuid(text, id)) {
		failed = request_unit_id(client, text, id);
		if (failed == EXIT_DONE)
			value_set_uuid(&client->mem, &request->base, value_field(type, "id"), id);
		return failed;
	}
	if (value_set(&client->mem, &request->base, value_field(type, "id"), text, &refusal))
		return EXIT_DONE;
	return error_refusal(client, &refusal, type->short_name, NULL);
}

int history_run(struct client *client, const struct args *args)
{
	Chibo__V1__HistoryListRequest *request = mem_take(&client->mem, sizeof(*request));
	struct verb verb;
	int failed = EXIT_DONE;

	chibo__v1__history_list_request__init(request);
	if (args->n_words > 2)
		return error_usage(client, "history", SAY_UNEXPECTED_WORD, "word", args->words[2],
				   NULL);
	if (args->n_words < 2 && !is_own(args))
		return error_usage(client, "history", SAY_WORD_MISSING, "usage",
				   text_command("history")->usage, NULL);
	command_known_verb(&client->mem, "History", "List", &verb);
	if (!is_own(args)) {
		request->entity = args->words[0];
		failed = set_id(client, request, args->words[1]);
	}
	return failed == EXIT_DONE ? run_question(client, &verb, &request->base) : failed;
}
