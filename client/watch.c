/* chibo watch: what changes in a unit, as it is committed. After a lost line it goes on where it was. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "call.h"
#include "chibo/v1/watch.pb-c.h"
#include "clean.h"
#include "dates.h"
#include "errors.h"
#include "hand.h"
#include "json.h"
#include "push.h"
#include "render.h"
#include "request.h"
#include "value.h"

enum {
	REPLY_BYTES_MAX = 32 << 20,
	FEEDS_MAX = 512,
	DOUBLINGS = 6, /* of a pause that begins with a second */
};

struct watch {
	struct client *client;
	Chibo__V1__WatchFollowRequest *request;
	Chibo__V1__WatchCursor *cursors[FEEDS_MAX]; /* where the stream stands; what a new one begins behind */
	unsigned failures;
	struct arena room; /* of one reply */
};

static void move_cursor(struct watch *watch, const ProtobufCBinaryData *feed, int64_t position)
{
	Chibo__V1__WatchFollowRequest *request = watch->request;
	size_t i = 0;

	if (feed->len != ID_SIZE)
		return;
	while (i < request->n_after && memcmp(watch->cursors[i]->feed.data, feed->data, ID_SIZE) != 0)
		i++;
	if (i == FEEDS_MAX)
		return;
	if (i == request->n_after) {
		watch->cursors[i] = mem_take(&watch->client->mem, sizeof(**watch->cursors));
		chibo__v1__watch_cursor__init(watch->cursors[i]);
		watch->cursors[i]->has_feed = watch->cursors[i]->has_position = 1;
		watch->cursors[i]->feed = value_bytes(&watch->client->mem, feed->data, feed->len);
		request->n_after++;
	}
	watch->cursors[i]->position = position;
}

/* ---- A change in words ---- */

static const char *what(struct client *client, const char *method)
{
	struct verb verb;

	return command_find_route(&client->mem, method, &verb) ? text_in(client->lang, &verb.text->label) : method;
}

static void print_line(struct client *client, const Chibo__V1__WatchFollowResponse *told)
{
	const char *line = mem_format(&client->mem, "%s  %s%s%s",
				      date_instant(&client->mem, told->at_us, DATE_SHOWN), what(client, told->method),
				      told->full_name != NULL ? " · " : "",
				      told->full_name != NULL ? told->full_name : "");

	fprintf(client->out, "%s", clean_shown(&client->mem, line));
	if (told->records > 1)
		fprintf(client->out, " (%d)", told->records);
	fputc('\n', client->out);
}

static void tell(struct watch *watch, const ProtobufCMessage *response)
{
	const Chibo__V1__WatchFollowResponse *told = (const void *)response;
	struct client *client = watch->client;

	if (render_output(client) == OUTPUT_JSON || render_output(client) == OUTPUT_JSONL)
		json_print(json_message(&client->mem, response), client->out, JSON_COMPACT);
	else
		print_line(client, told);
	move_cursor(watch, &told->feed, told->position);
}

/* The reader is looked for when the server only says that the line is alive, too. */
static bool hear(void *owner, const ProtobufCMessage *response)
{
	const Chibo__V1__WatchFollowResponse *told = (const void *)response;
	struct watch *watch = owner;

	watch->failures = 0;
	if (told->n_cursors > 0) {
		watch->request->has_since_at_us = told->has_at_us;
		watch->request->since_at_us = told->at_us;
	}
	for (size_t i = 0; i < told->n_cursors; i++)
		move_cursor(watch, &told->cursors[i]->feed, told->cursors[i]->position);
	if (told->method != NULL)
		tell(watch, response);
	return render_goes_out(watch->client);
}

/* ---- The stream, again and again ---- */

static void leave(int number)
{
	(void)number;
	_exit(EXIT_DONE); /* every line was flushed */
}

/* At random, because a line is down for everybody at once. */
static void pause_a_while(struct watch *watch, uint32_t retry_after_ms)
{
	uint32_t own_ms = 100 + randombytes_uniform(1000u << watch->failures);
	uint32_t wait_ms = own_ms > retry_after_ms ? own_ms : retry_after_ms;
	struct timespec pause = {wait_ms / 1000, (long)(wait_ms % 1000) * 1000000};

	if (watch->failures == 0)
		client_note(watch->client, SAY_WATCH_LOST, NULL);
	if (watch->failures < DOUBLINGS)
		watch->failures++;
	nanosleep(&pause, NULL);
}

/* The server's ledger is not the one that was followed: it was restored, and what was lost in between is nobody's to tell. */
static bool begins_anew(struct watch *watch, const struct call *call)
{
	if (strcmp(call->refusal.rule, "out_of_range") != 0 || watch->request->n_after == 0)
		return false;
	client_note(watch->client, SAY_WATCH_ANEW, NULL);
	watch->request->n_after = 0;
	watch->request->has_since_at_us = 0;
	return true;
}

static bool may_come_back(const struct call *call)
{
	return call->refusal.code == STATUS_UNAVAILABLE || call->refusal.code == STATUS_DEADLINE_EXCEEDED;
}

static int follow(struct watch *watch)
{
	struct verb verb;
	struct call call;

	command_known_verb(&watch->client->mem, "Watch", "Follow", &verb);
	do {
		call_init(watch->client, &call, &verb, &watch->request->base);
		call.dry_run = false;
		call_follow(watch->client, &call, hear, watch, &watch->room);
		if (!render_goes_out(watch->client))
			return EXIT_DONE; /* render_finish says what there is to say */
		if (!may_come_back(&call) && !begins_anew(watch, &call))
			return call_fail(watch->client, &call);
		pause_a_while(watch, call.refusal.retry_after_ms);
	} while (true);
}

int watch_run(struct client *client, const struct args *args)
{
	struct watch *watch = mem_take(&client->mem, sizeof(*watch));
	Chibo__V1__WatchFollowRequest *request = mem_take(&client->mem, sizeof(*request));
	uint8_t *unit = mem_take(&client->mem, UUID_SIZE);
	int failed = EXIT_DONE;

	chibo__v1__watch_follow_request__init(request);
	*watch = (struct watch){.client = client, .request = request};
	request->after = watch->cursors;
	arena_init(&watch->room, REPLY_BYTES_MAX, REPLY_BYTES_MAX);
	if (args->n_words > 1)
		return error_usage(client, "watch", SAY_UNEXPECTED_WORD, "word", args->words[1], NULL);
	if (client->session.current == NULL)
		return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
	if (args->n_words == 1 && !value_parse_uuid(args->words[0], unit))
		failed = request_unit_id(client, args->words[0], unit);
	if (failed != EXIT_DONE)
		return failed;
	request->has_unit_id = args->n_words == 1;
	request->unit_id = (ProtobufCBinaryData){UUID_SIZE, unit};
	push_close(client);
	signal(SIGINT, leave);
	signal(SIGTERM, leave);
	return follow(watch);
}
