/* What an import tells: problems cell by cell, the file of rejected rows, the sums. */
#include "import_report.h"

#include <string.h>

#include "clean.h"
#include "errors.h"
#include "grid.h"
#include "json.h"
#include "render.h"

/* The sentence about one cell. */
static const char *reason(struct client *client, const struct line_problem *problem)
{
	return error_sentence(client, &problem->refusal, "MemberLine");
}

static json_t *problem_json(struct client *client, const struct line_problem *problem)
{
	json_t *object = json_object();

	json_object_set_new(object, "row_no", json_integer(problem->row));
	json_object_set_new(object, "field", json_string(problem->refusal.field));
	json_object_set_new(object, "rule", json_string(problem->refusal.rule));
	json_object_set_new(object, "value",
			    json_string(clean_shown(&client->mem, problem->value)));
	json_object_set_new(object, "message", json_string(reason(client, problem)));
	return object;
}

static void report_json(struct client *client, const struct lines *lines,
			const struct import_result *result)
{
	json_t *object = json_object(), *problems = json_array();

	json_object_set_new(object, "dry_run", json_boolean(client->globals.dry_run));
	json_object_set_new(object, "good", json_integer((json_int_t)result->good));
	json_object_set_new(object, "bad", json_integer((json_int_t)result->bad));
	json_object_set_new(object, "added", json_integer(result->added));
	json_object_set_new(object, "matched", json_integer(result->matched));
	json_object_set_new(object, "before", json_integer(result->before));
	for (size_t i = 0; i < lines->n_problems; i++)
		json_array_append_new(problems, problem_json(client, &lines->problems[i]));
	json_object_set_new(object, "problems", problems);
	json_print(object, client->out, JSON_INDENT(2));
}

static void report_problems(struct client *client, const struct lines *lines)
{
	static const char *const names[] = {"row_no", "field", "value", "reason"};
	static const enum say labels[] = {SAY_PROBLEM_ROW, SAY_PROBLEM_FIELD, SAY_PROBLEM_VALUE,
					  SAY_PROBLEM_REASON};
	bool human = render_is_human(client);
	struct grid grid;

	if (lines->n_problems == 0)
		return;
	grid_init(&grid, &client->mem, 4);
	for (size_t i = 0; i < 4; i++)
		grid_title(&grid, i, human ? client_say(client, labels[i]) : names[i], i == 0);
	for (size_t i = 0; i < lines->n_problems; i++) {
		const struct line_problem *problem = &lines->problems[i];
		const char **row = grid_row(&grid);

		row[0] = mem_format(&client->mem, "%u", problem->row);
		row[1] = clean_shown(&client->mem, human ? problem->column : problem->refusal.field);
		row[2] = clean_shown(&client->mem, problem->value);
		row[3] = reason(client, problem);
	}
	render_grid(client, &grid);
}

void import_report(struct client *client, const struct lines *lines,
		   const struct import_result *result, bool finished)
{
	const char *good = mem_format(&client->mem, "%zu", result->good);
	const char *bad = mem_format(&client->mem, "%zu", result->bad);

	if (render_output(client) == OUTPUT_JSON || render_output(client) == OUTPUT_JSONL)
		report_json(client, lines, result);
	else
		report_problems(client, lines);
	if (client->globals.dry_run)
		client_note(client, SAY_IMPORT_DRY, "good", good, "bad", bad, NULL);
	else if (finished)
		client_note(client, SAY_IMPORT_DONE, "added",
			    mem_format(&client->mem, "%d", (int)result->added), "matched",
			    mem_format(&client->mem, "%d", (int)result->matched), "before",
			    mem_format(&client->mem, "%d", (int)result->before), "bad", bad, NULL);
}

/* All reasons of one row. */
static const char *reasons(struct client *client, const struct lines *lines, unsigned row)
{
	struct text text;

	text_init(&text, &client->mem);
	for (size_t i = 0; i < lines->n_problems; i++)
		if (lines->problems[i].row == row)
			text_printf(&text, "%s%s", text.len > 0 ? " " : "",
				    reason(client, &lines->problems[i]));
	return text.data;
}

/* An earlier "Lỗi" column is not carried along. */
static size_t width_without_reasons(struct client *client, const struct lines_map *map)
{
	size_t n = map->n_columns;

	while (n > 0 && strcmp(clean_fold(&client->mem, map->columns[n - 1].title), "loi") == 0)
		n--;
	return n;
}

int import_reject(struct client *client, const char *path, const struct sheet *sheet,
		  const struct lines_map *map, const struct lines *lines)
{
	const struct csv_style style = {sheet->delimiter, true, true};
	size_t n = width_without_reasons(client, map);
	struct grid grid;
	FILE *file;
	bool good;

	grid_init(&grid, &client->mem, n + 1);
	for (size_t i = 0; i < n; i++)
		grid_title(&grid, i, map->columns[i].title, false);
	grid_title(&grid, n, client_say(client, SAY_REJECT_COLUMN), false);
	for (size_t i = 0; i < lines->n; i++) {
		const struct sheet_row *row = lines->items[i].row;
		const char **cells;

		if (!lines->items[i].bad)
			continue;
		cells = grid_row(&grid);
		for (size_t c = 0; c < n && c < row->n; c++)
			cells[c] = row->cells[c];
		cells[n] = reasons(client, lines, row->line);
	}
	if (path == NULL || grid.n_rows == 0)
		return EXIT_DONE;
	file = fopen(path, "we");
	good = file != NULL && grid_print_csv(&grid, file, &style);
	if (file == NULL || fclose(file) != 0 || !good)
		return error_cannot_write(client, path);
	client_note(client, SAY_IMPORT_REJECTED, "bad",
		    mem_format(&client->mem, "%zu", grid.n_rows), "file", path, NULL);
	return EXIT_DONE;
}
