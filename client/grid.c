/* A grid of texts and the ways to print it. */
#include "grid.h"

#include <stdlib.h>
#include <string.h>

#include <libsmartcols.h>

#include "clean.h"

enum {
	GAP = 2,       /* blanks between columns */
	NARROWEST = 8, /* columns below which a wrapped cell is no longer read */
	WIDEST = 1 << 16,
};

void grid_init(struct grid *grid, struct arena *arena, size_t n_columns)
{
	*grid = (struct grid){
		.arena = arena,
		.n_columns = n_columns,
		.titles = mem_take(arena, (n_columns + 1) * sizeof(*grid->titles)),
		.numeric = mem_take(arena, n_columns + 1),
	};
}

void grid_title(struct grid *grid, size_t column, const char *title, bool numeric)
{
	grid->titles[column] = title;
	grid->numeric[column] = numeric;
}

const char **grid_row(struct grid *grid)
{
	size_t row = grid->n_columns * sizeof(*grid->cells);

	grid->cells = mem_grow(grid->arena, grid->cells, grid->n_rows, &grid->capacity, row);
	return grid->cells + grid->n_rows++ * grid->n_columns;
}

static const char *cell(const struct grid *grid, size_t row, size_t column)
{
	const char *text = grid->cells[row * grid->n_columns + column];

	return text == NULL ? "" : text;
}

/* ---- Tables for people ---- */

/* Widest cell, and widest word: the least that the column can do with. */
static void measure(const struct grid *grid, size_t column, size_t *natural, size_t *least)
{
	*natural = clean_width(grid->titles[column]);
	*least = NARROWEST < *natural ? NARROWEST : *natural;
	for (size_t row = 0; row < grid->n_rows; row++) {
		const char *text = cell(grid, row, column);
		size_t width = clean_width(text);

		*natural = width > *natural ? width : *natural;
		for (const char *word = text; *word != '\0';) {
			size_t n = strcspn(word, " \n");
			size_t wide = clean_width(mem_copy(grid->arena, word, n));

			*least = wide > *least ? wide : *least;
			word += n + strspn(word + n, " \n");
		}
	}
	*least = *least > *natural || grid->numeric[column] ? *natural : *least;
}

/* Takes from the widest columns until all fit. False: they cannot. */
static bool fit(const struct grid *grid, size_t width, size_t *widths)
{
	size_t total = 0, *least = mem_take(grid->arena, (grid->n_columns + 1) * sizeof(*least));

	for (size_t i = 0; i < grid->n_columns; i++) {
		measure(grid, i, &widths[i], &least[i]);
		total += widths[i] + (i > 0 ? GAP : 0);
	}
	while (total > width) {
		size_t widest = grid->n_columns;

		for (size_t i = 0; i < grid->n_columns; i++)
			if (widths[i] > least[i] &&
			    (widest == grid->n_columns || widths[i] > widths[widest]))
				widest = i;
		if (widest == grid->n_columns)
			return false;
		widths[widest]--;
		total--;
	}
	return true;
}

/* All widths are settled here, so the library must not see a terminal and settle them again. */
static struct libscols_table *make_table(const struct grid *grid)
{
	struct libscols_table *table = scols_new_table();

	if (table == NULL)
		abort();
	scols_table_enable_noheadings(table, 1);
	scols_table_set_termforce(table, SCOLS_TERMFORCE_ALWAYS);
	scols_table_set_termwidth(table, WIDEST);
	scols_table_set_column_separator(table, "  ");
	for (size_t i = 0; i < grid->n_columns; i++) {
		struct libscols_column *column = scols_table_new_column(
			table, "", 0, SCOLS_FL_WRAP | (grid->numeric[i] ? SCOLS_FL_RIGHT : 0));

		if (column == NULL)
			abort();
		scols_column_set_wrapfunc(column, scols_wrapnl_chunksize, scols_wrapnl_nextchunk,
					  NULL);
		scols_column_set_safechars(column, "\n");
	}
	return table;
}

static void add_line(const struct grid *grid, struct libscols_table *table,
		     const char *const *cells, const size_t *widths)
{
	struct libscols_line *line = scols_table_new_line(table, NULL);

	if (line == NULL)
		abort();
	for (size_t i = 0; i < grid->n_columns; i++)
		scols_line_set_data(line, i,
				    clean_wrap(grid->arena, cells[i] == NULL ? "" : cells[i],
					       widths[i]));
}

/* The titles are a line like others: the library does not wrap headings (2.38). */
static void fill_table(const struct grid *grid, struct libscols_table *table, const size_t *widths,
		       bool header)
{
	if (header)
		add_line(grid, table, grid->titles, widths);
	for (size_t row = 0; row < grid->n_rows; row++)
		add_line(grid, table, grid->cells + row * grid->n_columns, widths);
}

/* libsmartcols pads the last column: blanks at line ends are cut off. */
static bool print_trimmed(FILE *out, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\n"), shown = n;

		while (shown > 0 && text[shown - 1] == ' ')
			shown--;
		fprintf(out, "%.*s\n", (int)shown, text);
		text += n + (text[n] == '\n');
	}
	return ferror(out) == 0;
}

bool grid_print_table(const struct grid *grid, FILE *out, size_t width, bool header)
{
	size_t *widths = mem_take(grid->arena, (grid->n_columns + 1) * sizeof(*widths));
	struct libscols_table *table;
	char *text = NULL;
	bool good;

	if (grid->n_columns == 0)
		return true;
	if (!fit(grid, width, widths))
		return grid_print_list(grid, out, width);
	table = make_table(grid);
	fill_table(grid, table, widths, header);
	good = scols_print_table_to_string(table, &text) == 0 && text != NULL &&
	       print_trimmed(out, text);
	free(text);
	scols_unref_table(table);
	return good;
}

static void pad(FILE *out, size_t n)
{
	while (n-- > 0)
		fputc(' ', out);
}

/* A label, then its value; later lines of a long value stand below its first. */
static void print_pair(const struct grid *grid, FILE *out, size_t label_width, size_t width,
		       const char *label, const char *value)
{
	size_t indent = label_width + GAP;
	const char *lines = clean_wrap(grid->arena, value,
				       width > indent + NARROWEST ? width - indent : NARROWEST);

	fprintf(out, "%s:", label);
	pad(out, label_width - clean_width(label) + (*lines != '\0' ? 1 : 0));
	while (*lines != '\0') {
		size_t n = strcspn(lines, "\n");

		fprintf(out, "%.*s", (int)n, lines);
		lines += n;
		if (*lines == '\n') {
			fputc('\n', out);
			lines++;
			pad(out, *lines == '\n' ? 0 : indent);
		}
	}
	fputc('\n', out);
}

static bool is_used(const struct grid *grid, size_t column)
{
	for (size_t row = 0; row < grid->n_rows; row++)
		if (grid->cells[row * grid->n_columns + column] != NULL)
			return true;
	return false;
}

bool grid_print_list(const struct grid *grid, FILE *out, size_t width)
{
	size_t label_width = 0;

	for (size_t i = 0; i < grid->n_columns; i++) {
		size_t w = is_used(grid, i) ? clean_width(grid->titles[i]) : 0;

		label_width = w > label_width ? w : label_width;
	}
	for (size_t row = 0; row < grid->n_rows; row++) {
		if (row > 0)
			fputc('\n', out);
		for (size_t i = 0; i < grid->n_columns; i++)
			if (grid->cells[row * grid->n_columns + i] != NULL)
				print_pair(grid, out, label_width, width, grid->titles[i],
					   cell(grid, row, i));
	}
	return ferror(out) == 0;
}

/* ---- For machines ---- */

static bool numeric_text(const char *text)
{
	size_t sign = text[0] == '-' || text[0] == '+';
	size_t n = strspn(text + sign, "0123456789.,");

	return n > 0 && text[sign + n] == '\0';
}

/* A cell that a spreadsheet would take for a formula gets an apostrophe, unless it is a number. */
static void put_csv_cell(FILE *out, const char *text, char delimiter)
{
	bool formula = *text != '\0' && strchr("=+-@\t\r", *text) != NULL && !numeric_text(text);
	bool quote = strpbrk(text, "\"\r\n") != NULL || strchr(text, delimiter) != NULL ||
		     *text == ' ';

	if (quote)
		fputc('"', out);
	if (formula)
		fputc('\'', out);
	for (; *text != '\0'; text++) {
		if (*text == '"')
			fputc('"', out);
		fputc(*text, out);
	}
	if (quote)
		fputc('"', out);
}

bool grid_print_csv(const struct grid *grid, FILE *out, const struct csv_style *style)
{
	if (style->bom)
		fputs("\xef\xbb\xbf", out);
	for (size_t row = style->header ? 0 : 1; row <= grid->n_rows; row++) {
		for (size_t i = 0; i < grid->n_columns; i++) {
			if (i > 0)
				fputc(style->delimiter, out);
			put_csv_cell(out, row == 0 ? grid->titles[i] : cell(grid, row - 1, i),
				     style->delimiter);
		}
		fputs("\r\n", out);
	}
	return ferror(out) == 0;
}

bool grid_print_tsv(const struct grid *grid, FILE *out, bool header)
{
	for (size_t row = header ? 0 : 1; row <= grid->n_rows; row++) {
		for (size_t i = 0; i < grid->n_columns; i++) {
			const char *text = row == 0 ? grid->titles[i] : cell(grid, row - 1, i);

			if (i > 0)
				fputc('\t', out);
			for (; *text != '\0'; text++)
				fputc(*text == '\t' || *text == '\n' || *text == '\r' ? ' ' : *text,
				      out);
		}
		fputc('\n', out);
	}
	return ferror(out) == 0;
}
