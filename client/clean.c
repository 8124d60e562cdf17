/* Text in and out: normal forms, the guard before printing, width, wrapping and likeness. */
#include "clean.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

/* Returns what utf8proc made, copied into the arena. NULL: not UTF-8. */
static char *mapped(struct arena *arena, const char *text, utf8proc_option_t options)
{
	utf8proc_uint8_t *made = NULL;
	utf8proc_ssize_t n = utf8proc_map((const utf8proc_uint8_t *)text,
					  (utf8proc_ssize_t)strlen(text), &made, options);
	char *copy;

	if (n < 0)
		return NULL;
	copy = mem_copy(arena, (const char *)made, (size_t)n);
	free(made);
	return copy;
}

char *clean_nfc(struct arena *arena, const char *text)
{
	return mapped(arena, text, UTF8PROC_STABLE | UTF8PROC_COMPOSE);
}

/* One character from `*at`, which moves on; 0 at the end, -1 for a byte that is not UTF-8. */
static utf8proc_int32_t next_char(const char **at)
{
	utf8proc_int32_t c = 0;
	utf8proc_ssize_t n;

	if (**at == '\0')
		return 0;
	n = utf8proc_iterate((const utf8proc_uint8_t *)*at, -1, &c);
	*at += n > 0 ? n : 1;
	return n > 0 ? c : -1;
}

static void add_char(struct text *out, utf8proc_int32_t c)
{
	utf8proc_uint8_t bytes[4];
	utf8proc_ssize_t n = utf8proc_encode_char(c, bytes);

	text_add(out, (const char *)bytes, n > 0 ? (size_t)n : 0);
}

static bool is_blank(utf8proc_int32_t c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == 0xa0 || c == 0x202f ||
	       c == 0x3000 || (c >= 0x2000 && c <= 0x200a);
}

static bool is_invisible(utf8proc_int32_t c)
{
	return (c >= 0x200b && c <= 0x200d) || c == 0x2060 || c == 0xfeff || c == 0xad;
}

static bool is_bidi(utf8proc_int32_t c)
{
	return (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069) || c == 0x200e ||
	       c == 0x200f;
}

static bool is_control(utf8proc_int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || is_bidi(c) || c == 0x2028 || c == 0x2029;
}

static utf8proc_int32_t without_eth(utf8proc_int32_t c)
{
	return c == 0xd0 ? 0x110 : c == 0xf0 ? 0x111 : c;
}

char *clean_input(struct arena *arena, const char *text, const char **rule)
{
	const char *at = clean_nfc(arena, text);
	struct text out;
	bool blank = false;
	utf8proc_int32_t c;

	*rule = "utf8";
	if (at == NULL)
		return NULL;
	text_init(&out, arena);
	while ((c = next_char(&at)) != 0) {
		bool cyrillic = c >= 0x400 && c <= 0x52f;

		if (is_blank(c) || is_invisible(c)) {
			blank = blank || is_blank(c);
			continue;
		}
		*rule = cyrillic ? "look_alike" : "control";
		if (cyrillic || is_control(c))
			return NULL;
		if (blank && out.len > 0)
			text_putc(&out, ' ');
		blank = false;
		add_char(&out, without_eth(c));
	}
	return out.data;
}

char *clean_shown(struct arena *arena, const char *text)
{
	struct text out;
	const char *at = text;

	text_init(&out, arena);
	while (*at != '\0') {
		const char *start = at;
		utf8proc_int32_t c = next_char(&at);

		if (c < 0)
			add_char(&out, 0xfffd);
		else if (is_control(c))
			text_printf(&out, "\\u%04x", (unsigned)c);
		else
			text_add(&out, start, (size_t)(at - start));
	}
	return out.data;
}

void clean_print(FILE *out, const char *text)
{
	while (*text != '\0') {
		const char *start = text;
		utf8proc_int32_t c = next_char(&text);

		if (c < 0)
			fputs("\xef\xbf\xbd", out);
		else if (c != '\n' && is_control(c))
			fprintf(out, "\\u%04x", (unsigned)c);
		else
			fwrite(start, 1, (size_t)(text - start), out);
	}
}

/* STRIPMARK leaves đ alone: it has no decomposition. */
char *clean_fold(struct arena *arena, const char *text)
{
	const char *at = mapped(arena, text,
				UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK |
					UTF8PROC_CASEFOLD);
	struct text out;
	bool gap = false;
	utf8proc_int32_t c;

	text_init(&out, arena);
	while (at != NULL && (c = next_char(&at)) != 0) {
		utf8proc_category_t category = utf8proc_category(c);

		if (category > UTF8PROC_CATEGORY_LO && category != UTF8PROC_CATEGORY_ND) {
			gap = true;
			continue;
		}
		if (gap && out.len > 0)
			text_putc(&out, ' ');
		gap = false;
		add_char(&out, c == 0x111 || c == 0xf0 ? 'd' : c);
	}
	return out.data;
}

char clean_lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c - 'A' + 'a');
	return c;
}

char clean_upper(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	return c;
}

size_t clean_width(const char *text)
{
	size_t width = 0;
	utf8proc_int32_t c;

	while ((c = next_char(&text)) != 0)
		width += c < 0 ? 1 : (size_t)utf8proc_charwidth(c);
	return width;
}

/* Bytes of `word` that fit into `width` columns, at least one character. */
static size_t fitting(const char *word, size_t n, size_t width)
{
	const char *at = word;
	size_t used = 0;

	while (at < word + n) {
		const char *start = at;
		utf8proc_int32_t c = next_char(&at);

		used += c < 0 ? 1 : (size_t)utf8proc_charwidth(c);
		if (used > width && start > word)
			return (size_t)(start - word);
	}
	return n;
}

static size_t width_of(struct arena *arena, const char *word, size_t n)
{
	return clean_width(mem_copy(arena, word, n));
}

char *clean_wrap(struct arena *arena, const char *text, size_t width)
{
	struct text out;
	size_t column = 0;

	text_init(&out, arena);
	width = width == 0 ? 1 : width;
	while (*text != '\0') {
		size_t n = strcspn(text, " \n");
		size_t wide = width_of(arena, text, n);

		if (column > 0 && column + 1 + wide > width) {
			text_putc(&out, '\n');
			column = 0;
		} else if (column > 0) {
			text_putc(&out, ' ');
			column++;
		}
		while (wide > width) {
			size_t part = fitting(text, n, width);

			text_add(&out, text, part);
			text_putc(&out, '\n');
			text += part;
			n -= part;
			wide = width_of(arena, text, n);
		}
		text_add(&out, text, n);
		column += wide;
		text += n;
		text += strspn(text, " ");
		for (; *text == '\n'; column = 0)
			text_putc(&out, *text++);
	}
	return out.data;
}

enum { WORD_MAX = 64 };

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

size_t clean_distance(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);
	size_t d[3][WORD_MAX + 1];

	if (n > WORD_MAX || m > WORD_MAX)
		return WORD_MAX;
	for (size_t j = 0; j <= m; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= n; i++) {
		size_t *row = d[i % 3], *above = d[(i + 2) % 3], *above2 = d[(i + 1) % 3];

		row[0] = i;
		for (size_t j = 1; j <= m; j++) {
			row[j] = least(above[j] + 1, row[j - 1] + 1,
				       above[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				row[j] = least(row[j], above2[j - 2] + 1, row[j]);
		}
	}
	return d[n % 3][m];
}
