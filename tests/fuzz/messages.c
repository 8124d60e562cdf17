/* Both envelopes, messages of every shape in the contract, and one with every kind of field. Seeds
 * name them by position: append only. */
#include "messages.h"

#include "chibo/v1/catalogue.pb-c.h"
#include "chibo/v1/envelope.pb-c.h"
#include "chibo/v1/grant.pb-c.h"
#include "chibo/v1/member.pb-c.h"
#include "chibo/v1/person.pb-c.h"
#include "chibo/v1/report.pb-c.h"
#include "chibo/v1/session.pb-c.h"
#include "chibo/v1/unit.pb-c.h"
#include "kinds.pb-c.h"

const ProtobufCMessageDescriptor *const fuzz_messages[] = {
	&chibo__v1__request__descriptor,
	&chibo__v1__reply__descriptor,
	&chibo__v1__member_create_request__descriptor,
	&chibo__v1__member_update_request__descriptor,
	&chibo__v1__member_import_request__descriptor,
	&chibo__v1__member_get_response__descriptor,
	&chibo__v1__member_list_response__descriptor,
	&chibo__v1__session_login_response__descriptor,
	&chibo__v1__scheme_create_request__descriptor,
	&chibo__v1__report_members_by_sector_response__descriptor,
	&chibo__v1__person_update_request__descriptor,
	&chibo__v1__unit_list_response__descriptor,
	&chibo__v1__grant_list_response__descriptor,
	&test__kinds__descriptor,
};

const size_t n_fuzz_messages = sizeof fuzz_messages / sizeof *fuzz_messages;
