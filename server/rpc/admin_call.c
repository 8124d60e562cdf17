/* A command of the admin socket runs without a session: whoever reaches the socket is root. */
#include "admin_call.h"

#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "devices.h"
#include "dispatch_internal.h"
#include "internal.pb-c.h"
#include "list.h"
#include "log.h"
#include "reseal.h"
#include "segment.h"
#include "wire_check.h"

enum { MEMORY_MAX = 64 * 1024, DEADLINE_MS = 10000, ELEMENTS_MAX = 32 };

struct admin_call {
	struct arena arena;
	struct segment segment;
	struct dispatch *dispatch;
	const struct command *command; /* NULL: none that we know */
	uint32_t uid;                  /* who asks */
	void (*done)(void *owner, const struct refusal *refusal);
	void *owner;
};

/* `run` ends with finish(), now or later. */
struct command {
	const char *name; /* also of the internal statement, where there is one */
	const ProtobufCMessageDescriptor *request;
	void (*run)(struct admin_call *call, ProtobufCMessage *request);
	bool invites; /* a computer, which may come at once */
};

static void finish(struct admin_call *call, const struct refusal *refusal)
{
	log_info("event=admin command=%s uid=%u code=%s rule=%s", call->command ? call->command->name : "-", call->uid,
		 refusal ? status_name(refusal->code) : "OK", refusal ? refusal->rule : "-");
	call->done(call->owner, refusal);
	segment_clear(&call->segment);
	arena_close(&call->arena);
	free(call);
}

static void fail(struct admin_call *call, enum status code, const char *rule, const char *field)
{
	refusal_set(&call->segment.refusal, code, rule, field);
	finish(call, &call->segment.refusal);
}

/* ---- commands that are one statement ---- */

static void segment_done(struct segment *segment)
{
	struct admin_call *call = CONTAINER_OF(segment, struct admin_call, segment);

	if (segment->outcome == SEGMENT_COMMITTED && call->command->invites && call->dispatch->devices)
		devices_expect(call->dispatch->devices);
	if (segment->outcome == SEGMENT_COMMITTED)
		finish(call, NULL);
	else if (segment->outcome == SEGMENT_REFUSED)
		finish(call, &segment->refusal);
	else
		fail(call, STATUS_UNAVAILABLE, "outcome_unknown", NULL);
}

/* Who asks is on record, and is not taken from the request. */
static void set_local_uid(struct admin_call *call, ProtobufCMessage *request)
{
	const ProtobufCFieldDescriptor *field =
		protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "local_uid");
	char *message = (char *)request;
	int32_t uid = (int32_t)call->uid;
	protobuf_c_boolean yes = 1;

	memcpy(message + field->offset, &uid, sizeof uid);
	memcpy(message + field->quantifier_offset, &yes, sizeof yes);
}

static void run_statement(struct admin_call *call, ProtobufCMessage *request)
{
	const struct method_statements *statements =
		statement_set_internal(call->dispatch->statements, call->command->name);

	set_local_uid(call, request);
	segment_init(&call->segment, LANE_WRITE, uv_now(call->dispatch->loop) + DEADLINE_MS, segment_done);
	if (!segment_add_all(&call->segment, statements, request, &call->arena))
		finish(call, &call->segment.refusal);
	else if (!dispatch_submit(call->dispatch, &call->segment))
		fail(call, STATUS_UNAVAILABLE, "busy", NULL);
}

/* ---- and those that are more ---- */

static void reseal_done(void *owner, const struct refusal *result)
{
	finish(owner, result);
}

static void run_reseal(struct admin_call *call, ProtobufCMessage *request)
{
	(void)request;
	reseal_start(call->dispatch, reseal_done, call);
}

static const struct command commands[] = {
	{"Bootstrap", &chibo__internal__bootstrap_request__descriptor, run_statement, false},
	{"ResetAdmin", &chibo__internal__reset_admin_request__descriptor, run_statement, false},
	{"InviteDevice", &chibo__internal__invite_device_request__descriptor, run_statement, true},
	{"NewHistory", &chibo__internal__new_history_request__descriptor, run_statement, false},
	{"Reseal", &chibo__internal__reseal_batch_request__descriptor, run_reseal, false},
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; name && i < sizeof commands / sizeof commands[0]; i++)
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	return NULL;
}

/* ---- the request ---- */

/* NULL: the refusal is set. */
static ProtobufCMessage *unpack(struct admin_call *call, const ProtobufCMessageDescriptor *type,
				const uint8_t *packed, size_t len)
{
	static const struct wire_limits limits = {WIRE_DEPTH, ELEMENTS_MAX, 0};
	ProtobufCMessage *message;

	if (!wire_check(type, packed, len, &limits, &call->segment.refusal))
		return NULL;
	message = protobuf_c_message_unpack(type, arena_allocator(&call->arena), len, packed);
	if (!message)
		refusal_set(&call->segment.refusal, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
	return message;
}

static void start(struct admin_call *call, const uint8_t *packed, size_t len)
{
	const Chibo__Internal__AdminRequest *envelope =
		(const void *)unpack(call, &chibo__internal__admin_request__descriptor, packed, len);
	ProtobufCMessage *request = NULL;

	if (!envelope) {
		finish(call, &call->segment.refusal);
		return;
	}
	call->command = find_command(envelope->command);
	if (!call->command) {
		fail(call, STATUS_UNIMPLEMENTED, "unknown_method", "command");
		return;
	}
	request = unpack(call, call->command->request, envelope->body.data, envelope->body.len);
	if (request)
		call->command->run(call, request);
	else
		finish(call, &call->segment.refusal);
}

void admin_run(struct dispatch *dispatch, const uint8_t *packed, size_t len, uint32_t uid,
	       void (*done)(void *owner, const struct refusal *refusal), void *owner)
{
	struct admin_call *call = calloc(1, sizeof *call);
	struct refusal no_memory;

	if (!call) {
		refusal_set(&no_memory, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		done(owner, &no_memory);
		return;
	}
	call->dispatch = dispatch;
	call->uid = uid;
	call->done = done;
	call->owner = owner;
	arena_init(&call->arena, MEMORY_MAX, MEMORY_MAX);
	segment_init(&call->segment, LANE_WRITE, 0, segment_done);
	start(call, packed, len);
}
