/* The first administrators: makes a one-time code, sends its hash to the running server, prints
 * the code. */
#include "bootstrap.h"

#include "admin_ask.h"
#include "constant.h"
#include "ids.h"
#include "internal.pb-c.h"

int bootstrap(const char *admin_socket, const struct bootstrap_fields *fields)
{
	Chibo__Internal__BootstrapRequest request = CHIBO__INTERNAL__BOOTSTRAP_REQUEST__INIT;
	uint8_t ids[3][ID_SIZE], hash[ADMIN_CODE_HASH];
	char code[ADMIN_CODE];

	for (unsigned i = 0; i < 3; i++)
		id_make(ids[i]);
	admin_code_make(code, hash);
	request.has_account_id = request.has_person_id = request.has_unit_id = 1;
	request.account_id = (ProtobufCBinaryData){ID_SIZE, ids[0]};
	request.person_id = (ProtobufCBinaryData){ID_SIZE, ids[1]};
	request.unit_id = (ProtobufCBinaryData){ID_SIZE, ids[2]};
	request.role = constant(fields->role);
	request.login_name = constant(fields->login_name);
	request.family_name = constant(fields->family_name);
	request.given_name = constant(fields->given_name);
	request.unit_code = constant(fields->unit_code);
	request.unit_name = constant(fields->unit_name);
	request.founded_on = constant(fields->founded_on);
	request.has_code_hash = 1;
	request.code_hash = (ProtobufCBinaryData){sizeof hash, hash};
	return admin_code_show(code, fields->login_name, admin_ask(admin_socket, "Bootstrap", &request.base));
}

int reset_admin(const char *admin_socket, const char *login_name)
{
	Chibo__Internal__ResetAdminRequest request = CHIBO__INTERNAL__RESET_ADMIN_REQUEST__INIT;
	uint8_t hash[ADMIN_CODE_HASH];
	char code[ADMIN_CODE];

	admin_code_make(code, hash);
	request.login_name = constant(login_name);
	request.has_code_hash = 1;
	request.code_hash = (ProtobufCBinaryData){sizeof hash, hash};
	return admin_code_show(code, login_name, admin_ask(admin_socket, "ResetAdmin", &request.base));
}
