/* Pages to print: one file each, with everything in it, and everything in it escaped. */
#ifndef CHIBO_CLIENT_HTML_H
#define CHIBO_CLIENT_HTML_H

#include <stddef.h>
#include <stdio.h>

#include "grid.h"
#include "texts.h"

/* Text as it stands on the page: no mark-up, no control characters; ends of lines stay. */
void html_text(FILE *out, struct arena *arena, const char *text, size_t n);
/* Up to the body; `style` behind the common one. */
void html_begin(FILE *out, struct arena *arena, enum lang lang, const char *title,
		const char *style);
void html_end(FILE *out);
void html_heading(FILE *out, struct arena *arena, int level, const char *text);

/* Like grid_print_table and grid_print_list; a title row is repeated on each sheet. */
void html_table(FILE *out, const struct grid *grid, bool header);
void html_list(FILE *out, const struct grid *grid);

#endif
