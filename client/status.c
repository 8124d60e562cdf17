/* chibo status: which server, whether it answers, who one is there and in which grant. */
#include <string.h>
#include <time.h>

#include "call.h"
#include "chibo/v1/session.pb-c.h"
#include "clean.h"
#include "dates.h"
#include "errors.h"
#include "grid.h"
#include "hand.h"
#include "json.h"
#include "render.h"
#include "value.h"

enum {
	OFFSET_MAX_S = 300, /* a clock that is wronger than that is told */
	ROWS = 9,
};

static const char *const names[ROWS] = {
	"context", "server",	"state", "district",   "program",
	"account", "full_name", "grant", "expires_at",
};

static const enum say labels[ROWS] = {
	SAY_COLUMN_CONTEXT,  SAY_COLUMN_SERVER,	 SAY_COLUMN_STATE,
	SAY_COLUMN_DISTRICT, SAY_COLUMN_PROGRAM, SAY_COLUMN_ACCOUNT,
	SAY_COLUMN_NAME,     SAY_COLUMN_GRANT,	 SAY_COLUMN_EXPIRES,
};

static void warn_of_clock(struct client *client, int64_t server_us)
{
	int64_t offset = (int64_t)time(NULL) - server_us / 1000000;

	if (server_us != 0 && (offset > OFFSET_MAX_S || offset < -OFFSET_MAX_S))
		client_note(client, SAY_CLOCK_WRONG, "server",
			    date_instant(&client->mem, server_us, DATE_SHOWN), NULL);
}

static bool greet(struct client *client, struct call *call, const char **cells)
{
	const Chibo__V1__SessionHelloResponse *hello = (const void *)call_hello(client, call);

	if (hello == NULL)
		return false;
	cells[3] = hello->district;
	cells[4] = hello->program;
	if (hello->has_now_at_us)
		warn_of_clock(client, hello->now_at_us);
	return true;
}

static const char *grant_words(struct client *client, const Chibo__V1__SessionWhoAmIResponse *who)
{
	for (size_t i = 0; i < who->n_grants; i++) {
		const Chibo__V1__GrantSummary *grant = who->grants[i];

		if (who->has_grant_id && grant->has_id && grant->id.len == who->grant_id.len &&
		    memcmp(grant->id.data, who->grant_id.data, grant->id.len) == 0)
			return mem_format(&client->mem, "%s, %s",
					  grant->role_name != NULL ? grant->role_name : "",
					  grant->unit_path != NULL ? grant->unit_path : "");
	}
	return NULL;
}

static bool ask_who(struct client *client, struct call *call, const char **cells)
{
	const Chibo__V1__SessionWhoAmIResponse *who;
	struct verb verb;

	command_known_verb(&client->mem, "Session", "WhoAmI", &verb);
	call_init(client, call, &verb, value_new(&client->mem, verb.method->input));
	call->dry_run = false;
	if (!call_run(client, call))
		return false;
	who = (const void *)call->response;
	cells[5] = who->login_name;
	cells[6] = who->full_name;
	cells[7] = grant_words(client, who);
	if (who->has_expires_at_us)
		cells[8] = date_instant(&client->mem, who->expires_at_us,
					render_is_human(client) ? DATE_SHOWN : DATE_ISO);
	return true;
}

static const char *state(const struct client *client, bool reached)
{
	if (render_is_human(client))
		return client_say(client, reached ? SAY_STATE_REACHED : SAY_STATE_UNREACHED);
	return reached ? "reached" : "unreachable";
}

static int print(struct client *client, const struct grid *grid)
{
	json_t *object;

	if (render_is_human(client)) {
		grid_print_list(grid, client->out, render_width());
		return EXIT_DONE;
	}
	if (render_output(client) != OUTPUT_JSON && render_output(client) != OUTPUT_JSONL)
		return render_grid(client, grid);
	object = json_object();
	for (size_t i = 0; i < ROWS; i++)
		json_object_set_new(object, names[i],
				    grid->cells[i] != NULL ? json_string(grid->cells[i])
							   : json_null());
	json_print(object, client->out,
		   render_output(client) == OUTPUT_JSON ? JSON_INDENT(2) : JSON_COMPACT);
	return EXIT_DONE;
}

int status_run(struct client *client, const struct args *args)
{
	const struct context *context = session_find(&client->session, client->session.current);
	bool human = render_is_human(client);
	struct grid grid;
	struct call call;
	const char **cells;
	bool good;

	(void)args;
	if (context == NULL)
		return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
	grid_init(&grid, &client->mem, ROWS);
	for (size_t i = 0; i < ROWS; i++)
		grid_title(&grid, i, human ? client_say(client, labels[i]) : names[i], false);
	cells = grid_row(&grid);
	cells[0] = context->name;
	cells[1] = context->server;
	cells[5] = context->account;
	good = greet(client, &call, cells);
	cells[2] = state(client, good);
	if (good)
		good = ask_who(client, &call, cells);
	for (size_t i = 0; i < ROWS; i++)
		if (cells[i] != NULL)
			cells[i] = clean_shown(&client->mem, cells[i]);
	print(client, &grid);
	return good ? EXIT_DONE : call_fail(client, &call);
}
