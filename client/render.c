/* An answer, printed as asked. Its first field is what machines get; people see all of it. */
#include "render.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "chart.h"
#include "clean.h"
#include "command.h"
#include "errors.h"
#include "html.h"
#include "json.h"
#include "push.h"
#include "value.h"

enum {
	WIDTH = 80, /* when nobody knows */
	WIDTH_MAX = 10000,
};

/* What one table or list of pairs is made from. */
struct view {
	const ProtobufCMessageDescriptor *type;
	const ProtobufCFieldDescriptor **columns;
	size_t n_columns;
	const ProtobufCMessage **rows;
	size_t n_rows;
	size_t capacity;
};

enum output render_output(const struct client *client)
{
	if (client->globals.output_given)
		return client->globals.output;
	return client->out == stdout && isatty(STDOUT_FILENO) ? OUTPUT_TABLE : OUTPUT_TSV;
}

bool render_is_human(const struct client *client)
{
	enum output output = render_output(client);

	return output == OUTPUT_TABLE || output == OUTPUT_WIDE || output == OUTPUT_HTML;
}

size_t render_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;
	long width = columns != NULL ? strtol(columns, NULL, 10) : 0;

	if (width <= 0 && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0)
		width = size.ws_col;
	return width > 0 && width < WIDTH_MAX ? (size_t)width : WIDTH;
}

/* ---- Views ---- */

static bool is_column(const ProtobufCFieldDescriptor *field)
{
	return field->type != PROTOBUF_C_TYPE_MESSAGE && field->label != PROTOBUF_C_LABEL_REPEATED;
}

static void add_column(struct view *view, const ProtobufCFieldDescriptor *field)
{
	view->columns[view->n_columns++] = field;
}

/* People do not need the ids of other records, and the position only serves paging. */
static bool is_noise(const struct client *client, const ProtobufCFieldDescriptor *field)
{
	return strcmp(field->name, "pos") == 0 ||
	       (value_is_uuid(field) && strcmp(field->name, "id") != 0 &&
		render_output(client) != OUTPUT_WIDE);
}

/* In the order of the list; all fields for an empty one, without the noise if `human`. */
static void choose_columns(struct client *client, struct view *view, const char *list, bool human)
{
	view->columns = mem_take(&client->mem, (view->type->n_fields + strlen(list) + 1) *
						       sizeof(*view->columns));
	for (unsigned i = 0; *list == '\0' && i < view->type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &view->type->fields[i];

		if (is_column(field) && !(human && is_noise(client, field)))
			add_column(view, field);
	}
	while (*list != '\0') {
		size_t n = strcspn(list, ",");
		const ProtobufCFieldDescriptor *field =
			value_field(view->type, mem_copy(&client->mem, list, n));

		if (field != NULL && is_column(field))
			add_column(view, field);
		list += n + (list[n] == ',');
	}
}

static void add_row(struct client *client, struct view *view, const ProtobufCMessage *message)
{
	view->rows = mem_grow(&client->mem, view->rows, view->n_rows, &view->capacity,
			      sizeof(*view->rows));
	view->rows[view->n_rows++] = message;
}

/* Rows of a message field over all pages. */
static struct view view_of(struct client *client, const ProtobufCFieldDescriptor *field,
			   ProtobufCMessage *const *pages, size_t n_pages)
{
	struct view view = {.type = field->descriptor};

	for (size_t page = 0; page < n_pages; page++)
		for (size_t i = 0; i < value_count(pages[page], field); i++)
			add_row(client, &view, value_message(pages[page], field, i));
	return view;
}

/* A column that no row fills is left out for people. */
static void drop_empty(struct view *view)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->n_columns; i++) {
		bool used = false;

		for (size_t row = 0; row < view->n_rows && !used; row++)
			used = value_has(view->rows[row], view->columns[i]);
		if (used)
			view->columns[kept++] = view->columns[i];
	}
	view->n_columns = kept;
}

static struct grid grid_of(struct client *client, const struct view *view, bool human)
{
	struct grid grid;

	grid_init(&grid, &client->mem, view->n_columns);
	for (size_t i = 0; i < view->n_columns; i++) {
		const ProtobufCFieldDescriptor *field = view->columns[i];

		grid_title(&grid, i,
			   human ? text_label(client->lang, view->type->short_name, field->name)
				 : field->name,
			   value_is_number(field) || value_is_decimal(field));
	}
	for (size_t row = 0; row < view->n_rows; row++) {
		const char **cells = grid_row(&grid);

		for (size_t i = 0; i < view->n_columns; i++) {
			const ProtobufCFieldDescriptor *field = view->columns[i];

			if (!value_has(view->rows[row], field))
				continue;
			cells[i] = human ? value_human(&client->mem, client->lang, view->rows[row],
						       field)
					 : clean_shown(&client->mem,
						       value_machine(&client->mem, view->rows[row],
								     field));
		}
	}
	return grid;
}

/* ---- For people ---- */

static void print_pairs(struct client *client, const struct grid *grid)
{
	if (render_output(client) == OUTPUT_HTML)
		html_list(client->out, grid);
	else
		grid_print_list(grid, client->out, render_width());
}

static void print_table(struct client *client, const struct grid *grid)
{
	if (render_output(client) == OUTPUT_HTML)
		html_table(client->out, grid, !client->globals.no_header);
	else
		grid_print_table(grid, client->out, render_width(), !client->globals.no_header);
}

static void print_heading(struct client *client, const char *text)
{
	if (render_output(client) == OUTPUT_HTML)
		html_heading(client->out, &client->mem, 2, text);
	else
		fprintf(client->out, "\n%s\n", text);
}

static void print_scalars(struct client *client, const ProtobufCMessage *message)
{
	struct view view = {.type = message->descriptor};
	struct grid grid;

	choose_columns(client, &view, "", true);
	add_row(client, &view, message);
	grid = grid_of(client, &view, true);
	print_pairs(client, &grid);
}

static void print_rows(struct client *client, struct view *view, const char *columns, bool as_list)
{
	struct grid grid;

	choose_columns(client, view, columns, true);
	if (client->globals.columns == NULL)
		drop_empty(view);
	grid = grid_of(client, view, true);
	if (as_list)
		print_pairs(client, &grid);
	else
		print_table(client, &grid);
}

/* A lone row behind a table is its total: pairs, not another table. */
static void print_field(struct client *client, const ProtobufCFieldDescriptor *field, bool first,
			ProtobufCMessage *const *pages, size_t n_pages, const char *columns)
{
	struct view view = view_of(client, field, pages, n_pages);
	bool repeated = field->label == PROTOBUF_C_LABEL_REPEATED;

	if (!first && view.n_rows > 0)
		print_heading(client, text_label(client->lang, NULL, field->name));
	if (!repeated && view.n_rows > 0)
		print_scalars(client, view.rows[0]);
	else if (view.n_rows > 0)
		print_rows(client, &view, columns, !first && view.n_rows == 1);
	else if (first)
		client_note(client, SAY_NO_ROWS, NULL);
}

static bool has_scalars(const ProtobufCMessage *message)
{
	for (unsigned i = 0; i < message->descriptor->n_fields; i++)
		if (is_column(&message->descriptor->fields[i]))
			return true;
	return false;
}

static void print_human(struct client *client, ProtobufCMessage *const *pages, size_t n_pages,
			const char *columns)
{
	const ProtobufCMessageDescriptor *type = pages[0]->descriptor;
	bool first = !has_scalars(pages[0]);

	if (!first)
		print_scalars(client, pages[0]);
	for (unsigned i = 0; i < type->n_fields; i++) {
		if (type->fields[i].type != PROTOBUF_C_TYPE_MESSAGE)
			continue;
		print_field(client, &type->fields[i], first, pages, n_pages, first ? columns : "");
		first = false;
	}
}

/* Bars are for the eye: not in a pipe or file, even as a table. */
static bool at_terminal(const struct client *client)
{
	return client->out == stdout && isatty(STDOUT_FILENO) && render_output(client) != OUTPUT_HTML;
}

static void begin_page(struct client *client)
{
	const char *title = client->title != NULL ? client->title : "chibo";

	html_begin(client->out, &client->mem, client->lang, title, "");
	html_heading(client->out, &client->mem, 1, title);
}

static void print_page(struct client *client, ProtobufCMessage *const *pages, size_t n_pages,
		       const char *columns)
{
	begin_page(client);
	print_human(client, pages, n_pages, columns);
	html_end(client->out);
}

/* ---- For machines ---- */

/* A response of one field is that field; a list over several pages is one array. */
static void print_json(struct client *client, ProtobufCMessage *const *pages, size_t n_pages)
{
	const ProtobufCMessageDescriptor *type = pages[0]->descriptor;
	const ProtobufCFieldDescriptor *field = type->n_fields == 1 ? &type->fields[0] : NULL;
	json_t *value;

	if (field == NULL || field->type != PROTOBUF_C_TYPE_MESSAGE) {
		json_print(json_message(&client->mem, pages[0]), client->out, JSON_INDENT(2));
		return;
	}
	value = json_field(&client->mem, pages[0], field);
	for (size_t i = 1; i < n_pages; i++) {
		json_t *more = json_field(&client->mem, pages[i], field);

		json_array_extend(value, more);
		json_decref(more);
	}
	json_print(value, client->out, JSON_INDENT(2));
}

/* Rows of the first field, or the response itself if that is no message. */
static struct view main_view(struct client *client, ProtobufCMessage *const *pages, size_t n_pages)
{
	const ProtobufCMessageDescriptor *type = pages[0]->descriptor;
	struct view view = {.type = type};

	if (type->n_fields > 0 && type->fields[0].type == PROTOBUF_C_TYPE_MESSAGE)
		return view_of(client, &type->fields[0], pages, n_pages);
	if (type->n_fields > 0)
		add_row(client, &view, pages[0]);
	return view;
}

static void print_ids(struct client *client, const struct view *view)
{
	const ProtobufCFieldDescriptor *field = value_field(view->type, "id");

	if (field == NULL)
		field = value_field(view->type, "code");
	if (field == NULL && view->type->n_fields > 0)
		field = &view->type->fields[0];
	for (size_t i = 0; field != NULL && i < view->n_rows; i++)
		if (value_has(view->rows[i], field))
			fprintf(client->out, "%s\n",
				clean_shown(&client->mem, value_machine(&client->mem, view->rows[i],
									field)));
}

static void print_machine(struct client *client, ProtobufCMessage *const *pages, size_t n_pages,
			  enum output output)
{
	const struct globals *globals = &client->globals;
	const struct csv_style style = {globals->delimiter, globals->excel, !globals->no_header};
	struct view view = main_view(client, pages, n_pages);
	struct grid grid;

	if (output == OUTPUT_ID) {
		print_ids(client, &view);
		return;
	}
	if (output == OUTPUT_JSONL) {
		for (size_t i = 0; i < view.n_rows; i++)
			json_print(json_message(&client->mem, view.rows[i]), client->out,
				   JSON_COMPACT);
		return;
	}
	choose_columns(client, &view, globals->columns != NULL ? globals->columns : "", false);
	grid = grid_of(client, &view, false);
	if (output == OUTPUT_CSV)
		grid_print_csv(&grid, client->out, &style);
	else
		grid_print_tsv(&grid, client->out, !globals->no_header);
}

int render_answer(struct client *client, const ProtobufCMessageDescriptor *type,
		  ProtobufCMessage *const *pages, size_t n_pages, const char *columns)
{
	enum output output = render_output(client);

	if (type->n_fields == 0 || n_pages == 0)
		return EXIT_DONE;
	push_close(client);
	if (client->globals.columns != NULL)
		columns = client->globals.columns;
	else if (output == OUTPUT_WIDE)
		columns = "";
	if (output == OUTPUT_JSON)
		print_json(client, pages, n_pages);
	else if (output == OUTPUT_HTML)
		print_page(client, pages, n_pages, columns);
	else if (render_is_human(client)) {
		print_human(client, pages, n_pages, columns);
		if (at_terminal(client))
			chart_print(client, pages, n_pages, render_width());
	} else
		print_machine(client, pages, n_pages, output);
	return EXIT_DONE;
}

int render_grid(struct client *client, const struct grid *grid)
{
	const struct globals *globals = &client->globals;
	const struct csv_style style = {globals->delimiter, globals->excel, !globals->no_header};

	push_close(client);
	if (render_output(client) == OUTPUT_HTML) {
		begin_page(client);
		html_table(client->out, grid, !globals->no_header);
		html_end(client->out);
	} else if (render_is_human(client))
		grid_print_table(grid, client->out, render_width(), !globals->no_header);
	else if (render_output(client) == OUTPUT_CSV)
		grid_print_csv(grid, client->out, &style);
	else
		grid_print_tsv(grid, client->out, !globals->no_header);
	return EXIT_DONE;
}

/* ---- --columns and --out ---- */

static const char *column_names(struct client *client, const ProtobufCMessageDescriptor *type)
{
	struct text names;

	text_init(&names, &client->mem);
	for (unsigned i = 0; i < type->n_fields; i++)
		if (is_column(&type->fields[i]))
			text_printf(&names, "%s%s", names.len > 0 ? "," : "", type->fields[i].name);
	return names.data;
}

int render_check_columns(struct client *client, const char *command,
			 const ProtobufCMessageDescriptor *type)
{
	const char *list = client->globals.columns;

	if (type->n_fields > 0 && type->fields[0].type == PROTOBUF_C_TYPE_MESSAGE)
		type = type->fields[0].descriptor;
	while (list != NULL && *list != '\0') {
		size_t n = strcspn(list, ",");
		const char *name = mem_copy(&client->mem, list, n);
		const ProtobufCFieldDescriptor *field = value_field(type, name);

		if (field == NULL || !is_column(field))
			return error_usage(client, command, SAY_UNKNOWN_COLUMN, "column", name,
					   "columns", column_names(client, type), NULL);
		list += n + (list[n] == ',');
	}
	return EXIT_DONE;
}

int render_open(struct client *client)
{
	const char *path = client->globals.out;

	if (path == NULL || strcmp(path, "-") == 0)
		return EXIT_DONE;
	client->out = fopen(path, "we");
	if (client->out != NULL)
		return EXIT_DONE;
	client->out = stdout;
	return error_cannot_write(client, path);
}

/* The write that failed may be long past, and its errno gone: the pipe itself is asked. */
static bool reader_is_gone(FILE *out)
{
	struct pollfd end = {.fd = fileno(out), .events = POLLOUT};

	return poll(&end, 1, 0) == 1 && (end.revents & POLLERR) != 0;
}

bool render_goes_out(const struct client *client)
{
	return fflush(client->out) == 0 && ferror(client->out) == 0 && !reader_is_gone(client->out);
}

int render_finish(struct client *client, int code)
{
	const char *path = client->globals.out != NULL ? client->globals.out : "-";

	errno = EIO;
	if (fflush(client->out) == 0 && ferror(client->out) == 0)
		return code;
	if (errno == EPIPE || reader_is_gone(client->out))
		return EXIT_DONE;
	return error_cannot_write(client, path);
}

const char *render_field(struct client *client, const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(message->descriptor, name);

	return value_has(message, field) ? value_human(&client->mem, client->lang, message, field)
					 : "";
}
