/* What people read of a field: dates, words for codes, numbers in groups. Programs read value_machine(). */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "clean.h"
#include "dates.h"
#include "value.h"

/* 1.234.567 */
static char *grouped(struct arena *arena, int64_t number)
{
	char digits[32];
	struct text out;
	size_t n;

	snprintf(digits, sizeof(digits), "%" PRId64, number);
	n = strlen(digits);
	text_init(&out, arena);
	for (size_t i = 0; i < n; i++) {
		text_putc(&out, digits[i]);
		if (digits[i] != '-' && i + 1 < n && (n - i - 1) % 3 == 0)
			text_putc(&out, '.');
	}
	return out.data;
}

/* Fields that hold a code, and the list of its words; what a district has added to its lists is shown as it is. */
static const struct {
	const char *field, *list;
	const char *message; /* NULL: in any */
} coded[] = {
	{"entity", "Entity", NULL},
	{"kind", "AgendaItem", "AgendaItem"},
	{"kind", "AgendaItem", "TemplateLine"},
	{"grade", "Grade", NULL},
	{"self_grade", "Grade", NULL},
	{"year_grade", "Grade", NULL},
	{"class", "AssessorClass", NULL},
	{"topic_tag", "Topic", NULL},
	{"source_group", "SourceGroup", NULL},
	{"introduced_by", "Introducer", NULL},
	{"education_level", "EducationLevel", NULL},
	{"theory_level", "TheoryLevel", NULL},
	{"occupation", "Occupation", NULL},
	{"metric", "Metric", NULL},
};

/* m01 to m12 of a year: grades as letters, so that twelve stand side by side. */
static bool is_month_grade(const char *field)
{
	return *field == 'm' && strlen(field) == strlen("m01") && strspn(field + 1, "0123456789") == 2;
}

static const struct enum_text *coded_text(const char *message, const char *field, const char *code)
{
	if (is_month_grade(field))
		return text_enum("GradeLetter", code);
	for (size_t i = 0; i < sizeof(coded) / sizeof(*coded); i++)
		if (strcmp(coded[i].field, field) == 0 &&
		    (coded[i].message == NULL || strcmp(coded[i].message, message) == 0))
			return text_enum(coded[i].list, code);
	return NULL;
}

/* Codes that have words of their own in the tables: methods, kinds of records, code lists. NULL: none. */
static const char *words_for(struct arena *arena, enum lang lang, const ProtobufCMessage *message, const char *field,
			     const char *code)
{
	const char *slash = strstr(code, "Service/");
	const struct method_text *method;
	const struct enum_text *words;

	if (slash != NULL && (strcmp(field, "method") == 0 || strcmp(field, "needed_for") == 0)) {
		method = text_method(mem_copy(arena, code, (size_t)(slash - code)),
				     slash + strlen("Service/"));
		return method == NULL ? NULL : method->label.in[lang];
	}
	words = coded_text(message->descriptor->short_name, field, code);
	return words == NULL ? NULL : words->label.in[lang];
}

/* 85.7 as people write it. */
static char *decimal(struct arena *arena, enum lang lang, const char *machine)
{
	char *shown = mem_copy(arena, machine, strlen(machine));
	char *point = lang == LANG_VI ? strchr(shown, '.') : NULL;

	if (point != NULL)
		*point = ',';
	return shown;
}

/* old_value, new_values …: what any field held, as text; several are joined by "; ". */
static bool is_any_value(const ProtobufCFieldDescriptor *field)
{
	return strncmp(field->name, "old_value", 9) == 0 || strncmp(field->name, "new_value", 9) == 0;
}

static const char *any_values(struct arena *arena, enum lang lang, const char *values)
{
	struct text out;

	text_init(&out, arena);
	while (*values != '\0') {
		const char *end = strstr(values, "; ");
		size_t n = end == NULL ? strlen(values) : (size_t)(end - values);
		const char *one = mem_copy(arena, values, n);
		const struct enum_text *label = text_enum("Sex", one);

		text_puts(&out, label != NULL ? label->label.in[lang] : date_show(arena, one));
		text_puts(&out, end == NULL ? "" : "; ");
		values += n + (end == NULL ? 0 : 2);
	}
	return out.data;
}

/* Ends of lines stay. */
static const char *lines_shown(struct arena *arena, const char *text)
{
	struct text out;

	text_init(&out, arena);
	while (*text != '\0') {
		size_t n = strcspn(text, "\n");

		text_puts(&out, clean_shown(arena, mem_copy(arena, text, n)));
		text += n;
		if (*text == '\n') {
			text_putc(&out, '\n');
			text++;
		}
	}
	return out.data;
}

static const char *string_human(struct arena *arena, enum lang lang, const ProtobufCMessage *message,
				const ProtobufCFieldDescriptor *field, const char *machine)
{
	const char *words = words_for(arena, lang, message, field->name, machine);

	if (words != NULL)
		return words;
	if (value_is_date(field))
		machine = date_show(arena, machine);
	else if (value_is_decimal(field))
		machine = decimal(arena, lang, machine);
	else if (is_any_value(field))
		machine = any_values(arena, lang, machine);
	return lines_shown(arena, machine);
}

static const char *days_left(struct arena *arena, enum lang lang, int64_t days)
{
	struct text out;

	text_init(&out, arena);
	text_fill(&out, text_say(lang, days > 0 ? SAY_DAYS_LEFT : days < 0 ? SAY_DAYS_OVER : SAY_DAYS_NONE), "n",
		  mem_format(arena, "%" PRId64, days < 0 ? -days : days), NULL);
	return out.data;
}

const char *value_human(struct arena *arena, enum lang lang, const ProtobufCMessage *message,
			const ProtobufCFieldDescriptor *field)
{
	const char *machine = value_machine(arena, message, field);
	const struct enum_text *shown;

	switch (field->type) {
	case PROTOBUF_C_TYPE_STRING:
		return string_human(arena, lang, message, field, machine);
	case PROTOBUF_C_TYPE_ENUM:
		shown = text_enum(((const ProtobufCEnumDescriptor *)field->descriptor)->short_name,
				  machine);
		return shown == NULL ? machine : shown->label.in[lang];
	case PROTOBUF_C_TYPE_BOOL:
		return text_say(lang, value_number(message, field) != 0 ? SAY_YES : SAY_NO);
	case PROTOBUF_C_TYPE_INT64:
	case PROTOBUF_C_TYPE_INT32:
		if (value_is_instant(field))
			return date_instant(arena, value_number(message, field), DATE_SHOWN);
		if (strcmp(field->name, "working_days_left") == 0)
			return days_left(arena, lang, value_number(message, field));
		return grouped(arena, value_number(message, field));
	default:
		return machine;
	}
}
