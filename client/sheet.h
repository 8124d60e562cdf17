/* A sheet of cells, read from a CSV file as offices make them. */
#ifndef CHIBO_CLIENT_SHEET_H
#define CHIBO_CLIENT_SHEET_H

#include <stddef.h>
#include <stdint.h>

#include "mem.h"

struct sheet_row {
	const char **cells; /* UTF-8, never NULL */
	size_t n;
	unsigned line; /* of the file, counted from 1, where the row begins */
};

struct sheet {
	struct arena *arena;
	struct sheet_row *rows;
	size_t n_rows;
	size_t capacity;
	char delimiter;
	uint8_t hash[32]; /* SHA-256 of the file's bytes */
};

enum sheet_state {
	SHEET_READ,
	SHEET_NO_FILE, /* errno tells why */
	SHEET_IS_ZIP,  /* an .xlsx */
	SHEET_BAD_ENCODING,
	SHEET_BAD_QUOTES, /* `bad_line` */
};

/* `encoding`: "utf-8", "utf-16le", "windows-1258", "tcvn3"; NULL finds out. */
enum sheet_state sheet_read(struct arena *arena, const char *path, const char *encoding,
			    struct sheet *sheet, unsigned *bad_line) MUST_CHECK;
/* Bytes instead of a file. */
enum sheet_state sheet_parse(struct arena *arena, const char *bytes, size_t n, const char *encoding,
			     struct sheet *sheet, unsigned *bad_line) MUST_CHECK;

#endif
