/* Labelled bars on a terminal. */
#include "bars.h"

#include <stdlib.h>
#include <string.h>

#include "clean.h"

enum {
	GAP = 2,	       /* blanks around a bar */
	LABEL_PART = 3,	       /* labels take a third of the line at most */
	SHORTEST = 10,	       /* columns of a bar, however narrow the terminal */
	FARTHEST = 2 * BARS_WHOLE, /* that is drawn */
};

/* What all bars of a chart have in common. */
struct frame {
	size_t labels; /* columns of labels, */
	size_t area;   /* of bars */
	long scale;    /* tenths of a percent that fill the area */
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static struct frame measure(const struct bar *bars, size_t n, size_t width)
{
	struct frame frame = {.scale = BARS_WHOLE};
	size_t words = 0, taken;

	for (size_t i = 0; i < n; i++) {
		long reach = bars[i].share > bars[i].mark ? bars[i].share : bars[i].mark;

		frame.labels = larger(frame.labels, clean_width(bars[i].label));
		words = larger(words, clean_width(bars[i].words));
		frame.scale = reach > frame.scale ? reach : frame.scale;
	}
	frame.labels = frame.labels > width / LABEL_PART ? width / LABEL_PART : frame.labels;
	frame.scale = frame.scale > FARTHEST ? FARTHEST : frame.scale;
	taken = frame.labels + words + (size_t)2 * GAP;
	frame.area = width > taken + SHORTEST ? width - taken : SHORTEST;
	return frame;
}

/* Columns up to a share, to the nearest; something that is there is never drawn as nothing. */
static size_t columns_of(const struct frame *frame, long share)
{
	long columns;

	if (share <= 0)
		return 0;
	if (share > frame->scale)
		return frame->area;
	columns = (share * (long)frame->area * 2 + frame->scale) / (frame->scale * 2);
	return columns > 0 ? (size_t)columns : 1;
}

/* The column of the mark, counted from 1: the last one before it. */
static size_t mark_at(const struct frame *frame, const struct bar *bar)
{
	return bar->mark < 0 ? 0 : larger(columns_of(frame, bar->mark), 1);
}

static const char *cell(const struct frame *frame, const struct bar *bar, size_t column)
{
	size_t filled = columns_of(frame, bar->share);

	if (column == mark_at(frame, bar))
		return "|";
	if (column > filled)
		return " ";
	if (column == frame->area && bar->share > frame->scale)
		return "▶";
	return column > columns_of(frame, BARS_WHOLE) ? "▓" : "█";
}

static void pad(FILE *out, size_t n)
{
	while (n-- > 0)
		fputc(' ', out);
}

static void print_bar(const struct frame *frame, const struct bar *bar, FILE *out)
{
	bool words = *bar->words != '\0';
	size_t last = words ? frame->area : larger(columns_of(frame, bar->share), mark_at(frame, bar));

	if (words || last > 0)
		pad(out, GAP);
	for (size_t column = 1; column <= last; column++)
		fputs(cell(frame, bar, column), out);
	if (words) {
		pad(out, GAP);
		fputs(bar->words, out);
	}
	fputc('\n', out);
}

bool bars_print(struct arena *arena, const struct bar *bars, size_t n, FILE *out, size_t width)
{
	struct frame frame = measure(bars, n, width);

	for (size_t i = 0; i < n; i++) {
		const char *label = clean_wrap(arena, bars[i].label, larger(frame.labels, 1));
		size_t length = strcspn(label, "\n");
		const char *first = mem_copy(arena, label, length);

		fputs(first, out);
		if (bars[i].share >= 0 || bars[i].mark >= 0 || *bars[i].words != '\0')
			pad(out, frame.labels - clean_width(first));
		print_bar(&frame, &bars[i], out);
		if (label[length] == '\n')
			fprintf(out, "%s\n", label + length + 1);
	}
	return ferror(out) == 0;
}

long bars_tenths(const char *decimal)
{
	char *end;
	long whole = strtol(decimal, &end, 10);

	if (end == decimal || whole < 0 || whole > (long)BARS_WHOLE * BARS_WHOLE)
		return BARS_NONE;
	if (*end == '\0')
		return whole * 10;
	if (end[0] != '.' || end[1] < '0' || end[1] > '9' || end[2] != '\0')
		return BARS_NONE;
	return whole * 10 + (end[1] - '0');
}
