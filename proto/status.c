/* Names of statuses, and refusals that always fit. */
#include "status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *status_name(enum status status)
{
	switch (status) {
#define X(name, number) case STATUS_##name: return #name;
	STATUS_LIST(X)
#undef X
	}
	return "UNKNOWN";
}

/* Shortens text[0..len) so that it does not end within a character, and ends it with NUL. */
static void cut(char *text, size_t len)
{
	size_t end = len;

	while (end > 0 && (text[end - 1] & 0xC0) == 0x80)
		end--;
	if (end > 0 && (text[end - 1] & 0xC0) == 0xC0) {
		unsigned char lead = (unsigned char)text[end - 1];
		size_t width = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
		if (end - 1 + width > len)
			len = end - 1;
	}
	text[len] = '\0';
}

static void copy(char *to, size_t size, const char *from)
{
	size_t len = strnlen(from, size);

	if (len < size) {
		memcpy(to, from, len + 1);
		return;
	}
	memcpy(to, from, size - 1);
	cut(to, size - 1);
}

void refusal_set(struct refusal *refusal, enum status code, const char *rule, const char *field)
{
	refusal->code = code;
	copy(refusal->rule, sizeof refusal->rule, rule);
	copy(refusal->field, sizeof refusal->field, field ? field : "");
	refusal->n_params = 0;
	refusal->retry_after_ms = 0;
}

void refusal_param(struct refusal *refusal, const char *name, const char *format, ...)
{
	va_list args;
	char *value;
	int len;

	if (refusal->n_params == REFUSAL_PARAMS)
		return;
	copy(refusal->params[refusal->n_params].name, sizeof refusal->params[0].name, name);
	value = refusal->params[refusal->n_params].value;
	va_start(args, format);
	len = vsnprintf(value, sizeof refusal->params[0].value, format, args);
	va_end(args);
	if (len < 0)
		value[0] = '\0';
	else if ((size_t)len >= sizeof refusal->params[0].value)
		cut(value, sizeof refusal->params[0].value - 1);
	refusal->n_params++;
}
