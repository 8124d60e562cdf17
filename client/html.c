/* HTML for A4 sheets: no script, no link, no image, nothing that a reader would have to load. */
#include "html.h"

#include <string.h>

#include "clean.h"

static const char common_style[] =
	"@page { size: A4; margin: 20mm 15mm 20mm 30mm }\n"
	"body { font: 13pt/1.35 \"Times New Roman\", \"Liberation Serif\", serif; margin: 0 auto;"
	" max-width: 165mm }\n"
	"h1 { font-size: 15pt; text-align: center; margin: 0 0 6mm }\n"
	"h2 { font-size: 13pt; margin: 6mm 0 2mm }\n"
	"table.grid { border-collapse: collapse; width: 100%; font-size: 11pt }\n"
	"table.grid th, table.grid td { border: 0.5pt solid; padding: 1mm 1.5mm;"
	" vertical-align: top; text-align: left }\n"
	"table.grid td, table.pairs td { white-space: pre-line; overflow-wrap: anywhere }\n"
	"table.grid .n { text-align: right }\n"
	"table.grid .k { white-space: nowrap }\n"
	"@media screen { body { padding: 10mm 5mm } }\n"
	"thead { display: table-header-group }\n"
	"tr { break-inside: avoid }\n"
	"table.pairs { border-spacing: 0; margin-bottom: 4mm }\n"
	"table.pairs th { font-weight: normal; font-style: italic; text-align: left;"
	" padding: 0.5mm 5mm 0.5mm 0; vertical-align: top; white-space: nowrap }\n"
	"table.pairs td { padding: 0.5mm 0 }\n";

static const char *entity(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void put(FILE *out, const char *text)
{
	for (; *text != '\0'; text++) {
		const char *name = entity(*text);

		if (name != NULL)
			fputs(name, out);
		else
			fputc(*text, out);
	}
}

void html_text(FILE *out, struct arena *arena, const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end) {
		size_t line = strcspn(text, "\n");

		line = line < (size_t)(end - text) ? line : (size_t)(end - text);
		put(out, clean_shown(arena, mem_copy(arena, text, line)));
		text += line;
		if (text < end) {
			fputc('\n', out);
			text++;
		}
	}
}

static void put_all(FILE *out, struct arena *arena, const char *text)
{
	html_text(out, arena, text, strlen(text));
}

void html_begin(FILE *out, struct arena *arena, enum lang lang, const char *title,
		const char *style)
{
	fprintf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
		lang == LANG_EN ? "en" : "vi");
	fputs("<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n<title>",
	      out);
	put_all(out, arena, title);
	fprintf(out, "</title>\n<style>\n%s%s</style>\n</head>\n<body>\n", common_style, style);
}

void html_end(FILE *out)
{
	fputs("</body>\n</html>\n", out);
}

void html_heading(FILE *out, struct arena *arena, int level, const char *text)
{
	fprintf(out, "<h%d>", level);
	put_all(out, arena, text);
	fprintf(out, "</h%d>\n", level);
}

/* Numbers and dates are not broken. */
static bool is_kept(const char *text)
{
	return *text != '\0' && text[strspn(text, "0123456789 /:.,%-")] == '\0';
}

static void put_cell(FILE *out, const struct grid *grid, size_t column, const char *name,
		     const char *text)
{
	text = text == NULL ? "" : text;
	fprintf(out, "<%s class=\"%s%s\">", name, grid->numeric[column] ? "n" : "",
		is_kept(text) ? " k" : "");
	put_all(out, grid->arena, text);
	fprintf(out, "</%s>", name);
}

static void put_row(FILE *out, const struct grid *grid, const char *name, const char *const *cells)
{
	fputs("<tr>", out);
	for (size_t i = 0; i < grid->n_columns; i++)
		put_cell(out, grid, i, name, cells[i]);
	fputs("</tr>\n", out);
}

void html_table(FILE *out, const struct grid *grid, bool header)
{
	fputs("<table class=\"grid\">\n", out);
	if (header) {
		fputs("<thead>", out);
		put_row(out, grid, "th", grid->titles);
		fputs("</thead>\n", out);
	}
	fputs("<tbody>\n", out);
	for (size_t row = 0; row < grid->n_rows; row++)
		put_row(out, grid, "td", grid->cells + row * grid->n_columns);
	fputs("</tbody>\n</table>\n", out);
}

static void put_pairs(FILE *out, const struct grid *grid, const char *const *cells)
{
	fputs("<table class=\"pairs\">\n", out);
	for (size_t i = 0; i < grid->n_columns; i++) {
		if (cells[i] == NULL)
			continue;
		fputs("<tr><th>", out);
		put_all(out, grid->arena, grid->titles[i]);
		fputs("</th><td>", out);
		put_all(out, grid->arena, cells[i]);
		fputs("</td></tr>\n", out);
	}
	fputs("</table>\n", out);
}

void html_list(FILE *out, const struct grid *grid)
{
	for (size_t row = 0; row < grid->n_rows; row++)
		put_pairs(out, grid, grid->cells + row * grid->n_columns);
}
