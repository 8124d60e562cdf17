/* Which records have bars, and from which fields. */
#include "chart.h"

#include <string.h>

#include "bars.h"
#include "render.h"
#include "value.h"

/* A share in percent; `due` of `whole` is where it ought to be. */
static const struct chart {
	const char *message, *label, *share, *due, *whole;
	enum say legend;
} charts[] = {
	{"ProgressRow", "unit_name", "year_pct", "pro_rata", "year_target", SAY_CHART_YEAR},
	{"ProgressRow", "unit_name", "term_pct", NULL, NULL, SAY_CHART_TERM},
};

struct bars {
	const struct chart *chart;
	struct bar *items;
	size_t n, capacity;
};

static long tenths(struct client *client, const ProtobufCMessage *row, const char *name)
{
	const ProtobufCFieldDescriptor *field =
		name == NULL ? NULL : value_field(row->descriptor, name);

	if (field == NULL || !value_has(row, field))
		return BARS_NONE;
	return bars_tenths(value_machine(&client->mem, row, field));
}

/* A record without a share, such as a unit without a target, has no bar. */
static void add_bar(struct client *client, struct bars *bars, const ProtobufCMessage *row)
{
	const struct chart *chart = bars->chart;
	long due = tenths(client, row, chart->due), whole = tenths(client, row, chart->whole);
	struct bar bar = {
		.label = render_field(client, row, chart->label),
		.share = tenths(client, row, chart->share),
		.mark = due >= 0 && whole > 0 ? due * BARS_WHOLE / whole : BARS_NONE,
		.words = render_field(client, row, chart->share),
	};

	if (bar.share < 0)
		return;
	bar.words = mem_format(&client->mem, "%s %%", bar.words);
	bars->items = mem_grow(&client->mem, bars->items, bars->n, &bars->capacity,
			       sizeof(*bars->items));
	bars->items[bars->n++] = bar;
}

/* All records of the kind that the chart is for, totals like others. */
static struct bars bars_of(struct client *client, const struct chart *chart,
			   const ProtobufCMessage *page)
{
	struct bars bars = {.chart = chart};

	for (unsigned i = 0; i < page->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &page->descriptor->fields[i];
		const ProtobufCMessageDescriptor *type = field->descriptor;

		if (field->type != PROTOBUF_C_TYPE_MESSAGE ||
		    strcmp(type->short_name, chart->message) != 0)
			continue;
		for (size_t row = 0; row < value_count(page, field); row++)
			add_bar(client, &bars, value_message(page, field, row));
	}
	return bars;
}

void chart_print(struct client *client, ProtobufCMessage *const *pages, size_t n_pages,
		 size_t width)
{
	for (size_t i = 0; i < sizeof(charts) / sizeof(charts[0]) && n_pages == 1; i++) {
		struct bars bars = bars_of(client, &charts[i], pages[0]);

		if (bars.n == 0)
			continue;
		fprintf(client->out, "\n%s\n", client_say(client, charts[i].legend));
		bars_print(&client->mem, bars.items, bars.n, client->out, width);
		return;
	}
}
