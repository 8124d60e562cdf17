/* Makes a one-time code, sends its hash to the running server, prints the way there with it. */
#include "invite.h"

#include <stdio.h>
#include <sysexits.h>

#include <sodium.h>

#include "admin_ask.h"
#include "constant.h"
#include "ids.h"
#include "internal.pb-c.h"
#include "tls.h"

static int ask(const char *admin_socket, const struct invite_fields *fields, uint8_t *hash)
{
	Chibo__Internal__InviteDeviceRequest request = CHIBO__INTERNAL__INVITE_DEVICE_REQUEST__INIT;
	uint8_t id[ID_SIZE];

	id_make(id);
	request.has_id = 1;
	request.id = (ProtobufCBinaryData){ID_SIZE, id};
	request.login_name = constant(fields->login_name);
	request.unit_code = constant(fields->unit_code);
	request.name = constant(fields->name);
	request.has_code_hash = 1;
	request.code_hash = (ProtobufCBinaryData){ADMIN_CODE_HASH, hash};
	return admin_ask(admin_socket, "InviteDevice", &request.base);
}

int invite_device(const char *admin_socket, const char *key_file, const struct invite_fields *fields)
{
	uint8_t pin[TLS_PIN], hash[ADMIN_CODE_HASH];
	char pin_text[TLS_PIN_TEXT], code[ADMIN_CODE];
	int result;

	if (!tls_key_pin(key_file, pin)) {
		fprintf(stderr, "chibod: %s: not a private key that can be read\n", key_file);
		return EX_NOINPUT;
	}
	tls_pin_print(pin, pin_text);
	admin_code_make(code, hash);
	result = ask(admin_socket, fields, hash);
	if (result == EX_OK) {
		printf("%s#%s#%s\n", fields->address, pin_text, code);
		fputs("Shown once; it works once, for 15 minutes, at the new computer: chibo enrol 'STRING'\n", stderr);
	}
	sodium_memzero(code, sizeof code);
	return result;
}
