/* Rows of a sheet become messages; offices title columns as they like, so titles are folded. */
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "clean.h"
#include "command.h"
#include "errors.h"
#include "value.h"

enum {
	HEADER_SEARCH = 40, /* rows from the top that may be the titles */
	HEADER_LEAST = 2,
	LIKENESS_LEAST = 8, /* letters of a title from which one may be wrong */
};

/* ---- Titles ---- */

/* How well a folded title fits a folded name: 0 not at all, more for the longer name. */
static size_t likeness(const char *title, const char *name)
{
	size_t n = strlen(name);

	if (n == 0)
		return 0;
	if (strcmp(title, name) == 0)
		return 1000;
	if (strchr(name, ' ') != NULL && strncmp(title, name, n) == 0 && title[n] == ' ')
		return n;
	return n >= LIKENESS_LEAST && clean_distance(title, name) == 1 ? 500 : 0;
}

struct match {
	struct column column;
	size_t likeness;
};

static void consider(struct match *best, const char *title, const char *name, struct column column)
{
	size_t alike = likeness(title, name);

	if (alike <= best->likeness)
		return;
	best->likeness = alike;
	best->column = column;
}

static void consider_fields(struct arena *arena, const ProtobufCMessageDescriptor *type,
			    const char *title, struct match *best)
{
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const struct field_text *text = text_field(type->short_name, field->name);
		struct column column = {.kind = COLUMN_FIELD, .field = field};

		if (field->type == PROTOBUF_C_TYPE_BYTES || strcmp(field->name, "row_no") == 0)
			continue;
		consider(best, title, clean_fold(arena, field->name), column);
		for (int lang = 0; text != NULL && lang < LANGS; lang++)
			consider(best, title, clean_fold(arena, text->label.in[lang]), column);
	}
}

static void consider_headers(const ProtobufCMessageDescriptor *type, const char *title,
			     struct match *best)
{
	bool named = value_field(type, "given_name") != NULL;
	const struct header_text *header;

	for (size_t i = 0; (header = text_header_at(i)) != NULL; i++) {
		const ProtobufCFieldDescriptor *field = value_field(type, header->field);
		struct column column = {.kind = COLUMN_FIELD, .field = field};

		if (field == NULL && !named)
			continue;
		if (strcmp(header->field, "full_name") == 0)
			column.kind = COLUMN_FULL_NAME;
		else if (strcmp(header->field, "names") == 0)
			column.kind = COLUMN_NAMES;
		if (field != NULL || column.kind != COLUMN_FIELD)
			consider(best, title, header->folded, column);
	}
}

static struct column column_of(struct arena *arena, const ProtobufCMessageDescriptor *type,
			       const char *cell)
{
	const char *title = clean_fold(arena, cell);
	struct match best = {0};

	consider_fields(arena, type, title, &best);
	consider_headers(type, title, &best);
	best.column.title = cell;
	return best.column;
}

bool lines_map(struct arena *arena, const struct sheet *sheet,
	       const ProtobufCMessageDescriptor *type, struct lines_map *map)
{
	size_t most = 0;

	*map = (struct lines_map){.type = type};
	for (size_t r = 0; r < sheet->n_rows && r < HEADER_SEARCH; r++) {
		const struct sheet_row *row = &sheet->rows[r];
		struct column *columns = mem_take(arena, (row->n + 1) * sizeof(*columns));
		size_t known = 0;

		for (size_t i = 0; i < row->n; i++) {
			columns[i] = column_of(arena, type, row->cells[i]);
			known += columns[i].kind != COLUMN_UNKNOWN;
		}
		if (known <= most)
			continue;
		most = known;
		map->header = r;
		map->columns = columns;
		map->n_columns = row->n;
	}
	return most >= HEADER_LEAST;
}

/* ---- Cells ---- */

/* A spreadsheet's guard against formulas, as our own CSV has it. */
static const char *unguarded(const char *cell)
{
	return cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@", cell[1]) != NULL ? cell + 1
										     : cell;
}

void lines_add_problem(struct client *client, struct lines *lines, unsigned row, const char *column,
		       const struct refusal *refusal, const char *value)
{
	lines->problems = mem_grow(&client->mem, lines->problems, lines->n_problems,
				   &lines->problems_capacity, sizeof(*lines->problems));
	lines->problems[lines->n_problems] = (struct line_problem){row, column, *refusal, value,
								   lines->n_problems};
	lines->n_problems++;
}

static int by_row(const void *a, const void *b)
{
	const struct line_problem *first = a, *second = b;

	if (first->row != second->row)
		return first->row < second->row ? -1 : 1;
	return first->order < second->order ? -1 : 1;
}

void lines_sort_problems(struct lines *lines)
{
	if (lines->n_problems > 0)
		qsort(lines->problems, lines->n_problems, sizeof(*lines->problems), by_row);
}

static void set_cell(struct client *client, struct lines *lines, struct line *line,
		     const struct column *column, const ProtobufCFieldDescriptor *field,
		     const char *text)
{
	struct refusal refusal;

	if (*text == '\0' || field == NULL ||
	    value_set(&client->mem, line->message, field, text, &refusal))
		return;
	line->bad = true;
	lines_add_problem(client, lines, line->row->line, column->title, &refusal, text);
}

/* "Nguyễn Thị Lan": family is the first word, given the last, the rest stands between. */
static void set_names(struct client *client, struct lines *lines, struct line *line,
		      const struct column *column, const char *cell)
{
	const ProtobufCMessageDescriptor *type = line->message->descriptor;
	const char *rule, *name = clean_input(&client->mem, cell, &rule);
	const char *first_end, *last;
	struct refusal refusal;

	if (name == NULL) {
		refusal_set(&refusal, STATUS_INVALID_ARGUMENT, rule, "full_name");
		line->bad = true;
		lines_add_problem(client, lines, line->row->line, column->title, &refusal, cell);
		return;
	}
	first_end = strchrnul(name, ' ');
	last = column->kind == COLUMN_FULL_NAME ? strrchr(name, ' ') : name + strlen(name);
	if (last == NULL) {
		set_cell(client, lines, line, column, value_field(type, "given_name"), name);
		return;
	}
	set_cell(client, lines, line, column, value_field(type, "family_name"),
		 mem_copy(&client->mem, name, (size_t)(first_end - name)));
	if (last > first_end)
		set_cell(client, lines, line, column, value_field(type, "middle_name"),
			 mem_copy(&client->mem, first_end + 1, (size_t)(last - first_end) - 1));
	if (column->kind == COLUMN_FULL_NAME)
		set_cell(client, lines, line, column, value_field(type, "given_name"), last + 1);
}

static void read_cell(struct client *client, struct lines *lines, struct line *line,
		      const struct column *column, const char *cell)
{
	if (column->kind == COLUMN_FIELD)
		set_cell(client, lines, line, column, column->field, cell);
	else if (column->kind != COLUMN_UNKNOWN && *cell != '\0')
		set_names(client, lines, line, column, cell);
}

/* ---- Rows ---- */

static bool is_blank(const char *cell)
{
	return cell[strspn(cell, " \t\r\n")] == '\0';
}

static size_t known_cells(const struct sheet_row *row, const struct lines_map *map)
{
	size_t n = 0;

	for (size_t i = 0; i < row->n && i < map->n_columns; i++)
		n += map->columns[i].kind != COLUMN_UNKNOWN && !is_blank(row->cells[i]);
	return n;
}

/* "1 2 3 …" below the titles, as printed forms have it. */
static bool is_numbering(struct arena *arena, const struct sheet_row *row)
{
	for (size_t i = 0; i < row->n; i++)
		if (strcmp(clean_fold(arena, row->cells[i]), mem_format(arena, "%zu", i + 1)) != 0)
			return false;
	return row->n > 0;
}

static bool is_total(struct arena *arena, const struct sheet_row *row)
{
	for (size_t i = 0; i < row->n; i++) {
		const char *folded = clean_fold(arena, row->cells[i]);

		if (*folded != '\0')
			return strncmp(folded, "tong so", 7) == 0 ||
			       strncmp(folded, "tong cong", 9) == 0 ||
			       strcmp(folded, "cong") == 0 || strcmp(folded, "total") == 0;
	}
	return false;
}

static bool has_more_cells(const struct sheet_row *row, const struct lines_map *map)
{
	for (size_t i = map->n_columns; i < row->n; i++)
		if (!is_blank(row->cells[i]))
			return true;
	return false;
}

static void read_row(struct client *client, const struct sheet_row *row,
		     const struct lines_map *map, struct lines *lines)
{
	const ProtobufCFieldDescriptor *number = value_field(map->type, "row_no");
	struct line line = {row, value_new(&client->mem, map->type), false};

	if (number != NULL)
		value_set_int32(line.message, number, (int32_t)row->line);
	for (size_t i = 0; i < row->n && i < map->n_columns; i++)
		read_cell(client, lines, &line, &map->columns[i], unguarded(row->cells[i]));
	if (has_more_cells(row, map)) {
		struct refusal refusal;
		const char *count = mem_format(&client->mem, "%zu", row->n);

		refusal_set(&refusal, STATUS_INVALID_ARGUMENT, "row_mixed", NULL);
		refusal_param(&refusal, "value", "%s", count);
		lines_add_problem(client, lines, row->line, "", &refusal, count);
		line.bad = true;
	}
	lines->items = mem_grow(&client->mem, lines->items, lines->n, &lines->capacity,
				sizeof(*lines->items));
	lines->items[lines->n++] = line;
}

/* Below the totals stand places, dates and signatures: one or two cells a row. */
void lines_read(struct client *client, const struct sheet *sheet, const struct lines_map *map,
		struct lines *lines)
{
	size_t least = 2;

	*lines = (struct lines){0};
	for (size_t r = map->header + 1; r < sheet->n_rows; r++) {
		const struct sheet_row *row = &sheet->rows[r];

		if (is_total(&client->mem, row)) {
			least = 3;
			continue;
		}
		if (known_cells(row, map) < least || is_numbering(&client->mem, row))
			continue;
		read_row(client, row, map, lines);
	}
}

/* ---- Files ---- */

static const char *known_titles(struct client *client, const ProtobufCMessageDescriptor *type)
{
	struct text titles;

	text_init(&titles, &client->mem);
	for (unsigned i = 0; i < type->n_fields; i++)
		if (type->fields[i].type != PROTOBUF_C_TYPE_BYTES &&
		    strcmp(type->fields[i].name, "row_no") != 0)
			text_printf(&titles, "%s%s", titles.len > 0 ? ", " : "",
				    text_label(client->lang, type->short_name,
					       type->fields[i].name));
	return titles.data;
}

static void tell_unknown(struct client *client, const struct lines_map *map)
{
	for (size_t i = 0; i < map->n_columns; i++) {
		const char *folded = clean_fold(&client->mem, map->columns[i].title);

		if (map->columns[i].kind == COLUMN_UNKNOWN && *folded != '\0' &&
		    !command_listed("stt,tt,so tt,so thu tu,ghi chu,loi,no", ',', folded))
			client_note(client, SAY_IMPORT_UNKNOWN_TITLE, "column",
				    clean_shown(&client->mem, map->columns[i].title), NULL);
	}
}

int lines_open(struct client *client, const char *path, const char *encoding,
	       const ProtobufCMessageDescriptor *type, struct sheet *sheet, struct lines_map *map)
{
	unsigned bad_line;

	*map = (struct lines_map){.type = type};
	switch (sheet_read(&client->mem, path, encoding, sheet, &bad_line)) {
	case SHEET_NO_FILE:
		return error_say(client, EXIT_OTHER, SAY_CANNOT_READ, "file", path, "why",
				 strerror(errno), NULL);
	case SHEET_IS_ZIP:
		return error_say(client, EXIT_REFUSED, SAY_IMPORT_IS_XLSX, "file", path, NULL);
	case SHEET_BAD_ENCODING:
		return error_say(client, EXIT_REFUSED, SAY_IMPORT_BAD_ENCODING, "file", path, NULL);
	case SHEET_BAD_QUOTES:
		return error_say(client, EXIT_REFUSED, SAY_IMPORT_BAD_QUOTES, "file", path, "row",
				 mem_format(&client->mem, "%u", bad_line), NULL);
	default:
		break;
	}
	if (!lines_map(&client->mem, sheet, type, map))
		return error_say(client, EXIT_REFUSED, SAY_IMPORT_NO_HEADER, "file", path,
				 "columns", known_titles(client, type), NULL);
	tell_unknown(client, map);
	return EXIT_DONE;
}

int lines_from_file(struct client *client, ProtobufCMessage *request,
		    const ProtobufCFieldDescriptor *field, const char *path)
{
	ProtobufCMessage **messages;
	struct lines_map map;
	struct lines lines;
	struct sheet sheet;
	int failed = lines_open(client, path, NULL, field->descriptor, &sheet, &map);

	if (failed != EXIT_DONE)
		return failed;
	lines_read(client, &sheet, &map, &lines);
	if (lines.n_problems > 0)
		return error_say(client, EXIT_REFUSED, SAY_BAD_LINES_FILE, "file", path, "row",
				 mem_format(&client->mem, "%u", lines.problems[0].row), "why",
				 error_sentence(client, &lines.problems[0].refusal,
						map.type->short_name),
				 NULL);
	messages = mem_take(&client->mem, (lines.n + 1) * sizeof(ProtobufCMessage *));
	for (size_t i = 0; i < lines.n; i++)
		messages[i] = lines.items[i].message;
	value_set_messages(request, field, messages, lines.n);
	return EXIT_DONE;
}
