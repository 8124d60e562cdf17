/* A sheet of cells: encoding and delimiter found out, libcsv strict, physical lines counted. */
#include "sheet.h"

#include <errno.h>
#include <iconv.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include <csv.h>
#include <sodium.h>
#include <utf8proc.h>

#include "files.h"

enum {
	FILE_MAX = 64 << 20,
	CELL_MAX = 32 << 10,
};

/* ---- Encoding ---- */

static bool is_utf8(const char *bytes, size_t n)
{
	while (n > 0) {
		utf8proc_int32_t c;
		utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)bytes,
							 (utf8proc_ssize_t)n, &c);

		if (used <= 0 || c == 0)
			return false;
		bytes += used;
		n -= (size_t)used;
	}
	return true;
}

static const char *guess(const char *bytes, size_t n)
{
	if (n >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0)
		return "utf-16le";
	return is_utf8(bytes, n) ? "utf-8" : "windows-1258";
}

/* The name iconv has for it; NULL if it is none of ours. */
static const char *iconv_name(const char *encoding)
{
	static const char *const names[][2] = {
		{"utf-8", "UTF-8"},
		{"utf-16le", "UTF-16LE"},
		{"windows-1258", "WINDOWS-1258"},
		{"tcvn3", "TCVN5712-1"},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (strcasecmp(names[i][0], encoding) == 0)
			return names[i][1];
	return NULL;
}

static bool convert(struct arena *arena, const char *name, const char *bytes, size_t n,
		    struct text *out)
{
	iconv_t converter = iconv_open("UTF-8", name);
	char *in = mem_copy(arena, bytes, n);
	bool good = converter != (iconv_t)-1;

	while (good && n > 0) {
		char piece[4096], *to = piece;
		size_t room = sizeof(piece);

		good = iconv(converter, &in, &n, &to, &room) != (size_t)-1 || errno == E2BIG;
		text_add(out, piece, sizeof(piece) - room);
	}
	if (good) {
		char rest[16], *to = rest;
		size_t room = sizeof(rest);

		iconv(converter, NULL, NULL, &to, &room);
		text_add(out, rest, sizeof(rest) - room);
	}
	if (converter != (iconv_t)-1)
		iconv_close(converter);
	return good;
}

/* UTF-8 without BOM. */
static bool decode(struct arena *arena, const char *bytes, size_t n, const char *encoding,
		   struct text *out)
{
	const char *name = iconv_name(encoding != NULL ? encoding : guess(bytes, n));

	text_init(out, arena);
	if (name == NULL)
		return false;
	if (strcmp(name, "UTF-16LE") == 0 && n >= 2 && memcmp(bytes, "\xff\xfe", 2) == 0) {
		bytes += 2;
		n -= 2;
	}
	if (!convert(arena, name, bytes, n, out) || !is_utf8(out->data, out->len))
		return false;
	if (strncmp(out->data, "\xef\xbb\xbf", 3) == 0) {
		out->data += 3;
		out->len -= 3;
	}
	return true;
}

/* ---- Delimiter ---- */

/* "sep=;" on a line of its own says it, and the line vanishes. */
static char declared(const char **text, size_t *n, unsigned *line)
{
	size_t skip = 5;
	char delimiter;

	if (*n <= 5 || strncmp(*text, "sep=", 4) != 0 || ((*text)[5] != '\r' && (*text)[5] != '\n'))
		return '\0';
	delimiter = (*text)[4];
	skip += (*text)[skip] == '\r';
	skip += skip < *n && (*text)[skip] == '\n';
	*text += skip;
	*n -= skip;
	*line = 2;
	return delimiter;
}

/* The one that stands most often outside quotes on any of the first lines. */
static char detect(const char *text)
{
	static const char delimiters[] = {';', ',', '\t'};
	size_t most = 0;
	char best = ',';

	for (int line = 0; line < 30 && *text != '\0'; line++) {
		size_t counts[3] = {0};
		bool quoted = false;

		for (; *text != '\0' && (quoted || *text != '\n'); text++) {
			quoted ^= *text == '"';
			for (int i = 0; i < 3 && !quoted; i++)
				counts[i] += *text == delimiters[i];
		}
		text += *text == '\n';
		for (int i = 0; i < 3; i++)
			if (counts[i] > most) {
				most = counts[i];
				best = delimiters[i];
			}
	}
	return best;
}

/* ---- Rows ---- */

struct reading {
	struct sheet *sheet;
	struct sheet_row row;
	size_t cells_capacity;
	bool bad;
};

static void on_cell(void *data, size_t n, void *owner)
{
	struct reading *reading = owner;
	struct sheet_row *row = &reading->row;

	row->cells = mem_grow(reading->sheet->arena, row->cells, row->n, &reading->cells_capacity,
			      sizeof(*row->cells));
	row->cells[row->n++] = data == NULL ? "" : mem_copy(reading->sheet->arena, data, n);
	reading->bad = reading->bad || n > CELL_MAX;
}

static void on_row(int terminator, void *owner)
{
	struct reading *reading = owner;
	struct sheet *sheet = reading->sheet;

	(void)terminator;
	sheet->rows = mem_grow(sheet->arena, sheet->rows, sheet->n_rows, &sheet->capacity,
			       sizeof(*sheet->rows));
	sheet->rows[sheet->n_rows++] = reading->row;
	reading->row = (struct sheet_row){0};
	reading->cells_capacity = 0;
}

/* Ends of line inside the quotes of the row that is being read are part of it. */
static bool parse_rows(struct sheet *sheet, const char *text, size_t n, unsigned line,
		       unsigned *bad_line)
{
	struct reading reading = {.sheet = sheet};
	struct csv_parser parser;
	bool good = csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL |
					      CSV_EMPTY_IS_NULL) == 0;

	csv_set_delim(&parser, (unsigned char)sheet->delimiter);
	while (good && n > 0) {
		const char *end = memchr(text, '\n', n);
		size_t piece = end == NULL ? n : (size_t)(end - text) + 1;

		if (reading.row.line == 0)
			reading.row.line = line;
		good = csv_parse(&parser, text, piece, on_cell, on_row, &reading) == piece &&
		       !reading.bad;
		/* Blank lines leave no row behind: the next one begins further down. */
		if (parser.pstate == 0 && reading.row.n == 0)
			reading.row.line = 0;
		*bad_line = line++;
		text += piece;
		n -= piece;
	}
	good = good && csv_fini(&parser, on_cell, on_row, &reading) == 0;
	csv_free(&parser);
	return good;
}

enum sheet_state sheet_parse(struct arena *arena, const char *bytes, size_t n, const char *encoding,
			     struct sheet *sheet, unsigned *bad_line)
{
	struct text text;
	const char *at;
	unsigned line = 1;
	size_t left;

	*sheet = (struct sheet){.arena = arena};
	*bad_line = 0;
	crypto_hash_sha256(sheet->hash, (const unsigned char *)bytes, n);
	if (n >= 4 && memcmp(bytes, "PK\x03\x04", 4) == 0)
		return SHEET_IS_ZIP;
	if (!decode(arena, bytes, n, encoding, &text))
		return SHEET_BAD_ENCODING;
	at = text.data;
	left = text.len;
	sheet->delimiter = declared(&at, &left, &line);
	if (sheet->delimiter == '\0')
		sheet->delimiter = detect(at);
	return parse_rows(sheet, at, left, line, bad_line) ? SHEET_READ : SHEET_BAD_QUOTES;
}

enum sheet_state sheet_read(struct arena *arena, const char *path, const char *encoding,
			    struct sheet *sheet, unsigned *bad_line)
{
	char *bytes;
	size_t n;

	if (file_read(arena, path, FILE_MAX, &bytes, &n) != FILE_READ)
		return SHEET_NO_FILE;
	return sheet_parse(arena, bytes, n, encoding, sheet, bad_line);
}
