/* What is told beside an answer from the replica. All of it goes to stderr: the answer stays what it is online. */
#include "local_note.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include <sqlite3.h>

#include "clean.h"
#include "dates.h"
#include "replica.h"
#include "value.h"

static int64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* ---- The age of the copy ---- */

struct copy {
	int64_t feeds;
	int64_t incomplete; /* whose first copy goes on, or that were never read to their head */
	int64_t oldest_us;  /* of those that were */
};

static struct copy copy_of(struct store *store)
{
	struct sqlite3_stmt *statement = store_prepare(
		store, "select count(*), count(*) filter (where copying is not null or coalesce(pulled_at_us, 0) = 0), "
		       "coalesce(min(nullif(pulled_at_us, 0)), 0) from cursor");
	struct copy copy = {0};

	if (statement == NULL || sqlite3_step(statement) != SQLITE_ROW)
		return copy;
	copy = (struct copy){sqlite3_column_int64(statement, 0), sqlite3_column_int64(statement, 1),
			     sqlite3_column_int64(statement, 2)};
	sqlite3_reset(statement);
	return copy;
}

bool note_has_copy(struct store *store)
{
	return copy_of(store).feeds > 0;
}

const char *note_age(struct client *client, int64_t then_us, int64_t now)
{
	static const struct {
		int64_t seconds;
		enum say id;
	} spans[] = {{86400, SAY_AGO_DAYS}, {3600, SAY_AGO_HOURS}, {60, SAY_AGO_MINUTES}};
	int64_t seconds = (now - then_us) / 1000000;
	struct text out;

	text_init(&out, &client->mem);
	for (size_t i = 0; i < sizeof(spans) / sizeof(*spans); i++)
		if (seconds >= spans[i].seconds) {
			text_fill(&out, client_say(client, spans[i].id), "n",
				  mem_format(&client->mem, "%" PRId64, seconds / spans[i].seconds), NULL);
			return out.data;
		}
	return client_say(client, SAY_AGO_NOW);
}

void note_copy(struct client *client, struct store *store)
{
	struct copy copy = copy_of(store);

	if (client->told_copy)
		return;
	client->told_copy = true;
	if (copy.oldest_us > 0)
		client_note(client, client->globals.offline ? SAY_FROM_COPY : SAY_NO_LINE_COPY, "when",
			    date_instant(&client->mem, copy.oldest_us, DATE_SHOWN), "age",
			    note_age(client, copy.oldest_us, now_us()), NULL);
	if (copy.incomplete > 0 || copy.oldest_us == 0)
		client_note(client, SAY_COPY_INCOMPLETE, NULL);
}

/* ---- What it does not hold ---- */

static void add_labels(struct client *client, struct text *out, const char *message, const char *names)
{
	for (const char *at = names; at != NULL && *at != '\0'; at += strspn(at, " ")) {
		size_t n = strcspn(at, " ");

		text_printf(out, "%s%s", out->len > 0 ? ", " : "",
			    text_label(client->lang, message, mem_copy(&client->mem, at, n)));
		at += n;
	}
}

static void tell_without(struct client *client, const struct call *call, const struct local_read *read)
{
	const ProtobufCFieldDescriptor *first = &call->response->descriptor->fields[0];
	const struct local_part *part;
	struct text names;

	text_init(&names, &client->mem);
	if (value_count(call->response, first) == 0)
		return;
	add_labels(client, &names, first->descriptor == NULL ? NULL : value_message(call->response, first, 0)->descriptor->short_name,
		   read->without);
	for (size_t i = 0; (part = local_part_at(i)) != NULL; i++)
		if (strcmp(part->service, read->service) == 0 && strcmp(part->method, read->method) == 0)
			add_labels(client, &names, NULL, part->without);
	if (names.len > 0)
		client_note(client, SAY_COPY_WITHOUT, "fields", names.data, NULL);
}

/* ---- What waits ---- */

const ProtobufCMessage *note_body(struct client *client, const char *route, const uint8_t *body, size_t n)
{
	struct verb verb;

	if (!command_find_route(&client->mem, route, &verb))
		return NULL;
	return protobuf_c_message_unpack(verb.method->input, arena_allocator(&client->mem), n, body);
}

bool note_names(const ProtobufCMessage *body, const uint8_t id[static 16], bool only_id)
{
	for (unsigned i = 0; i < body->descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *field = &body->descriptor->fields[i];
		const uint8_t *found;

		if (!value_is_uuid(field) || field->label == PROTOBUF_C_LABEL_REPEATED ||
		    (only_id && strcmp(field->name, "id") != 0))
			continue;
		found = value_uuid(body, field);
		if (found != NULL && memcmp(found, id, UUID_SIZE) == 0)
			return true;
	}
	return false;
}

enum { WAITING = 1 << OP_WAITING | 1 << OP_UNKNOWN };

struct counting {
	struct client *client;
	const ProtobufCMessage *response; /* whose records are meant; NULL: one record */
	const uint8_t *id;
	int32_t version;  /* of the record in the copy */
	int64_t position; /* up to which the copy has its feed */
	int64_t n;
};

static bool names_a_row(const struct counting *counting, const ProtobufCMessage *body)
{
	const ProtobufCFieldDescriptor *rows = &counting->response->descriptor->fields[0];

	for (size_t i = 0; i < value_count(counting->response, rows); i++) {
		const ProtobufCMessage *row = value_message(counting->response, rows, i);
		const ProtobufCFieldDescriptor *field = value_field(row->descriptor, "id");
		const uint8_t *id = field == NULL ? NULL : value_uuid(row, field);

		if (id != NULL && note_names(body, id, false))
			return true;
	}
	return false;
}

/* Saved, and the copy does not show it yet. A page brings records in their newest state: ahead of its position. */
static bool is_unseen(const struct counting *counting, const struct op *op, const ProtobufCMessage *body)
{
	const ProtobufCFieldDescriptor *base = value_field(body->descriptor, "base_version");

	return op->position > counting->position &&
	       (base == NULL || !value_has(body, base) || value_number(body, base) >= counting->version);
}

static bool count(void *owner, const struct op *op)
{
	struct counting *counting = owner;
	const ProtobufCMessage *body = note_body(counting->client, op->method, op->body, op->body_len);

	if (body != NULL && (op->state != OP_SAVED || is_unseen(counting, op, body)))
		counting->n += counting->response != NULL ? names_a_row(counting, body)
							  : note_names(body, counting->id, true);
	return true;
}

static void tell_waiting(struct client *client, struct store *store, const struct call *call)
{
	struct counting counting = {.client = client, .response = call->response};

	if (outbox_each(store, &client->mem, WAITING, count, &counting) && counting.n > 0)
		client_note(client, SAY_COPY_WAITING, "n", mem_format(&client->mem, "%" PRId64, counting.n), NULL);
}

void note_answer(struct client *client, struct store *store, const struct call *call, const struct local_read *read)
{
	tell_without(client, call, read);
	tell_waiting(client, store, call);
}

int64_t note_waiting(struct client *client, struct store *store, const uint8_t id[static 16])
{
	struct counting counting = {.client = client, .id = id};

	return outbox_each(store, &client->mem, WAITING, count, &counting) ? counting.n : 0;
}

int64_t note_unseen(struct client *client, struct store *store, const uint8_t id[static 16], int32_t version)
{
	struct counting counting = {
		.client = client, .id = id, .version = version, .position = replica_reached(store, id)};

	return outbox_each(store, &client->mem, WAITING | 1 << OP_SAVED, count, &counting) ? counting.n : 0;
}
