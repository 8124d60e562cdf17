/* Shapes of plain values. */
#include "plain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

enum { NATIONAL_ID = 12, OLD_NATIONAL_ID = 9, PLACE = 3, CENTURY_AND_SEX = 3, YEAR = 4 };

static bool all_digits(const char *text)
{
	return text[strspn(text, "0123456789")] == '\0';
}

const char *plain_national_id(const char *text)
{
	size_t len = strlen(text);

	if (!all_digits(text) || (len != NATIONAL_ID && len != OLD_NATIONAL_ID))
		return "format";
	if (len == NATIONAL_ID && text[CENTURY_AND_SEX] > '3')
		return "format";
	return NULL;
}

/* The codes stayed when provinces were merged. */
static bool is_place(const char code[static PLACE])
{
	static const char known[] =
		"001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 "
		"038 040 042 044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 "
		"080 082 083 084 086 087 089 091 092 093 094 095 096";
	char word[PLACE + 1];

	(void)snprintf(word, sizeof word, "%.3s", code);
	return strstr(known, word) != NULL;
}

bool plain_national_id_tells(const char *text, char told[static PLAIN_TOLD])
{
	int digit = text[CENTURY_AND_SEX] - '0';

	if (strlen(text) != NATIONAL_ID)
		return false;
	(void)snprintf(told, PLAIN_TOLD, "%s %d%.2s %s", digit % 2 == 0 ? "male" : "female", 19 + digit / 2,
		       text + YEAR, is_place(text) ? "known" : "unknown");
	return true;
}

const char *plain_phone(const char *text)
{
	size_t len;

	if (strncmp(text, "+84", 3) != 0 || !all_digits(text + 3))
		return "format";
	text += 3;
	len = strlen(text);
	if (len == 9 && strchr("35789", *text))
		return NULL;
	return len == 10 && *text == '2' ? NULL : "format";
}

/* ---- free texts ---- */

static bool is_white(utf8proc_int32_t c)
{
	utf8proc_category_t category = utf8proc_category(c);

	return category == UTF8PROC_CATEGORY_ZS || category == UTF8PROC_CATEGORY_ZL ||
	       category == UTF8PROC_CATEGORY_ZP;
}

static bool is_barred(utf8proc_int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xa0 || c == 0x200b || c == 0xfeff;
}

static bool is_composed(const char *text)
{
	utf8proc_uint8_t *composed = utf8proc_NFC((const utf8proc_uint8_t *)text);
	bool same = composed && strcmp((const char *)composed, text) == 0;

	free(composed);
	return same;
}

static const char *check_text(const char *text, size_t max)
{
	const utf8proc_uint8_t *at = (const utf8proc_uint8_t *)text;
	utf8proc_int32_t c = ' ';
	size_t n = 0;

	for (utf8proc_ssize_t len; *at; at += len, n++) {
		len = utf8proc_iterate(at, -1, &c);
		if (len <= 0 || is_barred(c) || (n == 0 && is_white(c)))
			return "text";
	}
	if (n == 0 || n > max || is_white(c))
		return "text";
	return is_composed(text) ? NULL : "text";
}

const char *plain_address(const char *text)
{
	return check_text(text, 300);
}

const char *plain_notes(const char *text)
{
	return check_text(text, 2000);
}
