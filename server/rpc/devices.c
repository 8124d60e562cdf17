/* A sorted table of fingerprints; read as a whole, replaced as a whole. */
#include "devices.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "chibo/v1/device.pb-c.h"
#include "internal.pb-c.h"
#include "list.h"
#include "log.h"
#include "pg_pool.h"
#include "pre.h"
#include "segment.h"
#include "statement.h"

enum {
	DEADLINE_MS = 10000,
	MEMORY_MAX = 32 * 1024 * 1024,
	INVITATION_MS = 15 * 60 * 1000, /* as auth.invite_device has it */
};

struct known {
	uint8_t key[TLS_PIN];
	enum tls_verdict verdict;
};

struct devices {
	uv_loop_t *loop;
	struct pg_pool *pool; /* NULL: closed */
	const struct statement_set *statements;
	struct devices_config config;
	uv_timer_t poll;
	struct arena arena;
	struct segment segment;
	bool reading; /* the segment is under way */
	unsigned changes, changes_at_start; /* learned by ourselves; and when the reading began */
	void (*ready)(void *owner, const char *reason); /* until the first answer */
	struct known *table;
	size_t n, room;
	uint64_t open_until; /* uv_now(): until then somebody may enrol */
};

/* ---- the table ---- */

static int compare(const void *a, const void *b)
{
	return memcmp(((const struct known *)a)->key, ((const struct known *)b)->key, TLS_PIN);
}

static struct known *find(const struct devices *devices, const uint8_t key[static TLS_PIN])
{
	struct known wanted = {0};

	memcpy(wanted.key, key, TLS_PIN);
	return devices->n == 0 ? NULL : bsearch(&wanted, devices->table, devices->n, sizeof wanted, compare);
}

/* Not after devices_close: connections may be gone. */
static void tell_lost(const struct devices *devices)
{
	if (devices->pool)
		devices->config.lost(devices->config.owner);
}

static bool reserve(struct devices *devices, size_t n)
{
	struct known *table;

	if (n <= devices->room)
		return true;
	table = realloc(devices->table, (n + 64) * sizeof *table);
	if (!table)
		return false;
	devices->table = table;
	devices->room = n + 64;
	return true;
}

static void set(struct devices *devices, const uint8_t key[static TLS_PIN], enum tls_verdict verdict)
{
	struct known *known = find(devices, key);

	devices->changes++;
	if (!known && !reserve(devices, devices->n + 1))
		return; /* the next poll tries again */
	if (!known) {
		known = &devices->table[devices->n++];
		memcpy(known->key, key, TLS_PIN);
		known->verdict = verdict;
		qsort(devices->table, devices->n, sizeof *known, compare);
		return;
	}
	known->verdict = verdict;
	if (verdict == TLS_KEY_REVOKED)
		tell_lost(devices);
}

/* ---- reading it ---- */

static enum tls_verdict verdict_of(const char *state)
{
	if (strcmp(state, "active") == 0 || strcmp(state, "quarantined") == 0)
		return TLS_KEY_KNOWN;
	return strcmp(state, "suspended") == 0 ? TLS_KEY_SUSPENDED : TLS_KEY_REVOKED;
}

static bool take_rows(struct devices *devices, const Chibo__Internal__KnownDevicesResponse *rows)
{
	if (!reserve(devices, rows->n_devices))
		return false;
	devices->n = 0;
	for (size_t i = 0; i < rows->n_devices; i++) {
		const Chibo__Internal__KnownDevice *row = rows->devices[i];
		struct known *known = &devices->table[devices->n];

		if (row->key_hash.len != TLS_PIN || !row->state)
			continue;
		memcpy(known->key, row->key_hash.data, TLS_PIN);
		known->verdict = verdict_of(row->state);
		devices->n++;
	}
	if (devices->n > 0)
		qsort(devices->table, devices->n, sizeof *devices->table, compare);
	devices->open_until = uv_now(devices->loop) + (rows->open ? (uint64_t)rows->open->open_ms : 0);
	return true;
}

static const char *take(struct devices *devices)
{
	Chibo__Internal__KnownDevicesResponse rows = CHIBO__INTERNAL__KNOWN_DEVICES_RESPONSE__INIT;

	if (devices->segment.outcome != SEGMENT_COMMITTED)
		return "the database did not list the computers";
	if (devices->changes != devices->changes_at_start)
		return NULL; /* older than what we know: the next poll reads it */
	if (!segment_fill_all(&devices->segment, 0, &devices->arena, &rows.base) || !take_rows(devices, &rows))
		return "memory";
	tell_lost(devices);
	return NULL;
}

static void begin_poll(struct devices *devices);

static void done(struct segment *segment)
{
	struct devices *devices = CONTAINER_OF(segment, struct devices, segment);
	void (*ready)(void *owner, const char *reason) = devices->ready;
	const char *reason = take(devices);

	devices->reading = false;
	segment_clear(segment);
	arena_reset(&devices->arena);
	devices->ready = NULL;
	if (ready && !reason && devices->pool)
		begin_poll(devices);
	else if (reason && !ready && devices->pool)
		log_warn("event=devices result=refused reason=%s", LOG_TEXT(reason));
	if (ready)
		ready(devices->config.owner, reason);
}

static bool ask(struct devices *devices)
{
	const Chibo__Internal__KnownDevicesRequest request = CHIBO__INTERNAL__KNOWN_DEVICES_REQUEST__INIT;

	segment_init(&devices->segment, LANE_FAST, uv_now(devices->loop) + DEADLINE_MS, done);
	devices->changes_at_start = devices->changes;
	devices->reading = true; /* it may be done when the pool returns */
	if (segment_add_all(&devices->segment, statement_set_internal(devices->statements, "KnownDevices"), &request.base,
			    &devices->arena) &&
	    pg_pool_submit(devices->pool, &devices->segment))
		return true;
	devices->reading = false;
	return false;
}

static void on_poll(uv_timer_t *timer)
{
	struct devices *devices = CONTAINER_OF(timer, struct devices, poll);

	if (!devices->reading && !ask(devices)) /* busy: the next one will do */
		arena_reset(&devices->arena);
}

static void begin_poll(struct devices *devices)
{
	uv_timer_start(&devices->poll, on_poll, devices->config.poll_ms, devices->config.poll_ms);
}

/* ---- its life ---- */

struct devices *devices_new(uv_loop_t *loop, struct pg_pool *pool, const struct statement_set *statements,
			    const struct devices_config *config)
{
	struct devices *devices = calloc(1, sizeof *devices);

	if (!devices)
		return NULL;
	devices->loop = loop;
	devices->pool = pool;
	devices->statements = statements;
	devices->config = *config;
	arena_init(&devices->arena, MEMORY_MAX, MEMORY_MAX);
	uv_timer_init(loop, &devices->poll);
	return devices;
}

void devices_start(struct devices *devices, void (*ready)(void *owner, const char *reason))
{
	devices->ready = ready;
	if (ask(devices))
		return;
	devices->ready = NULL;
	ready(devices->config.owner, "the list of computers found no place in the queue");
}

void devices_close(struct devices *devices)
{
	devices->pool = NULL;
	uv_timer_stop(&devices->poll);
	uv_close((uv_handle_t *)&devices->poll, NULL);
}

void devices_free(struct devices *devices)
{
	if (!devices)
		return;
	PRE(!devices->reading);
	arena_close(&devices->arena);
	free(devices->table);
	free(devices);
}

/* ---- judging ---- */

/* Enrolling is for strangers, while somebody is expected; whoever was sent away stays away. */
static enum tls_verdict judge_stranger(const struct devices *devices, const struct known *known)
{
	if (known && known->verdict == TLS_KEY_REVOKED)
		return TLS_KEY_REVOKED;
	return uv_now(devices->loop) < devices->open_until ? TLS_KEY_KNOWN : TLS_KEY_UNKNOWN;
}

enum tls_verdict devices_judge(void *owner, enum tls_alpn alpn, const uint8_t key[static TLS_PIN])
{
	const struct devices *devices = owner;
	const struct known *known = find(devices, key);

	if (alpn == TLS_ENROL)
		return judge_stranger(devices, known);
	return known ? known->verdict : TLS_KEY_UNKNOWN;
}

bool devices_is_lost(void *owner, const uint8_t key[static TLS_PIN])
{
	const struct known *known = find(owner, key);

	return known && known->verdict == TLS_KEY_REVOKED;
}

void devices_expect(struct devices *devices)
{
	uint64_t until = uv_now(devices->loop) + INVITATION_MS;

	devices->changes++;
	devices->open_until = until > devices->open_until ? until : devices->open_until;
}

void devices_add(struct devices *devices, const uint8_t key[static TLS_PIN])
{
	set(devices, key, TLS_KEY_KNOWN);
}

/* NULL: the answer is of another kind. */
static const Chibo__V1__Device *device_in(const ProtobufCMessage *response)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(response->descriptor, "device");

	if (!field || field->descriptor != (const void *)&chibo__v1__device__descriptor)
		return NULL;
	return *(const Chibo__V1__Device *const *)(const void *)((const char *)response + field->offset);
}

static enum tls_verdict verdict_in(const Chibo__V1__Device *device)
{
	if (device->state == CHIBO__V1__DEVICE_STATE__DEVICE_STATE_SUSPENDED)
		return TLS_KEY_SUSPENDED;
	return device->state == CHIBO__V1__DEVICE_STATE__DEVICE_STATE_REVOKED ? TLS_KEY_REVOKED : TLS_KEY_KNOWN;
}

void devices_learn(struct devices *devices, const ProtobufCMessage *response)
{
	const Chibo__V1__Device *device = device_in(response);
	uint8_t key[TLS_PIN];

	if (!device || !device->has_state)
		return;
	if (device->fingerprint && tls_pin_parse(device->fingerprint, key))
		set(devices, key, verdict_in(device));
	else if (device->state == CHIBO__V1__DEVICE_STATE__DEVICE_STATE_INVITED)
		devices_expect(devices);
}
