/*
 * A bad line: a proxy that breaks connections as a seed tells it to. One listener for each ward; what happens to a ward's
 * n-th connection follows from seed, ward and n alone.
 *
 * usage: chibo_bad_line SEED LOGFILE. Commands on standard input, each answered by one line on standard output:
 *   ward NAME           opens a listener; the answer is its port
 *   target PORT         where connections go from now on; those that are there end
 *   faults NAME 0|1     whether new connections of the ward are treated badly
 *   partition NAME      nothing passes, and nothing says so: neither end hears of the other
 *   heal NAME           bytes pass again; what was held back went lost with its connection
 *   fault NAME KIND N   the ward's next connection gets this one, after N bytes: cut_up is 1, as in `enum fault`
 *   count               connections made and open now
 * Ends with standard input.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <uv.h>

enum { WARDS = 16, NAME_MAX_LEN = 32, LINE_MAX_LEN = 128, CHUNK = 16384, HELD_MAX = 1 << 20, BACKLOG = 64 };
enum { SLOW_BYTES = 32, SLOW_MS = 125 }; /* 256 bytes a second */

/* Up is towards the server. */
enum fault {
	CLEAN,
	CUT_UP, /* both ends see a FIN after N bytes of this direction */
	CUT_DOWN,
	RESET_UP, /* both see an RST */
	RESET_DOWN,
	HOLE_UP, /* this direction falls silent; a while later the connection is reset */
	HOLE_DOWN,
	FIN_UP, /* the receiver alone sees the end */
	FIN_DOWN,
	HALF_OPEN, /* the server's end is reset, the client's stays and hears nothing for a while */
	DELAY,	   /* each piece comes late */
	SLOW,	   /* 256 bytes a second, for N bytes */
	TWICE,	   /* a second connection says the same to the server, byte for byte */
	FAULTS,
};

static const char *const fault_names[FAULTS] = {
	"clean",  "cut_up",   "cut_down",  "reset_up", "reset_down", "hole_up", "hole_down",
	"fin_up", "fin_down", "half_open", "delay",    "slow",	     "twice",
};

struct ward {
	uv_tcp_t listener;
	char name[NAME_MAX_LEN];
	unsigned connections;
	bool faults;
	bool parted;
	enum fault next; /* CLEAN: as the seed says */
	uint64_t next_at;
};

struct link;

/* What one end said and the other has not been given yet. */
struct pipe {
	uv_tcp_t from; /* the end that is read */
	struct link *link;
	struct pipe *other;
	uint64_t passed;
	uint8_t held[HELD_MAX];
	size_t n_held;
	bool silent; /* bytes of this direction vanish */
	bool ended;  /* no more will be read */
};

struct link {
	struct ward *ward;
	struct link *next;
	unsigned number;
	enum fault fault;
	uint64_t at; /* bytes until it strikes */
	unsigned wait_ms;
	bool struck, connected, closing;
	int open; /* handles that are not closed */
	struct pipe up, down;
	uv_timer_t timer;
	uv_tcp_t copy; /* TWICE */
	bool copied;
	uv_connect_t connecting, copying;
};

struct piece {
	uv_write_t write;
	uint8_t bytes[];
};

static uv_loop_t *loop;
static FILE *log_file;
static uint64_t seed;
static int target_port;
static struct ward wards[WARDS];
static unsigned n_wards, n_made, n_open;
static struct link *links;

/* ---- chance ---- */

static uint64_t mix(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

static uint64_t chance(const struct link *link, unsigned draw)
{
	uint64_t x = mix(seed);

	for (const char *c = link->ward->name; *c != '\0'; c++)
		x = mix(x ^ (uint8_t)*c);
	return mix(mix(x ^ link->number) ^ draw);
}

/* Half of the connections are left alone. Where it strikes: within the handshake, a short exchange or a long one. */
static void decide(struct link *link)
{
	static const unsigned spans[] = {64, 600, 2500, 6000, 40000};

	link->wait_ms = 100 + (unsigned)(chance(link, 3) % 900);
	if (link->ward->next != CLEAN) {
		link->fault = link->ward->next;
		link->at = link->ward->next_at;
		link->ward->next = CLEAN;
	} else if (link->ward->faults && chance(link, 0) % 2 == 0) {
		link->fault = (enum fault)(1 + chance(link, 1) % (FAULTS - 1));
		link->at = 1 + chance(link, 2) % spans[chance(link, 4) % (sizeof(spans) / sizeof(spans[0]))];
	}
	if (link->fault == SLOW)
		link->at = link->at % 600;
	if (link->fault == DELAY)
		link->wait_ms /= 10;
}

static void note(struct link *link, const char *what)
{
	(void)fprintf(log_file, "seed=%llu ward=%s connection=%u %s up=%llu down=%llu wait_ms=%u\n",
		      (unsigned long long)seed, link->ward->name, link->number, what,
		      (unsigned long long)link->up.passed, (unsigned long long)link->down.passed, link->wait_ms);
	(void)fflush(log_file);
}

/* ---- the end of a connection ---- */

static void on_closed(uv_handle_t *handle)
{
	struct link *link = handle->data, **at = &links;

	if (--link->open > 0)
		return;
	while (*at != link)
		at = &(*at)->next;
	*at = link->next;
	n_open--;
	free(link);
}

static void close_end(struct link *link, uv_tcp_t *end, bool reset)
{
	if (uv_is_closing((uv_handle_t *)end))
		return;
	if (!reset || uv_tcp_close_reset(end, on_closed) != 0)
		uv_close((uv_handle_t *)end, on_closed);
	(void)link;
}

static void end_link(struct link *link, bool reset)
{
	if (link->closing)
		return;
	link->closing = true;
	close_end(link, &link->up.from, reset);
	close_end(link, &link->down.from, reset);
	if (link->copied)
		close_end(link, &link->copy, reset);
	if (!uv_is_closing((uv_handle_t *)&link->timer))
		uv_close((uv_handle_t *)&link->timer, on_closed);
}

static void on_patience(uv_timer_t *timer)
{
	end_link(timer->data, true);
}

static void end_later(struct link *link)
{
	(void)uv_timer_start(&link->timer, on_patience, link->wait_ms, 0);
}

/* ---- bytes ---- */

static void on_written(uv_write_t *write, int status)
{
	struct link *link = write->data;

	free(write);
	if (status < 0 && link != NULL)
		end_link(link, false);
}

static void write_to(struct link *link, uv_tcp_t *end, const uint8_t *bytes, size_t n, bool matters)
{
	struct piece *piece = malloc(sizeof(*piece) + n);
	uv_buf_t buffer;

	if (piece == NULL)
		abort();
	memcpy(piece->bytes, bytes, n);
	buffer = uv_buf_init((char *)piece->bytes, (unsigned)n);
	piece->write.data = matters ? link : NULL;
	if (uv_write(&piece->write, (uv_stream_t *)end, &buffer, 1, on_written) == 0)
		return;
	free(piece);
	if (matters)
		end_link(link, false);
}

static void on_shut(uv_shutdown_t *request, int status)
{
	(void)status;
	free(request);
}

static void shut(uv_tcp_t *end)
{
	uv_shutdown_t *request = malloc(sizeof(*request));

	if (request == NULL)
		abort();
	if (uv_shutdown(request, (uv_stream_t *)end, on_shut) != 0)
		free(request);
}

static void give(struct pipe *pipe, size_t n)
{
	struct link *link = pipe->link;

	if (n > pipe->n_held)
		n = pipe->n_held;
	if (n > 0 && !pipe->silent) {
		write_to(link, &pipe->other->from, pipe->held, n, true);
		if (pipe == &link->up && link->copied)
			write_to(link, &link->copy, pipe->held, n, false);
	}
	pipe->passed += n;
	pipe->n_held -= n;
	memmove(pipe->held, pipe->held + n, pipe->n_held);
	if (pipe->ended && pipe->n_held == 0 && !link->closing)
		shut(&pipe->other->from);
}

/* ---- faults ---- */

static bool is_up(enum fault fault)
{
	return fault == CUT_UP || fault == RESET_UP || fault == HOLE_UP || fault == FIN_UP || fault == HALF_OPEN;
}

static void strike(struct link *link, struct pipe *pipe)
{
	link->struck = true;
	note(link, fault_names[link->fault]);
	switch (link->fault) {
	case CUT_UP:
	case CUT_DOWN:
		end_link(link, false);
		break;
	case RESET_UP:
	case RESET_DOWN:
		end_link(link, true);
		break;
	case HALF_OPEN:
		link->up.silent = link->down.silent = true;
		close_end(link, &link->down.from, true);
		end_later(link);
		break;
	case FIN_UP:
	case FIN_DOWN:
		shut(&pipe->other->from);
		pipe->silent = true;
		end_later(link);
		break;
	default:
		pipe->silent = true;
		end_later(link);
		break;
	}
}

static void on_late(uv_timer_t *timer)
{
	struct link *link = timer->data;
	size_t n = link->fault == SLOW && link->up.passed + link->down.passed < link->at ? SLOW_BYTES : HELD_MAX;

	if (link->ward->parted)
		return;
	give(&link->up, n);
	give(&link->down, n);
}

/* What came in goes on, as far as the line lets it. */
static void pass(struct pipe *pipe)
{
	struct link *link = pipe->link;
	bool strikes = link->fault > CLEAN && link->fault < DELAY && !link->struck &&
		       is_up(link->fault) == (pipe == &link->up);

	if (link->closing || !link->connected || link->ward->parted)
		return;
	if (link->fault == DELAY || link->fault == SLOW) {
		unsigned step = link->fault == SLOW ? SLOW_MS : link->wait_ms;

		if (!link->struck)
			note(link, fault_names[link->fault]);
		link->struck = true;
		if (!uv_is_active((uv_handle_t *)&link->timer))
			(void)uv_timer_start(&link->timer, on_late, step, step);
		return;
	}
	if (!strikes || pipe->passed + pipe->n_held < link->at) {
		give(pipe, HELD_MAX);
		return;
	}
	give(pipe, (size_t)(link->at - pipe->passed));
	strike(link, pipe);
}

/* ---- reading ---- */

static void on_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	struct link *link = handle->data;
	struct pipe *pipe = handle == (uv_handle_t *)&link->up.from ? &link->up : &link->down;
	size_t room = HELD_MAX - pipe->n_held;

	(void)wanted;
	*buffer = uv_buf_init((char *)pipe->held + pipe->n_held, (unsigned)(room < CHUNK ? room : CHUNK));
}

static void on_bytes(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct link *link = stream->data;
	struct pipe *pipe = stream == (uv_stream_t *)&link->up.from ? &link->up : &link->down;

	(void)buffer;
	if (n == UV_EOF) {
		pipe->ended = true;
		if (pipe->n_held == 0 && !link->closing)
			shut(&pipe->other->from);
		if (link->up.ended && link->down.ended)
			end_link(link, false);
	} else if (n < 0) {
		end_link(link, n == UV_ECONNRESET);
	} else if (n > 0) {
		pipe->n_held += (size_t)n;
		pass(pipe);
	}
}

static void on_unwanted_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	static char nowhere[CHUNK];

	(void)handle, (void)wanted;
	*buffer = uv_buf_init(nowhere, sizeof(nowhere));
}

static void on_unwanted(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	(void)buffer;
	if (n < 0)
		(void)uv_read_stop(stream);
}

static void on_copy_connected(uv_connect_t *request, int status)
{
	struct link *link = request->data;

	if (status == 0 && !link->closing)
		(void)uv_read_start((uv_stream_t *)&link->copy, on_unwanted_room, on_unwanted);
}

static void on_connected(uv_connect_t *request, int status)
{
	struct link *link = request->data;

	if (link->closing)
		return;
	if (status < 0) {
		end_link(link, true);
		return;
	}
	link->connected = true;
	(void)uv_read_start((uv_stream_t *)&link->down.from, on_room, on_bytes);
	pass(&link->up);
}

/* ---- connections ---- */

static void add_tcp(struct link *link, uv_tcp_t *tcp)
{
	(void)uv_tcp_init(loop, tcp);
	(void)uv_tcp_nodelay(tcp, 1);
	tcp->data = link;
	link->open++;
}

static struct link *new_link(struct ward *ward)
{
	struct link *link = calloc(1, sizeof(*link));

	if (link == NULL)
		abort();
	*link = (struct link){.ward = ward, .number = ++ward->connections, .next = links};
	links = link;
	n_made++;
	n_open++;
	link->up.link = link->down.link = link;
	link->up.other = &link->down;
	link->down.other = &link->up;
	add_tcp(link, &link->up.from);
	add_tcp(link, &link->down.from);
	(void)uv_timer_init(loop, &link->timer);
	link->timer.data = link->connecting.data = link->copying.data = link;
	link->open++;
	decide(link);
	return link;
}

static void on_connection(uv_stream_t *listener, int status)
{
	struct ward *ward = listener->data;
	struct sockaddr_in server;
	struct link *link;

	if (status < 0)
		return;
	link = new_link(ward);
	(void)uv_ip4_addr("127.0.0.1", target_port, &server);
	if (uv_accept(listener, (uv_stream_t *)&link->up.from) != 0 ||
	    uv_tcp_connect(&link->connecting, &link->down.from, (const struct sockaddr *)&server, on_connected) != 0) {
		end_link(link, true);
		return;
	}
	if (link->fault == TWICE) {
		link->copied = true;
		add_tcp(link, &link->copy);
		note(link, fault_names[TWICE]);
		(void)uv_tcp_connect(&link->copying, &link->copy, (const struct sockaddr *)&server, on_copy_connected);
	}
	(void)uv_read_start((uv_stream_t *)&link->up.from, on_room, on_bytes);
}

/* ---- commands ---- */

static struct ward *find(const char *name)
{
	for (unsigned i = 0; i < n_wards; i++)
		if (strcmp(wards[i].name, name) == 0)
			return &wards[i];
	return NULL;
}

static int open_ward(const char *name)
{
	struct ward *ward = &wards[n_wards];
	struct sockaddr_in address;
	int len = sizeof(address);

	if (n_wards == WARDS)
		return -1;
	(void)snprintf(ward->name, sizeof(ward->name), "%s", name);
	(void)uv_tcp_init(loop, &ward->listener);
	ward->listener.data = ward;
	(void)uv_ip4_addr("127.0.0.1", 0, &address);
	if (uv_tcp_bind(&ward->listener, (const struct sockaddr *)&address, 0) != 0 ||
	    uv_listen((uv_stream_t *)&ward->listener, BACKLOG, on_connection) != 0 ||
	    uv_tcp_getsockname(&ward->listener, (struct sockaddr *)&address, &len) != 0)
		return -1;
	n_wards++;
	return ntohs(address.sin_port);
}

static void end_links(const struct ward *ward)
{
	for (struct link *link = links; link != NULL; link = link->next)
		if (ward == NULL || link->ward == ward)
			end_link(link, true);
}

static int set_ward(struct ward *ward, const char *verb, int kind, int n)
{
	if (strcmp(verb, "faults") == 0) {
		ward->faults = kind != 0;
	} else if (strcmp(verb, "partition") == 0) {
		ward->parted = true;
	} else if (strcmp(verb, "heal") == 0) {
		if (ward->parted)
			end_links(ward);
		ward->parted = false;
	} else if (strcmp(verb, "fault") == 0 && kind > CLEAN && kind < FAULTS && n >= 0) {
		ward->next = (enum fault)kind;
		ward->next_at = (uint64_t)n;
	} else {
		return -1;
	}
	return 0;
}

static void run(char *line)
{
	char *rest = NULL;
	const char *verb = strtok_r(line, " ", &rest), *name = strtok_r(NULL, " ", &rest);
	const char *kind = strtok_r(NULL, " ", &rest), *n = strtok_r(NULL, " ", &rest);
	struct ward *ward = name != NULL ? find(name) : NULL;
	int answer = -1;

	if (verb != NULL && strcmp(verb, "count") == 0) {
		(void)printf("%u %u\n", n_made, n_open);
		return;
	}
	if (verb != NULL && name != NULL && strcmp(verb, "target") == 0) {
		target_port = (int)strtol(name, NULL, 10);
		end_links(NULL);
		answer = 0;
	} else if (verb != NULL && name != NULL && strcmp(verb, "ward") == 0) {
		answer = ward == NULL ? open_ward(name) : ntohs(0);
	} else if (verb != NULL && ward != NULL) {
		answer = set_ward(ward, verb, kind != NULL ? (int)strtol(kind, NULL, 10) : 0,
				  n != NULL ? (int)strtol(n, NULL, 10) : 0);
	}
	(void)printf("%d\n", answer);
}

static char command[LINE_MAX_LEN];
static size_t n_command;

static void on_command_room(uv_handle_t *handle, size_t wanted, uv_buf_t *buffer)
{
	(void)handle, (void)wanted;
	if (n_command == sizeof(command) - 1)
		n_command = 0;
	*buffer = uv_buf_init(command + n_command, (unsigned)(sizeof(command) - 1 - n_command));
}

static void on_command(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	char *end;

	(void)stream, (void)buffer;
	if (n < 0) {
		uv_stop(loop);
		return;
	}
	n_command += (size_t)n;
	command[n_command] = '\0';
	while ((end = strchr(command, '\n')) != NULL) {
		*end = '\0';
		run(command);
		n_command -= (size_t)(end + 1 - command);
		memmove(command, end + 1, n_command + 1);
	}
	(void)fflush(stdout);
}

int main(int argc, char **argv)
{
	uv_pipe_t commands;

	if (argc != 3 || (log_file = fopen(argv[2], "ae")) == NULL) {
		(void)fprintf(stderr, "usage: chibo_bad_line SEED LOGFILE\n");
		return 64;
	}
	seed = strtoull(argv[1], NULL, 10);
	loop = uv_default_loop();
	(void)signal(SIGPIPE, SIG_IGN);
	(void)uv_pipe_init(loop, &commands, 0);
	if (uv_pipe_open(&commands, 0) != 0 ||
	    uv_read_start((uv_stream_t *)&commands, on_command_room, on_command) != 0)
		return 70;
	(void)uv_run(loop, UV_RUN_DEFAULT);
	(void)fclose(log_file);
	return 0;
}
