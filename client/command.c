/* Nouns and verbs from the service descriptors; nothing here knows any method by name. */
#include "command.h"

#include <string.h>

#include "chibo/v1/account.pb-c.h"
#include "chibo/v1/admission.pb-c.h"
#include "chibo/v1/candidate.pb-c.h"
#include "chibo/v1/catalogue.pb-c.h"
#include "chibo/v1/change_request.pb-c.h"
#include "chibo/v1/class.pb-c.h"
#include "chibo/v1/conflict.pb-c.h"
#include "chibo/v1/device.pb-c.h"
#include "chibo/v1/document.pb-c.h"
#include "chibo/v1/due.pb-c.h"
#include "chibo/v1/grant.pb-c.h"
#include "chibo/v1/history.pb-c.h"
#include "chibo/v1/ledger.pb-c.h"
#include "chibo/v1/meeting.pb-c.h"
#include "chibo/v1/member.pb-c.h"
#include "chibo/v1/minutes.pb-c.h"
#include "chibo/v1/person.pb-c.h"
#include "chibo/v1/post.pb-c.h"
#include "chibo/v1/pilot.pb-c.h"
#include "chibo/v1/plan.pb-c.h"
#include "chibo/v1/probation.pb-c.h"
#include "chibo/v1/proposal.pb-c.h"
#include "chibo/v1/report.pb-c.h"
#include "chibo/v1/residential.pb-c.h"
#include "chibo/v1/resolution.pb-c.h"
#include "chibo/v1/role.pb-c.h"
#include "chibo/v1/sent_report.pb-c.h"
#include "chibo/v1/score.pb-c.h"
#include "chibo/v1/session.pb-c.h"
#include "chibo/v1/sync.pb-c.h"
#include "chibo/v1/target.pb-c.h"
#include "chibo/v1/task.pb-c.h"
#include "chibo/v1/template.pb-c.h"
#include "chibo/v1/unit.pb-c.h"
#include "chibo/v1/vote.pb-c.h"
#include "chibo/v1/watch.pb-c.h"
#include "clean.h"

static const ProtobufCServiceDescriptor *const services[] = {
	&chibo__v1__unit_service__descriptor,
	&chibo__v1__member_service__descriptor,
	&chibo__v1__person_service__descriptor,
	&chibo__v1__report_service__descriptor,
	&chibo__v1__account_service__descriptor,
	&chibo__v1__grant_service__descriptor,
	&chibo__v1__device_service__descriptor,
	&chibo__v1__session_service__descriptor,
	&chibo__v1__sector_service__descriptor,
	&chibo__v1__scheme_service__descriptor,
	&chibo__v1__calendar_service__descriptor,
	&chibo__v1__rule_service__descriptor,
	&chibo__v1__code_service__descriptor,
	&chibo__v1__change_request_service__descriptor,
	&chibo__v1__conflict_service__descriptor,
	&chibo__v1__history_service__descriptor,
	&chibo__v1__ledger_service__descriptor,
	&chibo__v1__role_service__descriptor,
	&chibo__v1__meeting_service__descriptor,
	&chibo__v1__criteria_service__descriptor,
	&chibo__v1__score_service__descriptor,
	&chibo__v1__document_service__descriptor,
	&chibo__v1__template_service__descriptor,
	&chibo__v1__vote_service__descriptor,
	&chibo__v1__post_service__descriptor,
	&chibo__v1__residential_service__descriptor,
	&chibo__v1__sent_report_service__descriptor,
	&chibo__v1__plan_service__descriptor,
	&chibo__v1__pilot_service__descriptor,
	&chibo__v1__resolution_service__descriptor,
	&chibo__v1__task_service__descriptor,
	&chibo__v1__probation_service__descriptor,
	&chibo__v1__proposal_service__descriptor,
	&chibo__v1__candidate_service__descriptor,
	&chibo__v1__class_service__descriptor,
	&chibo__v1__term_service__descriptor,
	&chibo__v1__sync_service__descriptor,
	&chibo__v1__watch_service__descriptor,
	&chibo__v1__target_service__descriptor,
	&chibo__v1__minutes_service__descriptor,
	&chibo__v1__admission_service__descriptor,
	&chibo__v1__due_service__descriptor,
};

const ProtobufCServiceDescriptor *command_service(size_t n)
{
	return n < sizeof(services) / sizeof(services[0]) ? services[n] : NULL;
}

const char *command_stem(struct arena *arena, const ProtobufCServiceDescriptor *service)
{
	const char *end = strstr(service->short_name, "Service");

	return mem_copy(arena, service->short_name,
			end == NULL ? strlen(service->short_name)
				    : (size_t)(end - service->short_name));
}

const char *command_kebab(struct arena *arena, const char *name)
{
	size_t n = strlen(name);
	struct text out;

	/* the unit of an instant is the wire's: started_at_us is --started-at */
	if (n > 6 && strcmp(name + n - 6, "_at_us") == 0)
		n -= 3;
	text_init(&out, arena);
	for (const char *c = name; c < name + n; c++) {
		bool upper = *c >= 'A' && *c <= 'Z';

		if (upper && c > name)
			text_putc(&out, '-');
		if (*c == '_')
			text_putc(&out, '-');
		else
			text_putc(&out, clean_lower(*c));
	}
	return out.data;
}

const char *command_noun(struct arena *arena, const ProtobufCServiceDescriptor *service)
{
	return command_kebab(arena, command_stem(arena, service));
}

const ProtobufCServiceDescriptor *command_find_service(struct arena *arena, const char *noun)
{
	for (size_t i = 0; command_service(i) != NULL; i++)
		if (strcmp(command_noun(arena, command_service(i)), noun) == 0)
			return command_service(i);
	return NULL;
}

void command_verb(struct arena *arena, const ProtobufCServiceDescriptor *service, unsigned n,
		  struct verb *verb)
{
	const ProtobufCMethodDescriptor *method = &service->methods[n];

	*verb = (struct verb){
		.service = service,
		.method = method,
		.text = text_method(command_stem(arena, service), method->name),
		.noun = command_noun(arena, service),
		.name = command_kebab(arena, method->name),
		.route = mem_format(arena, "%s/%s", service->short_name, method->name),
	};
}

bool command_find_verb(struct arena *arena, const ProtobufCServiceDescriptor *service,
		       const char *name, struct verb *verb)
{
	for (unsigned i = 0; i < service->n_methods; i++) {
		command_verb(arena, service, i, verb);
		if (strcmp(verb->name, name) == 0 && verb->text != NULL &&
		    verb->text->manner != MANNER_HIDDEN)
			return true;
	}
	return false;
}

void command_known_verb(struct arena *arena, const char *service, const char *method,
			struct verb *verb)
{
	for (size_t i = 0; command_service(i) != NULL; i++) {
		const ProtobufCServiceDescriptor *found = command_service(i);

		if (strcmp(command_stem(arena, found), service) != 0)
			continue;
		for (unsigned m = 0; m < found->n_methods; m++)
			if (strcmp(found->methods[m].name, method) == 0)
				command_verb(arena, found, m, verb);
	}
}

bool command_find_route(struct arena *arena, const char *route, struct verb *verb)
{
	const char *end = strstr(route, "Service/");

	*verb = (struct verb){0};
	if (end != NULL)
		command_known_verb(arena, mem_copy(arena, route, (size_t)(end - route)), end + strlen("Service/"), verb);
	return verb->method != NULL && verb->text != NULL;
}

/* Paging is done by the program, and it makes the hash of a one-time code. */
bool command_takes(const ProtobufCFieldDescriptor *field)
{
	return !command_listed("after after_due_on after_pos after_id after_group_id limit code_hash", ' ',
			       field->name);
}

bool command_is_secret(const ProtobufCFieldDescriptor *field)
{
	return field->type == PROTOBUF_C_TYPE_STRING &&
	       command_listed("national_id address phone notes", ' ', field->name);
}

const char *command_option(struct arena *arena, const ProtobufCFieldDescriptor *field)
{
	const char *name = command_kebab(arena, field->name);

	if (command_is_secret(field))
		return mem_format(arena, "%s-file", name);
	return field->type == PROTOBUF_C_TYPE_MESSAGE ? mem_format(arena, "%s-from", name) : name;
}

bool command_listed(const char *list, char separator, const char *word)
{
	size_t n = strlen(word);

	for (const char *at = list; *at != '\0';) {
		const char *end = strchrnul(at, separator);

		if ((size_t)(end - at) == n && memcmp(at, word, n) == 0)
			return true;
		at = *end == '\0' ? end : end + 1;
	}
	return false;
}

void command_nearer(struct nearest *best, const char *typed, const char *candidate)
{
	size_t distance = clean_distance(typed, candidate);

	if (distance <= 2 && distance < strlen(candidate) &&
	    (best->word == NULL || distance < best->distance))
		*best = (struct nearest){candidate, distance};
}
