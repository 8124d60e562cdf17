/* The catalogue is complete: every method, field, enum value and rule of the contract has its
 * words. */
#include <check.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "command.h"
#include "mem.h"
#include "texts.h"
#include "value.h"

static struct arena arena;

static void setup(void)
{
	arena_init(&arena, 64 << 20, 64 << 20);
}

static void teardown(void)
{
	arena_close(&arena);
}

static void both(const struct words *words, const char *what)
{
	for (int lang = 0; lang < LANGS; lang++)
		ck_assert_msg(words->in[lang] != NULL && *words->in[lang] != '\0',
			      "%s: no text in language %d", what, lang);
}

/* Help is in both languages or in none. */
static void alike(const struct words *words, const char *what)
{
	ck_assert_msg((*words->in[LANG_VI] == '\0') == (*words->in[LANG_EN] == '\0'),
		      "%s: help in one language", what);
}

static void check_enum(const ProtobufCEnumDescriptor *type)
{
	for (unsigned i = 0; i < type->n_values; i++) {
		const char *label = value_enum_label(&arena, type, type->values[i].value);
		const struct enum_text *text = text_enum(type->short_name, label);

		ck_assert_msg(text != NULL, "%s: no words for %s", type->short_name, label);
		both(&text->label, label);
	}
}

/* Messages do not contain themselves. */
static void check_message(const ProtobufCMessageDescriptor *type)
{
	for (unsigned i = 0; i < type->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &type->fields[i];
		const struct field_text *text = text_field(type->short_name, field->name);

		ck_assert_msg(text != NULL, "%s.%s: no label", type->short_name, field->name);
		both(&text->label, field->name);
		alike(&text->help, field->name);
		if (field->type == PROTOBUF_C_TYPE_ENUM)
			check_enum(field->descriptor);
		if (field->type == PROTOBUF_C_TYPE_MESSAGE)
			check_message(field->descriptor);
	}
}

static void check_list(const char *list, char separator, const ProtobufCMessageDescriptor *type,
		       const char *what)
{
	while (*list != '\0') {
		size_t n = strcspn(list, (char[]){separator, '\0'});
		const char *name = mem_copy(&arena, list, n);

		ck_assert_msg(value_field(type, name) != NULL, "%s: %s has no field %s", what,
			      type->short_name, name);
		list += n + (list[n] == separator);
	}
}

static void check_method(const struct verb *verb)
{
	const ProtobufCMessageDescriptor *rows = verb->method->output;
	const struct method_text *text = verb->text;

	ck_assert_msg(text != NULL, "%s: no words", verb->route);
	both(&text->label, verb->route);
	both(&text->help, verb->route);
	ck_assert_msg(strncmp(text->example, "chibo ", 6) == 0, "%s: no example", verb->route);
	if (text->manner != MANNER_HIDDEN)
		ck_assert_msg(strncmp(text->example + 6,
				      mem_format(&arena, "%s %s", verb->noun, verb->name),
				      strlen(verb->noun) + 1 + strlen(verb->name)) == 0,
			      "%s: example of another command", verb->route);
	if (rows->n_fields > 0 && rows->fields[0].type == PROTOBUF_C_TYPE_MESSAGE)
		rows = rows->fields[0].descriptor;
	check_list(text->columns, ',', rows, verb->route);
	check_list(text->fresh, ' ', verb->method->input, verb->route);
	check_list(text->word, ' ', verb->method->input, verb->route);
	check_message(verb->method->input);
	check_message(verb->method->output);
}

START_TEST(every_method_and_field_has_words)
{
	const ProtobufCServiceDescriptor *service;
	size_t n = 0;

	for (size_t i = 0; (service = command_service(i)) != NULL; i++) {
		const struct words *label = text_service(command_stem(&arena, service));

		ck_assert_msg(label != NULL, "%s: no label", service->short_name);
		both(label, service->short_name);
		for (unsigned m = 0; m < service->n_methods; m++, n++) {
			struct verb verb;

			command_verb(&arena, service, m, &verb);
			check_method(&verb);
		}
	}
	for (size_t i = 0; text_method_at(i) != NULL; i++)
		n--;
	ck_assert_msg(n == 0, "methods.def has a row for no method");
}
END_TEST

/* What is a write is written down twice, in routes.def for the server and in methods.def for the
 * client. */
START_TEST(kinds_are_those_of_the_routes)
{
	static const struct {
		const char *service, *method, *permission, *kind;
	} routes[] = {
#define ROUTE(service, method, permission, targets, rows, kind, lane, elements)                    \
	{#service, #method, #permission, #kind},
#include "server/routes.def"
#undef ROUTE
	};

	for (size_t i = 0; i < sizeof(routes) / sizeof(routes[0]); i++) {
		const struct method_text *text = text_method(routes[i].service, routes[i].method);

		ck_assert_msg(text != NULL, "%s/%s is missing", routes[i].service,
			      routes[i].method);
		ck_assert_msg((text->kind == METHOD_WRITE) ==
				      (strcmp(routes[i].kind, "WRITE") == 0),
			      "%s/%s", routes[i].service, routes[i].method);
		ck_assert_msg((text->kind == METHOD_OPEN) ==
				      (strcmp(routes[i].permission, "PUBLIC") == 0),
			      "%s/%s", routes[i].service, routes[i].method);
	}
}
END_TEST

/* Each {name} of one language stands in the other as well. */
static void same_names(const struct words *words)
{
	for (int lang = 0; lang < LANGS; lang++) {
		const char *other = words->in[1 - lang];

		for (const char *at = strchr(words->in[lang], '{'); at != NULL;
		     at = strchr(at + 1, '{')) {
			const char *end = strchr(at, '}');

			ck_assert_msg(end != NULL, "open brace: %s", words->in[lang]);
			ck_assert_msg(strstr(other, mem_copy(&arena, at, (size_t)(end - at) + 1)) !=
					      NULL,
				      "%s / %s", words->in[lang], other);
		}
	}
}

START_TEST(both_languages_say_the_same)
{
	const struct command_text *command;
	const struct option_text *option;
	const struct rule_text *rule;

	for (int id = 0; id < SAY_COUNT; id++) {
		struct words words = {
			{text_say(LANG_VI, (enum say)id), text_say(LANG_EN, (enum say)id)}};

		both(&words, "message");
		same_names(&words);
	}
	for (size_t i = 0; (rule = text_rule_at(i)) != NULL; i++) {
		both(&rule->text, rule->rule);
		same_names(&rule->text);
	}
	for (size_t i = 0; (command = text_command_at(i)) != NULL; i++) {
		both(&command->label, command->name);
		both(&command->help, command->name);
	}
	for (size_t i = 0; (option = text_option_at(i)) != NULL; i++)
		both(&option->help, option->name);
}
END_TEST

static char *slurp(const char *folder, const char *name)
{
	char *path = mem_format(&arena, "%s/%s", folder, name), *data = mem_take(&arena, 256 << 10);
	FILE *file = fopen(path, "r");

	ck_assert_msg(file != NULL, "%s", path);
	data[fread(data, 1, (256 << 10) - 1, file)] = '\0';
	fclose(file);
	return data;
}

/* The word in quotes that follows; NULL if something else does. */
static char *quoted(const char *at)
{
	size_t n;

	at += strspn(at, " \t\n");
	n = *at == '\'' ? strcspn(at + 1, "'") : 0;
	return n == 0 ? NULL : mem_copy(&arena, at + 1, n);
}

static unsigned check_refusals(const char *sql)
{
	unsigned n = 0;

	for (const char *at = strstr(sql, "refuse("); at != NULL; at = strstr(at + 1, "refuse(")) {
		const char *code = at + 7 + strspn(at + 7, " \t\n");
		size_t digits = strspn(code, "0123456789");
		char *rule = digits > 0 && code[digits] == ',' ? quoted(code + digits + 1) : NULL;

		if (rule == NULL)
			continue;
		ck_assert_msg(text_rule(rule) != NULL, "no sentence for the rule %s", rule);
		n++;
	}
	return n;
}

/* constraint field__rule, unique index field__rule__table */
static void check_constraints(const char *sql, const char *before)
{
	size_t skip = strlen(before);

	for (const char *at = strstr(sql, before); at != NULL; at = strstr(at + 1, before)) {
		char *name = mem_copy(&arena, at + skip,
				      strspn(at + skip, "abcdefghijklmnopqrstuvwxyz_0123456789"));
		char *rule = strstr(name, "__");
		char *table = rule == NULL ? NULL : strstr(rule + 2, "__");

		if (table != NULL)
			*table = '\0';
		if (rule != NULL)
			ck_assert_msg(text_rule(rule + 2) != NULL, "no sentence for the rule of %s",
				      name);
	}
}

START_TEST(every_rule_of_the_schema_has_a_sentence)
{
	const char *folder = CHIBO_SOURCE_DIR "/migrations/deploy";
	DIR *dir = opendir(folder);
	struct dirent *entry;
	const char *sql;
	unsigned n = 0;

	ck_assert_ptr_nonnull(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (strstr(entry->d_name, ".sql") == NULL)
			continue;
		sql = slurp(folder, entry->d_name);
		n += check_refusals(sql);
		check_constraints(sql, "constraint ");
		check_constraints(sql, "unique index ");
	}
	closedir(dir);
	ck_assert_uint_gt(n, 20);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_texts");
	TCase *tcase = tcase_create("texts");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, every_method_and_field_has_words);
	tcase_add_test(tcase, kinds_are_those_of_the_routes);
	tcase_add_test(tcase, both_languages_say_the_same);
	tcase_add_test(tcase, every_rule_of_the_schema_has_a_sentence);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
