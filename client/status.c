/* chibo status: which server, whether it answers, who one is there and in which grant; on an enrolled computer also what
 * waits to be sent and how old the copy is. */
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "chibo/v1/session.pb-c.h"
#include "clean.h"
#include "clock.h"
#include "dates.h"
#include "errors.h"
#include "grid.h"
#include "hand.h"
#include "json.h"
#include "render.h"
#include "run.h"
#include "standing.h"
#include "value.h"

enum {
	ROWS = 9,
	WARD_ROWS = 8, /* of an enrolled computer, behind the others */
	ALL_ROWS = ROWS + WARD_ROWS,
};

static const char *const names[ALL_ROWS] = {
	"context",   "server",	  "state",  "district", "program",   "account",	  "full_name", "grant", "expires_at",
	"computer",  "waiting",	  "unknown", "oldest_at", "parked",  "behind",	  "synced_at", "proven_at",
};

static const enum say labels[ALL_ROWS] = {
	SAY_COLUMN_CONTEXT,  SAY_COLUMN_SERVER,	 SAY_COLUMN_STATE,   SAY_COLUMN_DISTRICT, SAY_COLUMN_PROGRAM,
	SAY_COLUMN_ACCOUNT,  SAY_COLUMN_NAME,	 SAY_COLUMN_GRANT,   SAY_COLUMN_EXPIRES,  SAY_COLUMN_COMPUTER,
	SAY_COLUMN_WAITING,  SAY_COLUMN_UNKNOWN, SAY_COLUMN_OLDEST,  SAY_COLUMN_PARKED,	  SAY_COLUMN_BEHIND,
	SAY_COLUMN_SYNCED,   SAY_COLUMN_PROVEN,
};

static const bool numeric[ALL_ROWS] = {[10] = true, [11] = true, [13] = true, [14] = true};

static bool greet(struct client *client, struct call *call, const char **cells)
{
	const Chibo__V1__SessionHelloResponse *hello = (const void *)call_hello(client, call);

	if (hello == NULL)
		return false;
	cells[3] = hello->district;
	cells[4] = hello->program;
	clock_warn(client);
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
	if (client->globals.offline)
		return render_is_human(client) ? client_say(client, SAY_STATE_NOT_ASKED) : "not_asked";
	if (render_is_human(client))
		return client_say(client, reached ? SAY_STATE_REACHED : SAY_STATE_UNREACHED);
	return reached ? "reached" : "unreachable";
}

/* ---- An enrolled computer ---- */

static const char *number(struct client *client, int64_t n)
{
	return mem_format(&client->mem, "%lld", (long long)n);
}

static const char *instant(struct client *client, int64_t us)
{
	if (us == 0)
		return NULL;
	return date_instant(&client->mem, us, render_is_human(client) ? DATE_SHOWN : DATE_ISO);
}

/* For people "never" is a word, and a copy that is not complete is told as such. */
static const char *since(struct client *client, const struct standing *standing, int64_t us)
{
	if (us != 0 || !render_is_human(client))
		return instant(client, us);
	return client_say(client, standing->copying ? SAY_COPY_UNFINISHED : SAY_NEVER);
}

static void fill_ward(struct client *client, const struct standing *standing, const char **cells)
{
	cells[0] = standing->computer;
	if (!standing->known)
		return;
	cells[1] = number(client, standing->queue.waiting);
	cells[2] = number(client, standing->queue.unknown);
	cells[3] = instant(client, standing->queue.oldest_at_us);
	cells[4] = number(client, standing->queue.parked);
	if (standing->behind >= 0)
		cells[5] = number(client, standing->behind);
	cells[6] = since(client, standing, standing->synced_at_us);
	cells[7] = since(client, standing, standing->proven_at_us);
}

static void tell_trouble(struct client *client, const struct refusal *trouble)
{
	client_note(client, SAY_WARNING, "what", error_sentence(client, trouble, NULL), NULL);
}

/* What a person has to do before the queue can empty itself. */
static void advise(struct client *client, const struct standing *standing, const char *account)
{
	struct refusal refusal;

	if (standing->enrolled && !standing->known)
		tell_trouble(client, &standing->trouble);
	if (standing->queue.parked > 0)
		client_note(client, SAY_SYNC_UNDECIDED, "n", number(client, standing->queue.parked), NULL);
	if (standing->sender == NULL ||
	    (account != NULL && strcmp(standing->sender, account) == 0))
		return;
	refusal_set(&refusal, STATUS_UNAUTHENTICATED, "login_of", NULL);
	refusal_param(&refusal, "account", "%s", standing->sender);
	tell_trouble(client, &refusal);
}

/* ---- Output ---- */

static json_t *json_of(const struct grid *grid, size_t i)
{
	if (grid->cells[i] == NULL)
		return json_null();
	return numeric[i] ? json_integer(strtoll(grid->cells[i], NULL, 10)) : json_string(grid->cells[i]);
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
	for (size_t i = 0; i < grid->n_columns; i++)
		json_object_set_new(object, names[i], json_of(grid, i));
	json_print(object, client->out,
		   render_output(client) == OUTPUT_JSON ? JSON_INDENT(2) : JSON_COMPACT);
	return EXIT_DONE;
}

static void set_titles(struct client *client, struct grid *grid)
{
	bool human = render_is_human(client);

	for (size_t i = 0; i < grid->n_columns; i++)
		grid_title(grid, i, human ? client_say(client, labels[i]) : names[i], numeric[i]);
}

/* One line for each computer in scope, as the server knows them. */
static int print_wards(struct client *client)
{
	struct verb verb;

	if (!command_find_route(&client->mem, "SyncService/Status", &verb))
		return error_say(client, EXIT_PROTOCOL, SAY_STATUS_PROTOCOL, NULL);
	return run_question(client, &verb, value_new(&client->mem, verb.method->input));
}

static bool ask(struct client *client, struct call *call, struct standing *standing, const char **cells)
{
	bool good = !client->globals.offline && greet(client, call, cells);

	cells[2] = state(client, good);
	if (good)
		good = ask_who(client, call, cells);
	if (good)
		standing_compare(client, standing);
	return good || client->globals.offline;
}

int status_run(struct client *client, const struct args *args)
{
	const struct context *context = session_find(&client->session, client->session.current);
	struct standing standing;
	struct grid grid;
	struct call call;
	const char **cells;
	bool good;

	if (context == NULL)
		return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
	if (args_given(args, "wards"))
		return print_wards(client);
	standing_read(client, &standing);
	grid_init(&grid, &client->mem, standing.enrolled ? ALL_ROWS : ROWS);
	set_titles(client, &grid);
	cells = grid_row(&grid);
	cells[0] = context->name;
	cells[1] = context->server;
	cells[5] = session_account(&client->mem, context);
	good = ask(client, &call, &standing, cells);
	if (standing.enrolled)
		fill_ward(client, &standing, cells + ROWS);
	for (size_t i = 0; i < grid.n_columns; i++)
		if (cells[i] != NULL)
			cells[i] = clean_shown(&client->mem, cells[i]);
	print(client, &grid);
	advise(client, &standing, session_account(&client->mem, context));
	return good ? EXIT_DONE : call_fail(client, &call);
}
