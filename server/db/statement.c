/* Loads statement files, resolves their parameters and targets, and checks them against a description. */
#include "statement.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.pb-c.h"
#include "sealed_field.h"

enum { SET_MEMORY_MAX = 16 * 1024 * 1024 };

struct statement_set {
	struct arena arena; /* owns everything below, but for the keys */
	const struct seal_keys *keys;
	struct method_statements *methods;
	size_t n_methods, max_methods;
	struct statement **all;
	size_t n_all;
};

/* A file that others include: sql/candidate/_record.sql is "candidate/_record". */
struct included {
	const char *name;
	struct included *next;
};

struct loader {
	struct statement_set *set;
	struct included *included; /* so far */
	struct arena scratch; /* of the file being read */
	const char *dir;
	char *reason;
	size_t reason_size;
};

#define LOADER_FAIL(loader, ...) ((void)snprintf((loader)->reason, (loader)->reason_size, __VA_ARGS__), false)

/* "MembersBySector" becomes "members_by_sector". */
static void snake_case(const char *name, size_t len, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 2 < size; i++) {
		if (isupper((unsigned char)name[i]) && i > 0)
			out[n++] = '_';
		out[n++] = (char)tolower((unsigned char)name[i]);
	}
	out[n] = '\0';
}

/* "MemberService" and "List" become "member/list". */
static void file_name(const ProtobufCServiceDescriptor *service, const char *method, char *out, size_t size)
{
	static const char suffix[] = "Service";
	size_t len = strlen(service->short_name) - (sizeof suffix - 1);
	char folder[64], file[64];

	snake_case(service->short_name, len, folder, sizeof folder);
	snake_case(method, strlen(method), file, sizeof file);
	(void)snprintf(out, size, "%s/%s", folder, file);
}

static char *read_file(struct arena *arena, FILE *file)
{
	enum { FILE_MAX = 64 * 1024 };
	char *text = arena_alloc(arena, FILE_MAX);
	size_t n;

	if (!text)
		return NULL;
	n = fread(text, 1, FILE_MAX - 1, file);
	text[n] = '\0';
	return feof(file) ? text : NULL;
}

/* ---- parameters ---- */

static bool resolve_path(struct loader *l, const struct statement *st, const char *path, struct statement_param *p)
{
	const char *dot = strchr(path, '.');
	char outer[64];
	const ProtobufCMessageDescriptor *message = st->method->input;

	if (dot) {
		(void)snprintf(outer, sizeof outer, "%.*s", (int)(dot - path), path);
		p->outer = protobuf_c_message_descriptor_get_field_by_name(message, outer);
		if (!p->outer || p->outer->label != PROTOBUF_C_LABEL_REPEATED ||
		    p->outer->type != PROTOBUF_C_TYPE_MESSAGE)
			return LOADER_FAIL(l, "%s: '%s' is no repeated message of %s", st->place, outer, message->name);
		message = p->outer->descriptor;
		path = dot + 1;
	}
	p->field = protobuf_c_message_descriptor_get_field_by_name(message, path);
	if (!p->field || p->field->type == PROTOBUF_C_TYPE_MESSAGE)
		return LOADER_FAIL(l, "%s: args: %s has no field '%s'", st->place, message->name, path);
	p->is_array = p->outer || p->field->label == PROTOBUF_C_LABEL_REPEATED;
	return true;
}

/* A single value of the request, for the record of its field `id`. */
static bool resolve_form(struct loader *l, struct statement *st, const struct statement_arg *arg,
			 struct statement_param *p)
{
	const ProtobufCFieldDescriptor *id =
		protobuf_c_message_descriptor_get_field_by_name(st->method->input, "id");

	p->form = arg->form;
	if (arg->form == FORM_PLAIN)
		return true;
	p->sealed = sealed_field_find(arg->path);
	if (!p->sealed || p->outer || p->is_array || !sealed_field_fits(p->sealed, p->field->type))
		return LOADER_FAIL(l, "%s: args: '%s' is no value that can be sealed", st->place, arg->path);
	if (arg->form == FORM_TOLD && !p->sealed->tells)
		return LOADER_FAIL(l, "%s: args: '%s' tells nothing", st->place, arg->path);
	if (arg->form != FORM_SEALED)
		return true;
	if (!id || id->type != PROTOBUF_C_TYPE_BYTES || id->label == PROTOBUF_C_LABEL_REPEATED)
		return LOADER_FAIL(l, "%s: args: sealed.%s needs a request with an id", st->place, arg->path);
	st->sealed_id = id;
	return true;
}

static bool resolve_params(struct loader *l, struct statement *st, const struct statement_text *text)
{
	st->params = arena_zalloc(&l->set->arena, (text->n_args + 1) * sizeof *st->params);
	if (!st->params)
		return LOADER_FAIL(l, "out of memory");
	for (size_t i = 0; i < text->n_args; i++) {
		struct statement_param *p = &st->params[st->n_params];

		if (text->args[i].is_setting)
			continue;
		if (!resolve_path(l, st, text->args[i].path, p) || !resolve_form(l, st, &text->args[i], p))
			return false;
		p->mandatory = text->args[i].mandatory;
		st->n_params++;
	}
	return true;
}

/* ---- targets ---- */

static bool is_named_into(const struct statement_text *texts, size_t n, const char *field)
{
	for (size_t i = 0; i < n; i++)
		if (texts[i].into[0] && strcmp(texts[i].into, field) == 0)
			return true;
	return false;
}

/* The main statement fills the one message field that no `into:` names, or else the response itself. */
static const ProtobufCFieldDescriptor *main_target(const ProtobufCMessageDescriptor *response,
						   const struct statement_text *texts, size_t n)
{
	const ProtobufCFieldDescriptor *found = NULL;

	for (unsigned i = 0; i < response->n_fields; i++) {
		const ProtobufCFieldDescriptor *f = &response->fields[i];

		if (f->type != PROTOBUF_C_TYPE_MESSAGE)
			return NULL;
		if (!is_named_into(texts, n, f->name))
			found = f;
	}
	return found;
}

static bool wants_main(const ProtobufCMessageDescriptor *response, const struct statement_text *texts, size_t n)
{
	for (unsigned i = 0; i < response->n_fields; i++)
		if (!is_named_into(texts, n, response->fields[i].name))
			return true;
	return false;
}

static bool resolve_into(struct loader *l, struct statement *st, const char *into)
{
	st->target = protobuf_c_message_descriptor_get_field_by_name(st->method->output, into);
	if (!st->target || st->target->type != PROTOBUF_C_TYPE_MESSAGE)
		return LOADER_FAIL(l, "%s: into: %s has no message field '%s'", st->place,
				   st->method->output->name, into);
	st->is_answer = true;
	return true;
}

static bool resolve_targets(struct loader *l, struct method_statements *m, const struct statement_text *texts)
{
	struct statement *main_statement = NULL;

	for (size_t i = 0; i < m->n; i++) {
		if (!texts[i].into[0])
			main_statement = &m->items[i];
		else if (!resolve_into(l, &m->items[i], texts[i].into))
			return false;
	}
	if (!wants_main(m->method->output, texts, m->n))
		return true;
	if (!main_statement)
		return LOADER_FAIL(l, "%s: no statement without into: fills %s", m->name, m->method->output->name);
	main_statement->target = main_target(m->method->output, texts, m->n);
	main_statement->is_answer = true;
	main_statement->is_main = true;
	return true;
}

/* ---- rules of the house ---- */

static bool is_list(const struct statement *st)
{
	return st->is_answer && st->target && st->target->label == PROTOBUF_C_LABEL_REPEATED;
}

static bool check_rules(struct loader *l, const struct statement *st, const struct statement_text *text)
{
	static const char *const allowed[] = {"select", "insert", "update", "delete", "with", "values"};
	bool known = false;

	for (size_t i = 0; i < sizeof allowed / sizeof *allowed; i++)
		known = known || strcmp(text->keyword, allowed[i]) == 0;
	if (!known)
		return LOADER_FAIL(l, "%s: a statement cannot start with '%s'", st->place, text->keyword);
	if (text->has_star)
		return LOADER_FAIL(l, "%s: name the columns instead of 'select *'", st->place);
	if (is_list(st) && !text->has_limit)
		return LOADER_FAIL(l, "%s: a list carries a LIMIT", st->place);
	return true;
}

static bool resolve_opens(struct loader *l, struct statement *st, const struct statement_text *text)
{
	if (text->n_opens > 0 && !st->is_answer)
		return LOADER_FAIL(l, "%s: opens: its rows go nowhere", st->place);
	for (size_t i = 0; i < text->n_opens; i++) {
		const char *name = text->opens[i];
		const ProtobufCFieldDescriptor *field =
			protobuf_c_message_descriptor_get_field_by_name(statement_row(st), name);

		st->opens[i] = sealed_field_find(name);
		if (!st->opens[i] || !field || !sealed_field_fits(st->opens[i], field->type))
			return LOADER_FAIL(l, "%s: opens: '%s' is no sealed value of %s", st->place, name,
					   statement_row(st)->name);
	}
	st->n_opens = text->n_opens;
	return true;
}

static bool make_columns(struct loader *l, struct statement *st)
{
	if (!st->is_answer)
		return true;
	st->n_columns_max = statement_row(st)->n_fields;
	st->columns = arena_zalloc(&l->set->arena, st->n_columns_max * sizeof *st->columns);
	return st->columns || LOADER_FAIL(l, "out of memory");
}

/* "member/get:2 (member/_record:16)" of an included statement. */
static bool name_statement(struct loader *l, const struct method_statements *m, size_t i,
			   const struct statement_text *text)
{
	struct statement *st = &m->items[i];
	char name[128], place[320] = "";

	(void)snprintf(name, sizeof name, "%s:%zu", m->name, i + 1);
	if (text->included)
		(void)snprintf(place, sizeof place, "%s (%s:%u)", name, text->included, text->line);
	st->name = arena_dup(&l->set->arena, name, strlen(name) + 1);
	st->place = place[0] ? arena_dup(&l->set->arena, place, strlen(place) + 1) : st->name;
	return (st->name && st->place) || LOADER_FAIL(l, "out of memory");
}

static bool load_statement(struct loader *l, struct method_statements *m, size_t i,
			   const struct statement_text *text)
{
	struct statement *st = &m->items[i];

	st->sql = arena_dup(&l->set->arena, text->sql, strlen(text->sql) + 1);
	st->method = m->method;
	st->keys = l->set->keys;
	st->is_select = strcmp(text->keyword, "select") == 0;
	if (!st->sql)
		return LOADER_FAIL(l, "out of memory");
	return name_statement(l, m, i, text) && resolve_params(l, st, text);
}

static bool load_texts(struct loader *l, struct method_statements *m, const struct statement_text *texts, size_t n)
{
	m->items = arena_zalloc(&l->set->arena, n * sizeof *m->items);
	if (!m->items)
		return LOADER_FAIL(l, "out of memory");
	m->n = n;
	for (size_t i = 0; i < n; i++)
		if (!load_statement(l, m, i, &texts[i]))
			return false;
	if (!resolve_targets(l, m, texts))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!resolve_opens(l, &m->items[i], &texts[i]) || !make_columns(l, &m->items[i]) ||
		    !check_rules(l, &m->items[i], &texts[i]))
			return false;
	return true;
}

/* ---- files ---- */

static bool is_included(const struct loader *l, const char *name)
{
	for (const struct included *i = l->included; i; i = i->next)
		if (strcmp(i->name, name) == 0)
			return true;
	return false;
}

static bool remember_included(struct loader *l, const char *name)
{
	struct included *included = arena_zalloc(&l->set->arena, sizeof *included);

	if (!included)
		return false;
	included->name = arena_dup(&l->set->arena, name, strlen(name) + 1);
	included->next = l->included;
	l->included = included;
	return included->name != NULL;
}

/* Of a service's folder, and its own name starts with '_'. */
static char *read_included(void *owner, const char *name)
{
	struct loader *l = owner;
	const char *slash = strchr(name, '/');
	char path[512], *text = NULL;
	FILE *file;

	if (!slash || slash[1] != '_' || strchr(slash + 1, '/') || strspn(name, "abcdefghijklmnopqrstuvwxyz_/") != strlen(name))
		return NULL;
	(void)snprintf(path, sizeof path, "%s/%s.sql", l->dir, name);
	file = fopen(path, "re");
	if (!file)
		return NULL;
	text = read_file(&l->scratch, file);
	(void)fclose(file);
	return is_included(l, name) || remember_included(l, name) ? text : NULL;
}

static bool load_file(struct loader *l, struct method_statements *m, const char *path, FILE *file)
{
	char *text = read_file(&l->scratch, file);
	const struct statement_includes includes = {.read = read_included, .owner = l};
	struct statement_text *texts;
	size_t n = 0;

	if (!text)
		return LOADER_FAIL(l, "%s: too long or unreadable", path);
	texts = statement_text_parse(&l->scratch, text, path, &includes, &n, l->reason, l->reason_size);
	return texts && load_texts(l, m, texts, n);
}

static bool load_method(struct loader *l, const ProtobufCServiceDescriptor *service,
			const ProtobufCMethodDescriptor *method)
{
	struct method_statements *m = &l->set->methods[l->set->n_methods++];
	char name[160], path[512];
	FILE *file;
	bool ok;

	file_name(service, method->name, name, sizeof name);
	m->name = arena_dup(&l->set->arena, name, strlen(name) + 1);
	m->method = method;
	(void)snprintf(path, sizeof path, "%s/%s.sql", l->dir, name);
	file = fopen(path, "re");
	if (!file && errno == ENOENT)
		return true; /* a handler; whether it should be is the route table's question */
	if (!file)
		return LOADER_FAIL(l, "%s: %s", path, strerror(errno));
	ok = m->name && load_file(l, m, path, file);
	(void)fclose(file);
	arena_reset(&l->scratch);
	return ok;
}

static bool load_service(struct loader *l, const ProtobufCServiceDescriptor *service)
{
	for (unsigned i = 0; i < service->n_methods; i++)
		if (!load_method(l, service, &service->methods[i]))
			return false;
	return true;
}

static bool file_is_known(const struct statement_set *set, const char *name)
{
	for (size_t i = 0; i < set->n_methods; i++)
		if (strcmp(set->methods[i].name, name) == 0)
			return true;
	return false;
}

static bool check_folder(struct loader *l, const char *folder)
{
	char path[512], name[320];
	DIR *dir;
	struct dirent *entry;
	bool ok = true;

	(void)snprintf(path, sizeof path, "%s/%s", l->dir, folder);
	dir = opendir(path);
	while (ok && dir && (entry = readdir(dir)) != NULL) {
		size_t len = strlen(entry->d_name);

		if (len < 5 || strcmp(entry->d_name + len - 4, ".sql") != 0)
			continue;
		(void)snprintf(name, sizeof name, "%s/%.*s", folder, (int)(len - 4), entry->d_name);
		if (entry->d_name[0] == '_' && !is_included(l, name))
			ok = LOADER_FAIL(l, "%s/%s.sql is included by no method", l->dir, name);
		else if (entry->d_name[0] != '_' && !file_is_known(l->set, name))
			ok = LOADER_FAIL(l, "%s/%s.sql belongs to no method", l->dir, name);
	}
	if (dir)
		(void)closedir(dir);
	return ok;
}

/* A file that no method claims is a mistake, most often in its name. */
static bool check_strays(struct loader *l)
{
	DIR *dir = opendir(l->dir);
	struct dirent *entry;
	bool ok = true;

	if (!dir)
		return LOADER_FAIL(l, "%s: %s", l->dir, strerror(errno));
	while (ok && (entry = readdir(dir)) != NULL)
		if (entry->d_name[0] != '.')
			ok = check_folder(l, entry->d_name);
	(void)closedir(dir);
	return ok;
}

/* A request without its enter would run unchecked. */
static bool check_internal(struct loader *l, const ProtobufCServiceDescriptor *internal)
{
	for (size_t i = l->set->n_methods - internal->n_methods; i < l->set->n_methods; i++)
		if (l->set->methods[i].n == 0)
			return LOADER_FAIL(l, "%s/%s.sql is missing", l->dir, l->set->methods[i].name);
	return true;
}

/* Behind those with the same text, or as the first one of its own. */
static void index_statement(struct statement_set *set, struct statement *statement)
{
	for (size_t i = 0; i < set->n_all; i++) {
		struct statement *first = set->all[i];

		if (strcmp(first->sql, statement->sql) == 0) {
			statement->prepared = first->name;
			statement->same = first->same;
			first->same = statement;
			return;
		}
	}
	statement->prepared = statement->name;
	set->all[set->n_all++] = statement;
}

static bool index_statements(struct statement_set *set)
{
	size_t n = 0;

	for (size_t i = 0; i < set->n_methods; i++)
		n += set->methods[i].n;
	set->all = arena_alloc(&set->arena, (n + 1) * sizeof *set->all);
	if (!set->all)
		return false;
	for (size_t i = 0; i < set->n_methods; i++)
		for (size_t k = 0; k < set->methods[i].n; k++)
			index_statement(set, &set->methods[i].items[k]);
	return true;
}

static bool load_all(struct loader *l, const ProtobufCServiceDescriptor *const *services, size_t n)
{
	const ProtobufCServiceDescriptor *internal = &chibo__internal__internal_service__descriptor;

	l->set->max_methods = internal->n_methods;
	for (size_t i = 0; i < n; i++)
		l->set->max_methods += services[i]->n_methods;
	l->set->methods = arena_zalloc(&l->set->arena, l->set->max_methods * sizeof *l->set->methods);
	if (!l->set->methods)
		return LOADER_FAIL(l, "out of memory");
	for (size_t i = 0; i < n; i++)
		if (!load_service(l, services[i]))
			return false;
	return load_service(l, internal) && check_internal(l, internal) && check_strays(l) &&
	       index_statements(l->set);
}

struct statement_set *statement_set_load(const char *dir, const struct seal_keys *keys,
					 const ProtobufCServiceDescriptor *const *services, size_t n,
					 char *reason, size_t reason_size)
{
	struct statement_set *set = calloc(1, sizeof *set);
	struct loader loader = {.set = set, .dir = dir, .reason = reason, .reason_size = reason_size};
	bool ok;

	if (!set)
		return NULL;
	set->keys = keys;
	arena_init(&set->arena, SET_MEMORY_MAX, SET_MEMORY_MAX);
	arena_init(&loader.scratch, SET_MEMORY_MAX, SET_MEMORY_MAX);
	ok = load_all(&loader, services, n);
	arena_close(&loader.scratch);
	if (ok)
		return set;
	statement_set_free(set);
	return NULL;
}

void statement_set_free(struct statement_set *set)
{
	if (!set)
		return;
	arena_close(&set->arena);
	free(set);
}

const struct method_statements *statement_set_find(const struct statement_set *set,
						   const ProtobufCMethodDescriptor *method)
{
	for (size_t i = 0; i < set->n_methods; i++)
		if (set->methods[i].method == method)
			return &set->methods[i];
	return NULL;
}

const struct method_statements *statement_set_internal(const struct statement_set *set, const char *method)
{
	const ProtobufCServiceDescriptor *internal = &chibo__internal__internal_service__descriptor;

	return statement_set_find(set, protobuf_c_service_descriptor_get_method_by_name(internal, method));
}

const struct seal_keys *statement_set_keys(const struct statement_set *set)
{
	return set->keys;
}

const ProtobufCMessageDescriptor *statement_row(const struct statement *statement)
{
	return statement->target ? statement->target->descriptor : statement->method->output;
}

size_t statement_set_count(const struct statement_set *set)
{
	return set->n_all;
}

struct statement *statement_set_at(const struct statement_set *set, size_t i)
{
	return set->all[i];
}
