/* chibo sync --watch: round after round, each in a process of its own: store, connection and memory end with it. */
#include "sync_watch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <sodium.h>

#include "errors.h"
#include "mem.h"
#include "session.h"

enum {
	INTERVAL_S = 300,
	INTERVAL_MAX_S = 24 * 3600,
	BACKOFF_MAX_S = 300,
	DOUBLINGS = 16,
};

/* False: it is no number of seconds. */
static bool read_interval(const char *text, uint32_t *seconds)
{
	char *end;
	unsigned long number = text == NULL ? INTERVAL_S : strtoul(text, &end, 10);

	*seconds = (uint32_t)number;
	return text == NULL ||
	       (*text >= '0' && *text <= '9' && *end == '\0' && number >= 1 && number <= INTERVAL_MAX_S);
}

static uint32_t least(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* A line that is down is tried again soon, then ever later, at random: it is down for all wards at once. */
static uint32_t own_pause(int code, uint32_t interval, unsigned *failures)
{
	uint32_t cap;

	if (code != EXIT_UNREACHABLE) {
		*failures = 0;
		return interval + randombytes_uniform(interval / 10 + 1);
	}
	cap = 1u << (*failures < DOUBLINGS ? (*failures)++ : DOUBLINGS);
	return 1 + randombytes_uniform(least(cap, least(interval, BACKOFF_MAX_S)));
}

uint32_t sync_watch_pause(int code, uint32_t interval, uint32_t retry_after_ms, unsigned *failures)
{
	uint32_t own = own_pause(code, interval, failures);
	uint32_t wanted = retry_after_ms / 1000 + (retry_after_ms % 1000 != 0);

	return own > wanted ? own : wanted;
}

static void wait_seconds(uint32_t seconds)
{
	struct timespec left = {(time_t)seconds, 0};

	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Since the last round somebody may have logged in, chosen a grant or enrolled. */
static bool load_again(struct client *client)
{
	const char *name = client->globals.context;

	if (!session_load(&client->mem, &client->session))
		return false;
	if (name != NULL)
		client->session.current = session_find(&client->session, name) != NULL ? name : NULL;
	return true;
}

static int run_loaded(struct client *client, int (*round)(struct client *client))
{
	if (load_again(client))
		return round(client);
	return error_say(client, EXIT_OTHER, SAY_BAD_CONFIG, "file", client->session.bad_file, "line",
			 mem_format(&client->mem, "%d", client->session.bad_line), NULL);
}

/* The exit code of one round; -1: no process could be had. `retry_after_ms` is memory of both processes. */
static int run_apart(struct client *client, int (*round)(struct client *client), uint32_t *retry_after_ms)
{
	int status = 0, code;
	pid_t child;

	*retry_after_ms = 0;
	fflush(NULL);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		code = run_loaded(client, round);
		*retry_after_ms = client->retry_after_ms;
		fflush(NULL);
		_exit(code);
	}
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	return child > 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int sync_watch(struct client *client, const struct args *args, int (*round)(struct client *client))
{
	const char *given = args_value(args, "interval");
	uint32_t interval, *retry_after_ms = mem_shared(sizeof(*retry_after_ms));
	unsigned failures = 0;

	if (!read_interval(given, &interval))
		return error_usage(client, "sync", SAY_BAD_OPTION_VALUE, "option", "interval", "value", given, "help",
				   client_say(client, SAY_INTERVAL), NULL);
	for (;;) {
		int code = run_apart(client, round, retry_after_ms);

		if (code == EXIT_USAGE)
			return code;
		wait_seconds(sync_watch_pause(code, interval, *retry_after_ms, &failures));
	}
}
