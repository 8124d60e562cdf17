/* chibo_load: a closed loop of requests over TLS, as lean as the client side can be.
 * Prints "start" and "stop" around the measured time, then one line of key=value. */
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sysexits.h>

#include "chibo/v1/envelope.pb-c.h"
#include "load_conn.h"

enum { CONNECTIONS_MAX = 64, LATENCIES_MAX = 1 << 22, DRAIN_MS = 10000, ERRORS_SHOWN = 3 };

struct options {
	struct workload workload;
	uint8_t pin[TLS_PIN];
	unsigned port;
	unsigned connections;
	unsigned depth;
	double warmup;
	double seconds;
};

/* `load` is first: the callbacks get it and find the rest around it. */
struct bench {
	struct load load;
	struct options options;
	struct load_conn conns[CONNECTIONS_MAX];
	int epoll;
	bool measuring;
	uint64_t started_ns, stopped_ns; /* of the measured time */
	double cpu_s;                    /* our own in it */
	uint64_t replies, reply_bytes, errors;
	uint32_t *latencies_us;
};

/* ---- replies ---- */

static void show_error(const uint8_t *frame, size_t len)
{
	Chibo__V1__Reply *reply = chibo__v1__reply__unpack(NULL, len, frame);

	if (reply && reply->status)
		(void)fprintf(stderr, "chibo_load: refused with code %" PRIu32 " rule %s field %s\n",
			      reply->status->code, reply->status->rule ? reply->status->rule : "-",
			      reply->status->field ? reply->status->field : "-");
	chibo__v1__reply__free_unpacked(reply, NULL);
}

/* The status follows the id, and only if there is one. */
static bool is_refusal(const uint8_t *frame, size_t len)
{
	size_t at = 1;

	while (at < len && frame[at] & 0x80)
		at++;
	return at + 1 < len && frame[at + 1] == 0x12;
}

static bool on_reply(struct load *load, uint64_t sent_ns, const uint8_t *frame, size_t len)
{
	struct bench *bench = (struct bench *)(void *)load;

	if (is_refusal(frame, len)) {
		bench->errors++;
		if (bench->errors <= ERRORS_SHOWN)
			show_error(frame, len);
		return bench->errors < 1000;
	}
	if (!bench->measuring)
		return true;
	if (bench->replies < LATENCIES_MAX)
		bench->latencies_us[bench->replies] = (uint32_t)((load_now_ns() - sent_ns) / 1000);
	bench->replies++;
	bench->reply_bytes += len;
	return true;
}

/* ---- the loop ---- */

static bool turn(struct bench *bench, int timeout_ms)
{
	struct epoll_event events[CONNECTIONS_MAX];
	int n = epoll_wait(bench->epoll, events, CONNECTIONS_MAX, timeout_ms);

	if (n < 0 && errno != EINTR)
		err(EX_OSERR, "epoll_wait");
	for (int i = 0; i < n; i++)
		if (!load_conn_event(events[i].data.ptr, events[i].events))
			return false;
	return true;
}

static bool run_until(struct bench *bench, uint64_t until_ns)
{
	uint64_t now;

	while ((now = load_now_ns()) < until_ns)
		if (!turn(bench, (int)((until_ns - now) / 1000000) + 1))
			return false;
	return true;
}

static bool run_until_ready(struct bench *bench)
{
	uint64_t until = load_now_ns() + (uint64_t)DRAIN_MS * 1000000;

	while (bench->load.ready < bench->options.connections && load_now_ns() < until)
		if (!turn(bench, 100))
			return false;
	return bench->load.ready == bench->options.connections;
}

/* The server should be idle when the next block starts. */
static bool drain(struct bench *bench)
{
	uint64_t until = load_now_ns() + (uint64_t)DRAIN_MS * 1000000;
	unsigned in_flight;

	bench->load.stopping = true;
	do {
		in_flight = 0;
		for (unsigned i = 0; i < bench->options.connections; i++)
			in_flight += bench->conns[i].in_flight;
		if (in_flight > 0 && !turn(bench, 100))
			return false;
	} while (in_flight > 0 && load_now_ns() < until);
	return in_flight == 0;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	(void)getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
	       (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void say(const char *word)
{
	(void)puts(word);
	(void)fflush(stdout);
}

static bool measure(struct bench *bench)
{
	bool ok;

	bench->started_ns = load_now_ns();
	bench->cpu_s = -cpu_seconds();
	bench->measuring = true;
	say("start");
	ok = run_until(bench, bench->started_ns + (uint64_t)(bench->options.seconds * 1e9));
	bench->measuring = false;
	bench->stopped_ns = load_now_ns();
	bench->cpu_s += cpu_seconds();
	say("stop");
	return ok;
}

static bool run(struct bench *bench)
{
	return run_until_ready(bench) &&
	       run_until(bench, load_now_ns() + (uint64_t)(bench->options.warmup * 1e9)) && measure(bench) &&
	       drain(bench);
}

/* ---- the figures ---- */

static int by_size(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void report(struct bench *bench)
{
	double seconds = (double)(bench->stopped_ns - bench->started_ns) / 1e9;
	double per_reply = bench->replies > 0 ? 1.0 / (double)bench->replies : 0;
	size_t n = bench->replies < LATENCIES_MAX ? bench->replies : LATENCIES_MAX;
	const uint32_t *sorted = bench->latencies_us;

	qsort(bench->latencies_us, n, sizeof *bench->latencies_us, by_size);
	(void)printf("replies=%" PRIu64 " seconds=%.3f rate=%.1f errors=%" PRIu64, bench->replies, seconds,
		     (double)bench->replies / seconds, bench->errors);
	(void)printf(" p50_us=%" PRIu32 " p99_us=%" PRIu32 " max_us=%" PRIu32, n ? sorted[n / 2] : 0,
		     n ? sorted[n - 1 - n / 100] : 0, n ? sorted[n - 1] : 0);
	(void)printf(" cpu_us=%.2f reply_bytes=%.0f\n", bench->cpu_s * 1e6 * per_reply,
		     (double)bench->reply_bytes * per_reply);
}

/* ---- options ---- */

static const char usage_text[] =
	"usage: chibo_load --port N --pin PIN --token HEX --workload NAME [OPTION...]\n"
	"  --workload NAME     one of: %s\n"
	"  --pick FIRST:COUNT  seeded ids to choose from\n"
	"  --unit N --branch-code CODE   where import goes to\n"
	"  --connections N --depth N     default 4 and 4; at most %d and %d\n"
	"  --warmup S --seconds S        default 1 and 3\n";

static void usage(void)
{
	(void)fprintf(stderr, usage_text, workload_names, CONNECTIONS_MAX, DEPTH_MAX);
	exit(EX_USAGE);
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) : -1;
}

static bool parse_token(const char *text, uint8_t token[static TOKEN_LEN])
{
	for (unsigned i = 0; i < TOKEN_LEN; i++) {
		int high = hex_digit(*text++);
		int low = high >= 0 ? hex_digit(*text++) : -1;

		if (high < 0 || low < 0)
			return false;
		token[i] = (uint8_t)(high * 16 + low);
	}
	return *text == '\0';
}

/* Up to `end`, which is all that may follow. */
static bool parse_number(const char *text, char end, uint64_t max, uint64_t *number)
{
	char *rest;

	errno = 0;
	*number = strtoull(text, &rest, 10);
	return errno == 0 && rest != text && *rest == end && *number <= max;
}

static bool parse_count(const char *text, uint64_t max, unsigned *count)
{
	uint64_t number;

	if (!parse_number(text, '\0', max, &number) || number == 0)
		return false;
	*count = (unsigned)number;
	return true;
}

static bool parse_pick(const char *text, struct workload *workload)
{
	const char *colon = strchr(text, ':');

	return colon && parse_number(text, ':', UINT64_MAX, &workload->pick_first) &&
	       parse_number(colon + 1, '\0', UINT64_MAX, &workload->pick_count) && workload->pick_count > 0;
}

static bool parse_seconds(const char *text, double *seconds)
{
	char *rest;

	*seconds = strtod(text, &rest);
	return rest != text && *rest == '\0' && *seconds >= 0 && *seconds < 86400;
}

static bool parse_option(struct options *o, char option, const char *value)
{
	switch (option) {
	case 'p': return parse_count(value, UINT16_MAX, &o->port);
	case 'k': return tls_pin_parse(value, o->pin);
	case 't': return parse_token(value, o->workload.token);
	case 'w': o->workload.name = value; return true;
	case 'i': return parse_pick(value, &o->workload);
	case 'u': return parse_number(value, '\0', UINT64_MAX, &o->workload.unit);
	case 'b': o->workload.branch_code = value; return true;
	case 'c': return parse_count(value, CONNECTIONS_MAX, &o->connections);
	case 'd': return parse_count(value, DEPTH_MAX, &o->depth);
	case 'r': return parse_seconds(value, &o->warmup);
	case 's': return parse_seconds(value, &o->seconds);
	default: return false;
	}
}

static const struct option known_options[] = {
	{"port", 1, NULL, 'p'},
	{"pin", 1, NULL, 'k'},
	{"token", 1, NULL, 't'},
	{"workload", 1, NULL, 'w'},
	{"pick", 1, NULL, 'i'},
	{"unit", 1, NULL, 'u'},
	{"branch-code", 1, NULL, 'b'},
	{"connections", 1, NULL, 'c'},
	{"depth", 1, NULL, 'd'},
	{"warmup", 1, NULL, 'r'},
	{"seconds", 1, NULL, 's'},
	{NULL, 0, NULL, 0},
};

static void parse_options(struct options *o, int argc, char **argv)
{
	int option;

	*o = (struct options){.workload = {.pick_count = 1, .branch_code = ""},
			      .connections = 4, .depth = 4, .warmup = 1, .seconds = 3};
	while ((option = getopt_long(argc, argv, "", known_options, NULL)) != -1)
		if (!parse_option(o, (char)option, optarg))
			usage();
	if (optind < argc || !o->workload.name || o->port == 0)
		usage();
}

/* ---- from start to end ---- */

static void prepare(struct bench *bench)
{
	const struct workload *workload = &bench->options.workload;

	bench->load.depth = bench->options.depth;
	bench->load.reply = on_reply;
	bench->latencies_us = malloc(LATENCIES_MAX * sizeof *bench->latencies_us);
	bench->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (bench->epoll < 0 || !bench->latencies_us || !request_init_hello(&bench->load.hello) ||
	    !request_init_whoami(&bench->load.whoami, workload->token) ||
	    !request_init(&bench->load.work, workload))
		errx(EX_USAGE, "no such workload (%s), or memory is short", workload_names);
}

static void connect_all(struct bench *bench, struct tls_context *tls)
{
	for (unsigned i = 0; i < bench->options.connections; i++)
		if (!load_conn_open(&bench->conns[i], &bench->load, tls, (uint16_t)bench->options.port,
				    bench->epoll))
			err(EX_UNAVAILABLE, "port %u", bench->options.port);
}

static void clean_up(struct bench *bench)
{
	for (unsigned i = 0; i < bench->options.connections; i++)
		load_conn_close(&bench->conns[i]);
	request_close(&bench->load.hello);
	request_close(&bench->load.whoami);
	request_close(&bench->load.work);
	free(bench->latencies_us);
}

int main(int argc, char **argv)
{
	static struct bench bench;
	struct tls_error error;
	struct tls_context *tls;
	bool ok;

	parse_options(&bench.options, argc, argv);
	tls = tls_client_context((const uint8_t(*)[TLS_PIN])&bench.options.pin, 1, &error);
	if (!tls)
		errx(EX_SOFTWARE, "%s", error.text);
	prepare(&bench);
	connect_all(&bench, tls);
	ok = run(&bench);
	report(&bench);
	clean_up(&bench);
	tls_context_free(tls);
	return ok && bench.errors == 0 ? EX_OK : EX_UNAVAILABLE;
}
