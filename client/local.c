/* Reads that are answered from the replica: whole, or not at all. */
#include "local.h"

#include <string.h>
#include <time.h>

#include "dates.h"
#include "local_note.h"
#include "local_parts.h"
#include "push.h"
#include "replica.h"
#include "value.h"

enum {
	ROWS_DEFAULT = 100, /* as the server has them */
	FOUND_DEFAULT = 20,
	ISO_DAY = 10,
};

/* ---- The table ---- */

static const struct local_read reads[] = {
#define READ(service, method, shape, entity, ...) {#service, #method, LOCAL_##shape, entity, __VA_ARGS__},
#define PART(...)
#include "local.def"
#undef READ
#undef PART
};

static const struct local_part parts[] = {
#define READ(...)
#define PART(service, method, field, entity, key, ...) {#service, #method, field, entity, key, __VA_ARGS__},
#include "local.def"
#undef READ
#undef PART
};

const struct local_read *local_read_at(size_t n)
{
	return n < sizeof(reads) / sizeof(*reads) ? &reads[n] : NULL;
}

const struct local_part *local_part_at(size_t n)
{
	return n < sizeof(parts) / sizeof(*parts) ? &parts[n] : NULL;
}

static const struct local_read *find_read(struct client *client, const struct verb *verb)
{
	const char *service = command_stem(&client->mem, verb->service);

	for (size_t i = 0; local_read_at(i) != NULL; i++)
		if (strcmp(reads[i].service, service) == 0 && strcmp(reads[i].method, verb->method->name) == 0)
			return &reads[i];
	return NULL;
}

static bool is_part_of(const struct local_part *part, const struct local_read *read)
{
	return strcmp(part->service, read->service) == 0 && strcmp(part->method, read->method) == 0;
}

static bool refuse(struct call *call, enum status code, const char *rule, const char *field)
{
	refusal_set(&call->refusal, code, rule, field);
	return false;
}

/* ---- Rows ---- */

static struct origin origin_of(struct answering *a, const ProtobufCMessage *record)
{
	const char *with = a->read->with;
	struct origin origin = {.record = record, .unit = units_find(&a->units, local_uuid(record, "unit_id"))};
	const uint8_t *id = with == NULL ? NULL : local_uuid(record, with);

	if (id != NULL)
		origin.with = replica_get(a->store, a->mem, mem_copy(a->mem, with, strlen(with) - strlen("_id")), id);
	return origin;
}

/* How deep a unit lies below the one that was asked for is of the question, not of the record. */
static void set_depth(struct answering *a, ProtobufCMessage *row)
{
	const ProtobufCFieldDescriptor *field = value_field(row->descriptor, "depth");
	const uint8_t *id = local_uuid(row, "id");
	int depth;

	if (field == NULL || id == NULL || strcmp(a->read->entity, "unit") != 0)
		return;
	depth = a->read->shape == LOCAL_ONE ? 0 : units_depth(&a->units, id, local_uuid(a->call->request, "unit_id"));
	value_set_int32(row, field, depth);
}

static const ProtobufCMessageDescriptor *row_type(const struct answering *a)
{
	return a->call->verb.method->output->fields[0].descriptor;
}

ProtobufCMessage *local_row(struct answering *a, const struct origin *origin, const char *renames)
{
	ProtobufCMessage *row = row_make(a->mem, row_type(a), a->read->entity, origin, renames, a->read->without, a->today);

	set_depth(a, row);
	return row;
}

void local_keep(struct answering *a, ProtobufCMessage *row)
{
	a->rows = mem_grow(a->mem, a->rows, a->n, &a->capacity, sizeof(*a->rows));
	a->rows[a->n++] = row;
}

static bool gather(void *owner, const ProtobufCMessage *record)
{
	struct answering *a = owner;
	struct origin origin;
	ProtobufCMessage *row;

	if (!local_covers(a, a->read->today, record))
		return true;
	origin = origin_of(a, record);
	if (a->read->with != NULL && origin.with == NULL)
		return true;
	row = local_row(a, &origin, a->read->renames);
	if (local_passes(a, row, &origin))
		local_keep(a, row);
	return true;
}

/* ---- Pages ---- */

/* The first row behind the one that the caller has seen last. */
static size_t behind(const struct answering *a)
{
	const ProtobufCMessage *request = a->call->request;
	const ProtobufCFieldDescriptor *pos = value_field(request->descriptor, "after_pos");
	const uint8_t *after = local_uuid(request, "after_id");

	for (size_t i = 0; i < a->n; i++) {
		const ProtobufCFieldDescriptor *own = value_field(a->rows[i]->descriptor, "pos");
		const uint8_t *id = local_uuid(a->rows[i], "id");

		if (after != NULL && id != NULL && memcmp(id, after, UUID_SIZE) == 0)
			return i + 1;
		if (after == NULL && pos != NULL && own != NULL &&
		    value_number(a->rows[i], own) > value_number(request, pos))
			return i;
	}
	return after == NULL && (pos == NULL || !value_has(request, pos)) ? 0 : a->n;
}

static size_t page_of(const struct answering *a)
{
	const ProtobufCFieldDescriptor *limit = value_field(a->call->request->descriptor, "limit");

	if (limit == NULL)
		return a->n;
	if (value_has(a->call->request, limit))
		return (size_t)value_number(a->call->request, limit);
	return a->read->shape == LOCAL_SEARCH ? FOUND_DEFAULT : ROWS_DEFAULT;
}

static bool answer_rows(struct answering *a)
{
	const ProtobufCMessageDescriptor *type = a->call->verb.method->output;
	const uint8_t *top = local_uuid(a->call->request, "unit_id");
	size_t first, n;

	if (a->read->shape == LOCAL_SEARCH && !search_is_long_enough(a)) {
		refuse(a->call, STATUS_INVALID_ARGUMENT, "too_short", "name");
		refusal_param(&a->call->refusal, "min", "2");
		return false;
	}
	if (top != NULL && units_find(&a->units, top) == NULL)
		return refuse(a->call, STATUS_NOT_FOUND, "not_in_copy", "unit_id");
	if (a->read->shape == LOCAL_SEARCH ? !search_members(a) : !replica_each(a->store, a->mem, a->read->entity, NULL, gather, a))
		return refuse(a->call, STATUS_INTERNAL, "copy_failed", NULL);
	rows_sort(a->mem, a->rows, a->n, a->read->order);
	first = behind(a);
	n = page_of(a);
	if (n > a->n - first)
		n = a->n - first;
	a->call->response = value_new(a->mem, type);
	value_set_messages(a->call->response, &type->fields[0], a->rows + first, n);
	return true;
}

/* ---- One record ---- */

/* The rows of one part. */
struct parts_of {
	struct answering *a;
	const struct local_part *part;
	const ProtobufCMessageDescriptor *type;
	const uint8_t *id;
	ProtobufCMessage **rows;
	size_t n;
	size_t capacity;
};

static bool gather_part(void *owner, const ProtobufCMessage *record)
{
	struct parts_of *parts_of = owner;
	struct answering *a = parts_of->a;
	const uint8_t *id = local_uuid(record, parts_of->part->key);
	struct origin origin = {.record = record, .unit = units_find(&a->units, local_uuid(record, "unit_id"))};

	if (id == NULL || memcmp(id, parts_of->id, UUID_SIZE) != 0)
		return true;
	parts_of->rows = mem_grow(a->mem, parts_of->rows, parts_of->n, &parts_of->capacity, sizeof(*parts_of->rows));
	parts_of->rows[parts_of->n++] = row_make(a->mem, parts_of->type, parts_of->part->entity, &origin,
						 parts_of->part->renames, parts_of->part->without, a->today);
	return true;
}

/* The store finds the parts of a record by itself where it knows them as such. */
static bool each_part(struct parts_of *parts_of)
{
	const struct local_part *part = parts_of->part;
	struct answering *a = parts_of->a;

	for (size_t i = 0; i < replica_n_entities; i++)
		if (strcmp(replica_entities[i].entity, part->entity) == 0 && replica_entities[i].parent != NULL &&
		    strcmp(replica_entities[i].parent, part->key) == 0)
			return replica_parts(a->store, a->mem, part->entity, parts_of->id, gather_part, parts_of);
	return replica_each(a->store, a->mem, part->entity, NULL, gather_part, parts_of);
}

static bool add_part(struct answering *a, const struct local_part *part, const uint8_t *id)
{
	ProtobufCMessage *response = a->call->response;
	const ProtobufCFieldDescriptor *field = value_field(response->descriptor, part->field);
	struct parts_of parts_of = {.a = a, .part = part, .type = field->descriptor, .id = id};

	if (!each_part(&parts_of))
		return false;
	rows_sort(a->mem, parts_of.rows, parts_of.n, part->order);
	value_set_messages(response, field, parts_of.rows, parts_of.n);
	return true;
}

static bool answer_one(struct answering *a)
{
	const ProtobufCMessageDescriptor *type = a->call->verb.method->output;
	const uint8_t *id = local_uuid(a->call->request, "id");
	const ProtobufCMessage *record = id == NULL ? NULL : replica_get(a->store, a->mem, a->read->entity, id);
	struct origin origin;

	if (record == NULL)
		return refuse(a->call, STATUS_NOT_FOUND, "not_in_copy", "id");
	origin = origin_of(a, record);
	local_keep(a, local_row(a, &origin, a->read->renames));
	a->call->response = value_new(a->mem, type);
	value_set_message(a->call->response, &type->fields[0], a->rows[0]);
	for (size_t i = 0; local_part_at(i) != NULL; i++)
		if (is_part_of(&parts[i], a->read) && !add_part(a, &parts[i], id)) {
			a->call->response = NULL;
			return refuse(a->call, STATUS_INTERNAL, "copy_failed", NULL);
		}
	return true;
}

/* ---- The answer ---- */

struct store *local_store(struct client *client)
{
	struct refusal refusal;

	return push_keeps(client) && push_open(client, &refusal) ? client->store : NULL;
}

const char *local_owner(struct client *client)
{
	const struct context *context = session_find(&client->session, client->session.current);
	const char *account = context != NULL ? session_account(&client->mem, context) : NULL;
	const char *grant = client->globals.grant;

	if (grant == NULL)
		grant = context != NULL && context->grant != NULL ? context->grant : "";
	return mem_format(&client->mem, "%s %s", account != NULL ? account : "", grant);
}

static const char *today(struct arena *arena)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return mem_copy(arena, date_instant(arena, (int64_t)now.tv_sec * 1000000, DATE_ISO), ISO_DAY);
}

bool local_read(struct client *client, struct store *store, struct call *call)
{
	struct answering a = {
		.client = client, .mem = &client->mem, .store = store, .call = call, .today = today(&client->mem)};
	bool answered;

	call->response = NULL;
	a.read = find_read(client, &call->verb);
	if (a.read == NULL)
		return refuse(call, STATUS_UNAVAILABLE, "needs_line", NULL);
	if (!local_check(&a))
		return false;
	if (!replica_is_of(store, local_owner(client)) || !note_has_copy(store))
		return refuse(call, STATUS_UNAVAILABLE, "no_copy", NULL);
	if (!units_load(store, a.mem, &a.units))
		return refuse(call, STATUS_INTERNAL, "copy_failed", NULL);
	answered = a.read->shape == LOCAL_ONE ? answer_one(&a) : answer_rows(&a);
	note_copy(client, store);
	if (answered)
		note_answer(client, store, call, a.read);
	return answered;
}
