/* The targets column of routes.def, held against the request's message. */
#include "target.h"

#include <stdio.h>
#include <string.h>

/* Each has its line in auth.check_targets. */
static const char *const entities[] = {
	"unit",
	"person",
	"member",
	"account",
	"grant",
	"change_request",
	"meeting",
	"vote_item",
	"minutes",
	"scoring",
	"device",
	"membership",
	"post",
	"post_holding",
	"residential_registration",
	"sent_report",
	"plan",
	"resolution",
	"resolution_copy",
	"task",
	"proposal",
	"proposal_recipient",
	"candidate",
	"term",
	"target",
	"parked_operation",
};

struct parser {
	struct target_list *list;
	const ProtobufCMessageDescriptor *request;
	char *reason;
	size_t reason_size;
};

static bool fail(struct parser *p, const char *what, const char *name)
{
	(void)snprintf(p->reason, p->reason_size, "targets: %s '%s'", what, name);
	return false;
}

static const char *find_entity(const char *name)
{
	for (size_t i = 0; i < sizeof entities / sizeof *entities; i++)
		if (strcmp(entities[i], name) == 0)
			return entities[i];
	return NULL;
}

static bool parse_target(struct parser *p, char *text)
{
	char *state = NULL;
	const char *entity = strtok_r(text, " ", &state);
	const char *field = strtok_r(NULL, " ", &state);
	struct target *target = &p->list->items[p->list->n];

	if (!entity || !field || strtok_r(NULL, " ", &state))
		return fail(p, "an entity and a field are wanted, not", entity ? entity : "");
	if (p->list->n == TARGETS_MAX)
		return fail(p, "too many before", field);
	target->entity = find_entity(entity);
	if (!target->entity)
		return fail(p, "nobody knows the entity", entity);
	target->field = protobuf_c_message_descriptor_get_field_by_name(p->request, field);
	if (!target->field)
		return fail(p, "the request has no field", field);
	if (target->field->type != PROTOBUF_C_TYPE_BYTES || target->field->label != PROTOBUF_C_LABEL_OPTIONAL)
		return fail(p, "no single id is in field", field);
	p->list->n++;
	return true;
}

bool target_list_parse(struct target_list *list, const char *text, const ProtobufCMessageDescriptor *request,
		       char *reason, size_t reason_size)
{
	struct parser p = {list, request, reason, reason_size};
	char copy[256];
	char *rest = copy;

	list->n = 0;
	if (strlen(text) >= sizeof copy)
		return fail(&p, "too long is", text);
	memcpy(copy, text, strlen(text) + 1);
	while (*text && rest)
		if (!parse_target(&p, strsep(&rest, ",")))
			return false;
	return true;
}

const ProtobufCBinaryData *target_id(const struct target *target, const ProtobufCMessage *request)
{
	const char *base = (const char *)request;
	protobuf_c_boolean present;

	memcpy(&present, base + target->field->quantifier_offset, sizeof present);
	return present ? (const void *)(base + target->field->offset) : NULL;
}
