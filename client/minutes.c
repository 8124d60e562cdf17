/* chibo minutes print: one version of a meeting's minutes as a paper of the Party looks (HD 36-HD/VPTW):
 * units at the left, the Party's name at the right with a rule beneath, title, text, two signatures.
 * The server's text has blocks with an empty line between them; what it says is printed as it is. */
#include <string.h>

#include "call.h"
#include "chibo/v1/minutes.pb-c.h"
#include "dates.h"
#include "errors.h"
#include "hand.h"
#include "html.h"
#include "run.h"
#include "value.h"

static const char style[] =
	"body { font-size: 14pt; line-height: 1.4 }\n"
	"table.head { width: 100%; border-spacing: 0; text-align: center; margin-bottom: 8mm }\n"
	"table.head td { vertical-align: top; padding: 0 }\n"
	"table.head td:first-child { width: 42% }\n"
	".unit, .party, .title, h2, .role { font-weight: bold }\n"
	".party span { border-bottom: 0.75pt solid; padding-bottom: 0.5mm; white-space: nowrap }\n"
	".place { font-style: italic; font-size: 13pt; margin-top: 2.5mm }\n"
	".title { text-align: center; font-size: 16pt }\n"
	".subtitle { text-align: center; font-weight: bold }\n"
	".rule { width: 30mm; border: 0; border-top: 0.75pt solid; margin: 1.5mm auto 6mm }\n"
	"h2 { font-size: 14pt; margin: 4mm 0 1.5mm; break-after: avoid }\n"
	"p { margin: 0 0 1.5mm; text-align: justify; text-indent: 10mm }\n"
	"p.more { margin-left: 10mm; text-indent: 0 }\n"
	"table.signed { width: 100%; margin-top: 8mm; text-align: center; break-inside: avoid }\n"
	"table.signed td { width: 50%; vertical-align: top }\n"
	".name { margin-top: 22mm; font-weight: bold }\n"
	".when { font-size: 11pt; font-style: italic }\n"
	"footer { margin-top: 10mm; border-top: 0.5pt solid; padding-top: 1.5mm;"
	" font-size: 9.5pt; overflow-wrap: anywhere }\n";

struct paper {
	struct client *client;
	const Chibo__V1__Minutes *minutes;
	const char *at; /* what of the text is not printed yet */
};

/* A block or a line of it, not terminated. */
struct piece {
	const char *text;
	size_t n;
};

static struct piece take(const char **at, size_t n, size_t separator)
{
	struct piece piece = {*at, n};

	*at += n;
	for (size_t i = 0; i < separator && **at == '\n'; i++)
		(*at)++;
	return piece;
}

static struct piece next_block(struct paper *paper)
{
	const char *end = strstr(paper->at, "\n\n");

	return take(&paper->at, end == NULL ? strlen(paper->at) : (size_t)(end - paper->at), 2);
}

static struct piece next_line(struct piece *block)
{
	const char *end = memchr(block->text, '\n', block->n);
	size_t n = end == NULL ? block->n : (size_t)(end - block->text);
	struct piece line = {block->text, n};

	n += end != NULL;
	block->text += n;
	block->n -= n;
	return line;
}

static bool begins(struct piece piece, const char *word)
{
	return piece.n > strlen(word) && strncmp(piece.text, word, strlen(word)) == 0;
}

static void put_element(struct paper *paper, const char *open, struct piece text, const char *close)
{
	struct client *client = paper->client;

	fputs(open, client->out);
	html_text(client->out, &client->mem, text.text, text.n);
	fputs(close, client->out);
}

static void put_words(struct paper *paper, const char *open, const char *text, const char *close)
{
	put_element(paper, open, (struct piece){text, strlen(text)}, close);
}

/* ---- The parts of the form ---- */

/* The lowest unit stands last and bold, the one above it over it. */
static void put_units(struct paper *paper, struct piece units)
{
	while (units.n > 0) {
		struct piece line = next_line(&units);

		put_element(paper, units.n > 0 ? "<div>" : "<div class=\"unit\">", line, "</div>\n");
	}
	fputs("<div>*</div>\n", paper->client->out);
}

static void put_head(struct paper *paper)
{
	struct piece units = next_block(paper), party = next_block(paper);

	fputs("<table class=\"head\"><tr><td>\n", paper->client->out);
	put_units(paper, units);
	put_element(paper, "</td><td>\n<div class=\"party\"><span>", next_line(&party), "</span></div>\n");
	put_element(paper, "<div class=\"place\">", party, "</div>\n</td></tr></table>\n");
}

static void put_title(struct paper *paper)
{
	struct piece title = next_block(paper);

	put_element(paper, "<div class=\"title\">", next_line(&title), "</div>\n");
	while (title.n > 0)
		put_element(paper, "<div class=\"subtitle\">", next_line(&title), "</div>\n");
	fputs("<hr class=\"rule\">\n", paper->client->out);
}

/* When he signed this version; earlier versions end in other blocks, without a time. */
static void put_signer(struct paper *paper, const char *role, struct piece line,
		       bool is_signed, int64_t at)
{
	size_t skip = strcspn(line.text, ":") + 2;
	struct piece name = {line.text + skip, line.n - skip};
	const char *when = is_signed ? date_instant(&paper->client->mem, at, DATE_SHOWN) : "";

	put_words(paper, "<td><div class=\"role\">", role, "</div>\n");
	put_words(paper, "<div class=\"when\">", is_signed ? "đã ký lúc " : "", "");
	put_words(paper, "", when, "</div>\n");
	put_element(paper, "<div class=\"name\">", name, "</div></td>\n");
}

static void put_signatures(struct paper *paper, struct piece block)
{
	const Chibo__V1__Minutes *m = paper->minutes;
	bool last = *paper->at == '\0';
	struct piece chair = next_line(&block), clerk = next_line(&block);

	fputs("<table class=\"signed\"><tr>\n", paper->client->out);
	put_signer(paper, "THƯ KÝ", clerk, last && m->has_clerk_signed_at_us, m->clerk_signed_at_us);
	put_signer(paper, "CHỦ TRÌ", chair, last && m->has_chair_signed_at_us, m->chair_signed_at_us);
	fputs("</tr></table>\n", paper->client->out);
}

static bool is_signatures(struct piece block)
{
	next_line(&block);
	return begins(block, "THƯ KÝ: ");
}

/* Its first line is a heading; lines of what people wrote stand indented. */
static void put_section(struct paper *paper, struct piece block)
{
	put_element(paper, "<h2>", next_line(&block), "</h2>\n");
	while (block.n > 0) {
		struct piece line = next_line(&block);

		put_element(paper, begins(line, "  ") ? "<p class=\"more\">" : "<p>", line, "</p>\n");
	}
}

static void put_footer(struct paper *paper)
{
	struct client *client = paper->client;
	const ProtobufCMessage *message = &paper->minutes->base;
	const char *state = value_human(&client->mem, LANG_VI, message,
					value_field(message->descriptor, "state"));

	put_words(paper, "<footer>",
		  mem_format(&client->mem, "Bản số %d, %s. SHA-256: ", paper->minutes->number,
			     state),
		  "");
	put_words(paper, "", paper->minutes->hash == NULL ? "" : paper->minutes->hash, "</footer>\n");
}

static void put_paper(struct client *client, const Chibo__V1__Minutes *minutes)
{
	struct paper paper = {client, minutes, minutes->body};

	html_begin(client->out, &client->mem, LANG_VI, "Biên bản", style);
	put_head(&paper);
	put_title(&paper);
	while (*paper.at != '\0') {
		struct piece block = next_block(&paper);

		if (begins(block, "CHỦ TRÌ: ") && is_signatures(block))
			put_signatures(&paper, block);
		else if (block.n > 0)
			put_section(&paper, block);
	}
	put_footer(&paper);
	html_end(client->out);
}

int minutes_print_run(struct client *client, const struct args *args)
{
	Chibo__V1__MinutesGetRequest *request = mem_take(&client->mem, sizeof(*request));
	const ProtobufCFieldDescriptor *id;
	const Chibo__V1__MinutesGetResponse *answer;
	struct refusal refusal;
	struct verb verb;
	struct call call;

	chibo__v1__minutes_get_request__init(request);
	id = value_field(request->base.descriptor, "id");
	if (args->n_words != 1)
		return error_usage(client, "minutes print", SAY_WORD_MISSING, "usage",
				   text_command("minutes print")->usage, NULL);
	if (!value_set(&client->mem, &request->base, id, args->words[0], &refusal))
		return error_refusal(client, &refusal, request->base.descriptor->short_name, NULL);
	command_known_verb(&client->mem, "Minutes", "Get", &verb);
	call_init(client, &call, &verb, &request->base);
	call.dry_run = false;
	call.line_only = true; /* a paper without its signatures is none */
	if (!call_run(client, &call))
		return call_fail(client, &call);
	answer = (const Chibo__V1__MinutesGetResponse *)call.response;
	if (answer->minutes == NULL || answer->minutes->body == NULL)
		return error_say(client, EXIT_NO_RIGHT, SAY_NO_MINUTES_TEXT, NULL);
	put_paper(client, answer->minutes);
	return EXIT_DONE;
}
