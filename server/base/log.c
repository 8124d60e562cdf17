/* The log: one line per event, logfmt, in one write. */
#include "log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "pre.h"

/* Longer lines are cut. Below PIPE_BUF, so that lines of two processes do not mix. */
#define LINE_MAX_BYTES 2048

static const struct {
	const char *name;
	char priority; /* of syslog, as journald reads it */
} levels[] = {
	[LOG_LEVEL_ERROR] = {"error", '3'},
	[LOG_LEVEL_WARN] = {"warn", '4'},
	[LOG_LEVEL_INFO] = {"info", '6'},
	[LOG_LEVEL_DEBUG] = {"debug", '7'},
};

/* The one thing that two servers in one process share, like stderr itself. */
static struct {
	int fd;
	enum log_level level;
	bool journal; /* journald reads the descriptor: it wants a priority and has a clock */
} sink = {.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO};

static _Thread_local uint64_t current_call;

/* $JOURNAL_STREAM names device and inode of the stream that journald reads. */
static bool is_journal(int fd)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device;
	struct stat st;
	char *colon;

	if (!stream || fstat(fd, &st) != 0)
		return false;
	device = strtoumax(stream, &colon, 10);
	return *colon == ':' && st.st_dev == device && st.st_ino == strtoumax(colon + 1, NULL, 10);
}

void log_open(int fd, enum log_level level)
{
	sink.fd = fd;
	sink.level = level;
	sink.journal = is_journal(fd);
}

void log_set_level(enum log_level level)
{
	sink.level = level;
}

bool log_level_parse(const char *name, enum log_level *level)
{
	for (size_t i = 0; i < sizeof levels / sizeof levels[0]; i++) {
		if (strcmp(levels[i].name, name) == 0) {
			*level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

uint64_t log_enter(uint64_t call)
{
	uint64_t before = current_call;

	current_call = call;
	return before;
}

void log_leave(uint64_t before)
{
	current_call = before;
}

struct line {
	char bytes[LINE_MAX_BYTES];
	size_t len; /* always leaves room for the newline */
};

__attribute__((format(printf, 2, 0)))
static void line_vadd(struct line *line, const char *format, va_list args)
{
	size_t room = sizeof line->bytes - 1 - line->len;
	int n = vsnprintf(line->bytes + line->len, room, format, args);

	if (n > 0)
		line->len += (size_t)n < room ? (size_t)n : room - 1;
}

__attribute__((format(printf, 2, 3))) static void line_add(struct line *line, const char *format,
							   ...)
{
	va_list args;

	va_start(args, format);
	line_vadd(line, format, args);
	va_end(args);
}

static void line_add_time(struct line *line)
{
	struct timespec now;
	struct tm utc;
	char text[32];

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &utc);
	line_add(line, "time=%s.%03ldZ ", text, now.tv_nsec / 1000000);
}

/* Whatever a caller forgot to quote: no control character leaves as itself. */
static void line_write(struct line *line)
{
	for (size_t i = 0; i < line->len; i++) {
		unsigned char c = (unsigned char)line->bytes[i];

		if (c < 0x20 || c == 0x7f)
			line->bytes[i] = '?';
	}
	line->bytes[line->len++] = '\n';
	/* A log that cannot be written has nowhere to complain. */
	if (write(sink.fd, line->bytes, line->len) < 0)
		return;
}

__attribute__((format(printf, 2, 0)))
static void emit(enum log_level level, const char *format, va_list args)
{
	struct line line = {.len = 0};
	int saved = errno;

	if (sink.journal)
		line_add(&line, "<%c>", levels[level].priority);
	else
		line_add_time(&line);
	line_add(&line, "level=%s ", levels[level].name);
	if (current_call)
		line_add(&line, "call=%" PRIu64 " ", current_call);
	line_vadd(&line, format, args);
	line_write(&line);
	errno = saved;
}

void log_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_ERROR, format, args);
	va_end(args);
}

void log_warn(const char *format, ...)
{
	va_list args;

	if (sink.level < LOG_LEVEL_WARN)
		return;
	va_start(args, format);
	emit(LOG_LEVEL_WARN, format, args);
	va_end(args);
}

void log_info(const char *format, ...)
{
	va_list args;

	if (sink.level < LOG_LEVEL_INFO)
		return;
	va_start(args, format);
	emit(LOG_LEVEL_INFO, format, args);
	va_end(args);
}

void log_debug(const char *format, ...)
{
	va_list args;

	if (sink.level < LOG_LEVEL_DEBUG)
		return;
	va_start(args, format);
	emit(LOG_LEVEL_DEBUG, format, args);
	va_end(args);
}

_Noreturn void log_fatal(int exit_code, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	emit(LOG_LEVEL_ERROR, format, args);
	va_end(args);
	exit(exit_code);
}

_Noreturn void pre_broken(const char *file, int line, const char *kind, const char *what)
{
	log_error("event=broken kind=%s at=%s:%d what=%s", kind, file, line, LOG_TEXT(what));
	abort();
}

/* Bytes that a quoted value cannot carry as themselves. Bytes of UTF-8 pass. */
static size_t escape(char out[4], unsigned char c)
{
	static const char digits[] = "0123456789abcdef";

	if (c == '"' || c == '\\') {
		out[0] = '\\';
		out[1] = (char)c;
		return 2;
	}
	if (c < 0x20 || c == 0x7f) {
		out[0] = '\\';
		out[1] = 'x';
		out[2] = digits[c >> 4];
		out[3] = digits[c & 15];
		return 4;
	}
	out[0] = (char)c;
	return 1;
}

const char *log_bytes(char out[LOG_TEXT_SIZE], const void *bytes, size_t len)
{
	const unsigned char *in = bytes;
	size_t used = 0;

	out[used++] = '"';
	/* One escape, the closing quote and the end must still fit. */
	for (size_t i = 0; i < len && used + 4 + 2 <= LOG_TEXT_SIZE; i++)
		used += escape(out + used, in[i]);
	out[used++] = '"';
	out[used] = '\0';
	return out;
}

const char *log_text(char out[LOG_TEXT_SIZE], const char *text)
{
	return text ? log_bytes(out, text, strlen(text)) : log_bytes(out, "", 0);
}

const char *log_hex(char out[LOG_HEX_SIZE], const void *bytes, size_t len)
{
	const unsigned char *in = bytes;
	size_t n = len < (LOG_HEX_SIZE - 1) / 2 ? len : (LOG_HEX_SIZE - 1) / 2;

	out[0] = '\0';
	for (size_t i = 0; i < n; i++)
		snprintf(out + 2 * i, 3, "%02x", in[i]);
	return out;
}
