/* The catalogue: tables made from texts/NAME.def, where each row carries both languages.
 *
 * Not gettext: here a row without one of the languages does not compile, labels sit beside the
 * default columns and examples of the same method, and one test walks descriptors and tables. It
 * also works under LC_ALL=C. */
#include "texts.h"

#include <string.h>

static const struct words messages[SAY_COUNT] = {
#define SAY(id, vi, en) [SAY_##id] = {{vi, en}},
#include "texts/messages.def"
#undef SAY
};

static const struct method_text methods[] = {
#define SERVICE(service, vi, en)
#define METHOD(service, method, kind, manner, word, fresh, columns, example, vi, en, help_vi,      \
	       help_en)                                                                            \
	{#service, #method, METHOD_##kind, MANNER_##manner, word,                                  \
	 fresh,	   columns, example,	   {{vi, en}},	    {{help_vi, help_en}}},
#include "texts/methods.def"
#undef METHOD
#undef SERVICE
};

static const struct {
	const char *name;
	struct words label;
} services[] = {
#define SERVICE(service, vi, en) {#service, {{vi, en}}},
#define METHOD(service, method, kind, manner, word, fresh, columns, example, vi, en, help_vi,      \
	       help_en)
#include "texts/methods.def"
#undef METHOD
#undef SERVICE
};

static const struct field_text fields[] = {
#define FIELD(name, vi, en, help_vi, help_en) {#name, {{vi, en}}, {{help_vi, help_en}}},
#define FIELD_OF(message, name, vi, en, help_vi, help_en)                                          \
	{#message "." #name, {{vi, en}}, {{help_vi, help_en}}},
#define VALUE(type, value, vi, en)
#define HEADER(field, folded)
#include "texts/fields.def"
#undef HEADER
#undef VALUE
#undef FIELD_OF
#undef FIELD
};

static const struct enum_text enums[] = {
#define FIELD(name, vi, en, help_vi, help_en)
#define FIELD_OF(message, name, vi, en, help_vi, help_en)
#define VALUE(type, value, vi, en) {#type, #value, {{vi, en}}},
#define HEADER(field, folded)
#include "texts/fields.def"
#undef HEADER
#undef VALUE
#undef FIELD_OF
#undef FIELD
};

static const struct header_text headers[] = {
#define FIELD(name, vi, en, help_vi, help_en)
#define FIELD_OF(message, name, vi, en, help_vi, help_en)
#define VALUE(type, value, vi, en)
#define HEADER(field, folded) {#field, folded},
#include "texts/fields.def"
#undef HEADER
#undef VALUE
#undef FIELD_OF
#undef FIELD
};

static const struct rule_text rules[] = {
#define RULE(name, vi, en) {#name, {{vi, en}}},
#include "texts/rules.def"
#undef RULE
};

static const struct command_text commands[] = {
#define COMMAND(name, usage, example, vi, en, help_vi, help_en)                                    \
	{name, usage, example, {{vi, en}}, {{help_vi, help_en}}},
#define OPTION(command, name, letter, value, vi, en)
#include "texts/commands.def"
#undef OPTION
#undef COMMAND
};

static const struct option_text options[] = {
#define COMMAND(name, usage, example, vi, en, help_vi, help_en)
#define OPTION(command, name, letter, value, vi, en) {command, name, letter, value, {{vi, en}}},
#include "texts/commands.def"
#undef OPTION
#undef COMMAND
};

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define AT(table, n) ((n) < COUNT(table) ? &(table)[n] : NULL)

const char *text_say(enum lang lang, enum say id)
{
	return messages[id].in[lang];
}

const char *text_in(enum lang lang, const struct words *words)
{
	return words->in[lang];
}

const struct method_text *text_method(const char *service, const char *method)
{
	for (size_t i = 0; i < COUNT(methods); i++)
		if (strcmp(methods[i].service, service) == 0 &&
		    strcmp(methods[i].method, method) == 0)
			return &methods[i];
	return NULL;
}

const struct words *text_service(const char *service)
{
	for (size_t i = 0; i < COUNT(services); i++)
		if (strcmp(services[i].name, service) == 0)
			return &services[i].label;
	return NULL;
}

/* "Message.field" first, then "field". */
const struct field_text *text_field(const char *message, const char *field)
{
	const struct field_text *common = NULL;
	size_t n = message == NULL ? 0 : strlen(message);

	for (size_t i = 0; i < COUNT(fields); i++) {
		const char *name = fields[i].name;

		if (strcmp(name, field) == 0)
			common = &fields[i];
		else if (n > 0 && strncmp(name, message, n) == 0 && name[n] == '.' &&
			 strcmp(name + n + 1, field) == 0)
			return &fields[i];
	}
	return common;
}

const struct enum_text *text_enum(const char *type, const char *value)
{
	for (size_t i = 0; i < COUNT(enums); i++)
		if (strcmp(enums[i].type, type) == 0 && strcmp(enums[i].value, value) == 0)
			return &enums[i];
	return NULL;
}

const struct rule_text *text_rule(const char *rule)
{
	for (size_t i = 0; i < COUNT(rules); i++)
		if (strcmp(rules[i].rule, rule) == 0)
			return &rules[i];
	return NULL;
}

const struct command_text *text_command(const char *name)
{
	for (size_t i = 0; i < COUNT(commands); i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

const struct enum_text *text_enum_at(size_t n)
{
	return AT(enums, n);
}

const struct option_text *text_option_at(size_t n)
{
	return AT(options, n);
}

const struct command_text *text_command_at(size_t n)
{
	return AT(commands, n);
}

const struct header_text *text_header_at(size_t n)
{
	return AT(headers, n);
}

const struct rule_text *text_rule_at(size_t n)
{
	return AT(rules, n);
}

const struct method_text *text_method_at(size_t n)
{
	return AT(methods, n);
}

const struct field_text *text_field_at(size_t n)
{
	return AT(fields, n);
}

const char *text_label(enum lang lang, const char *message, const char *field)
{
	const struct field_text *text = text_field(message, field);

	return text == NULL ? field : text->label.in[lang];
}

/* Value of `name` among the pairs, or NULL. */
static const char *pair_value(const char *name, size_t n, va_list pairs)
{
	const char *key;

	while ((key = va_arg(pairs, const char *)) != NULL) {
		const char *value = va_arg(pairs, const char *);

		if (strlen(key) == n && memcmp(key, name, n) == 0)
			return value;
	}
	return NULL;
}

void text_vfill(struct text *out, const char *template, va_list pairs)
{
	while (*template != '\0') {
		const char *end = *template == '{' ? strchr(template, '}') : NULL;
		const char *value = NULL;
		va_list again;

		if (end != NULL) {
			va_copy(again, pairs);
			value = pair_value(template + 1, (size_t)(end - template) - 1, again);
			va_end(again);
		}
		if (value != NULL)
			text_puts(out, value);
		else
			text_putc(out, *template);
		template = value != NULL ? end + 1 : template + 1;
	}
}

void text_fill(struct text *out, const char *template, ...)
{
	va_list pairs;

	va_start(pairs, template);
	text_vfill(out, template, pairs);
	va_end(pairs);
}
