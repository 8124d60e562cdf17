/* The log: one line per event on stderr, logfmt, read by journald or by a person. */
#ifndef CHIBO_BASE_LOG_H
#define CHIBO_BASE_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

#define LOG_FORMAT __attribute__((format(printf, 1, 2)))

/* `format` is logfmt itself: log_info("event=closed conn=%" PRIu64 " reason=%s", …). Control
 * characters of the finished line are escaped, so a value cannot start a line of its own;
 * values that come from outside go through LOG_TEXT, so that they cannot start a field either.
 * errno is kept. */
void log_error(const char *format, ...) LOG_FORMAT;
void log_warn(const char *format, ...) LOG_FORMAT;
void log_info(const char *format, ...) LOG_FORMAT;
void log_debug(const char *format, ...) LOG_FORMAT;
/* Logs as an error and exits; for main.c. */
_Noreturn void log_fatal(int exit_code, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Untrusted text as a quoted logfmt value, cut at LOG_TEXT_SIZE. Lives as long as the block
 * around it. */
#define LOG_TEXT_SIZE 192
#define LOG_TEXT(text) log_text((char[LOG_TEXT_SIZE]){0}, (text))
#define LOG_BYTES(bytes, len) log_bytes((char[LOG_TEXT_SIZE]){0}, (bytes), (len))
/* The first 16 bytes in hexadecimal, for ids. */
#define LOG_HEX_SIZE 33
#define LOG_HEX(bytes, len) log_hex((char[LOG_HEX_SIZE]){0}, (bytes), (len))

const char *log_text(char out[LOG_TEXT_SIZE], const char *text); /* text may be NULL */
const char *log_bytes(char out[LOG_TEXT_SIZE], const void *bytes, size_t len);
const char *log_hex(char out[LOG_HEX_SIZE], const void *bytes, size_t len);

/* Lines of this thread carry call=`number` until log_leave; 0 means none. Returns the number
 * before. */
uint64_t log_enter(uint64_t call);
void log_leave(uint64_t before);

/* To the descriptor, which is borrowed. Before this call: stderr, LOG_LEVEL_INFO. */
void log_open(int fd, enum log_level level);
void log_set_level(enum log_level level);
bool log_level_parse(const char *name, enum log_level *level);

#endif
