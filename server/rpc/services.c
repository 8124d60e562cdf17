/* Holds contract, routes and statement files against each other. */
#include "services.h"

#include <stdio.h>

#include "chibo/v1/account.pb-c.h"
#include "chibo/v1/admission.pb-c.h"
#include "chibo/v1/candidate.pb-c.h"
#include "chibo/v1/catalogue.pb-c.h"
#include "chibo/v1/change_request.pb-c.h"
#include "chibo/v1/class.pb-c.h"
#include "chibo/v1/device.pb-c.h"
#include "chibo/v1/conflict.pb-c.h"
#include "chibo/v1/document.pb-c.h"
#include "chibo/v1/due.pb-c.h"
#include "chibo/v1/envelope.pb-c.h"
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
#include "route.h"
#include "statement.h"
#include "target.h"
#include "wire_check.h"

const ProtobufCServiceDescriptor *const chibo_services[] = {
	&chibo__v1__session_service__descriptor,
	&chibo__v1__account_service__descriptor,
	&chibo__v1__device_service__descriptor,
	&chibo__v1__grant_service__descriptor,
	&chibo__v1__unit_service__descriptor,
	&chibo__v1__sector_service__descriptor,
	&chibo__v1__scheme_service__descriptor,
	&chibo__v1__calendar_service__descriptor,
	&chibo__v1__rule_service__descriptor,
	&chibo__v1__person_service__descriptor,
	&chibo__v1__member_service__descriptor,
	&chibo__v1__report_service__descriptor,
	&chibo__v1__code_service__descriptor,
	&chibo__v1__change_request_service__descriptor,
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
	&chibo__v1__target_service__descriptor,
	&chibo__v1__minutes_service__descriptor,
	&chibo__v1__sync_service__descriptor,
	&chibo__v1__watch_service__descriptor,
	&chibo__v1__admission_service__descriptor,
	&chibo__v1__due_service__descriptor,
	&chibo__v1__conflict_service__descriptor,
};

const size_t chibo_n_services = sizeof chibo_services / sizeof *chibo_services;

static bool check_targets(const struct route *route, char *reason, size_t size)
{
	struct target_list targets;
	char what[160];

	if (target_list_parse(&targets, route->targets, route_method(route)->input, what, sizeof what))
		return true;
	(void)snprintf(reason, size, "routes.def: %s: %s", route->name, what);
	return false;
}

static bool check_route(const struct route *route, const struct statement_set *statements, char *reason,
			size_t size)
{
	const ProtobufCMethodDescriptor *method = route_method(route);
	const struct method_statements *m = method ? statement_set_find(statements, method) : NULL;

	if (!m) {
		(void)snprintf(reason, size, "routes.def: the contract has no %s", route->name);
		return false;
	}
	if ((m->n == 0) != (route->kind == KIND_HANDLER)) {
		(void)snprintf(reason, size, "%s: %s.sql %s", route->name, m->name,
			       m->n == 0 ? "is missing" : "stands beside a handler");
		return false;
	}
	if (!wire_acyclic(method->input) || !wire_acyclic(method->output)) {
		(void)snprintf(reason, size, "%s: a message contains itself", route->name);
		return false;
	}
	return check_targets(route, reason, size);
}

bool services_check(const struct statement_set *statements, char *reason, size_t size)
{
	size_t n_methods = 0;

	if (!wire_acyclic(&chibo__v1__request__descriptor))
		return false;
	for (size_t i = 0; i < chibo_n_services; i++)
		n_methods += chibo_services[i]->n_methods;
	for (size_t i = 0; i < n_routes; i++)
		if (!check_route(&routes[i], statements, reason, size))
			return false;
	if (n_methods != n_routes) {
		(void)snprintf(reason, size, "routes.def has %zu lines, the contract %zu methods", n_routes, n_methods);
		return false;
	}
	return true;
}
