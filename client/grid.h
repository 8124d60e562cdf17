/* A grid of texts and the ways to print it: table, one field per line, CSV, TSV. */
#ifndef CHIBO_CLIENT_GRID_H
#define CHIBO_CLIENT_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "mem.h"

struct grid {
	struct arena *arena;
	size_t n_columns;
	const char **titles; /* for people: labels; for machines: field names */
	bool *numeric;	     /* right-aligned for people, never quoted as text for machines */
	const char **cells;  /* row after row; NULL: absent */
	size_t n_rows;
	size_t capacity;
};

void grid_init(struct grid *grid, struct arena *arena, size_t n_columns);
void grid_title(struct grid *grid, size_t column, const char *title, bool numeric);
/* Room for one more row: its cells, all absent. */
const char **grid_row(struct grid *grid);

struct csv_style {
	char delimiter;
	bool bom;
	bool header;
};

/* Each returns false when the stream fails. `width` in columns; a table too wide becomes a list. */
bool grid_print_table(const struct grid *grid, FILE *out, size_t width, bool header);
bool grid_print_list(const struct grid *grid, FILE *out, size_t width);
bool grid_print_csv(const struct grid *grid, FILE *out, const struct csv_style *style);
bool grid_print_tsv(const struct grid *grid, FILE *out, bool header);

#endif
