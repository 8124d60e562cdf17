/* Login and Redeem: a password or a one-time code becomes a token. */
#include <stdlib.h>
#include <string.h>

#include <sodium.h>
#include <utf8proc.h>

#include "call.h"
#include "chibo/v1/session.pb-c.h"
#include "constant.h"
#include "dispatch_internal.h"
#include "handlers.h"
#include "internal.pb-c.h"

enum { PASSWORD_MAX = 512, PASSWORD_MIN_CHARACTERS = 12 };

/* Of a call that waits for a hash. */
struct login {
	const char *login_name, *password;
	const char *password_hash; /* NULL: no such account, or no password yet */
	uint8_t token[TOKEN_LEN], token_hash[HASH_LEN], code_hash[HASH_LEN];
	ProtobufCBinaryData account_id;
};

static struct login *login_new(struct call *call, const char *login_name, const char *password)
{
	struct login *login = arena_zalloc(&call->arena, sizeof *login);

	if (!login) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return NULL;
	}
	login->login_name = login_name;
	login->password = password;
	randombytes_buf(login->token, sizeof login->token);
	crypto_hash_sha256(login->token_hash, login->token, sizeof login->token);
	call->handler_data = login;
	return login;
}

static ProtobufCBinaryData bytes_of(uint8_t *hash)
{
	return (ProtobufCBinaryData){HASH_LEN, hash};
}

/* ---- the answer, the same for both ---- */

static void answer(struct call *call)
{
	struct login *login = call->handler_data;
	Chibo__V1__SessionLoginResponse *response = arena_alloc(&call->arena, sizeof *response);

	if (!response) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	chibo__v1__session_login_response__init(response);
	if (!call_take(call, &response->base))
		return;
	if (!response->has_expires_at_us) {
		call_refuse(call, STATUS_UNAUTHENTICATED, "login_failed", NULL);
		return;
	}
	response->has_token = 1;
	response->token = (ProtobufCBinaryData){TOKEN_LEN, login->token};
	call_promote(call, PEER_ADMITTED);
	call_answer(call, &response->base);
}

/* ---- Login ---- */

static void refuse_login(struct call *call)
{
	call_refuse(call, STATUS_UNAUTHENTICATED, "login_failed", NULL);
}

/* One answer for every failure: unknown, ended, wrong (trust, "Throttling and one answer"). */
static void record_failure(struct call *call)
{
	struct login *login = call->handler_data;
	Chibo__Internal__RecordFailureRequest query = CHIBO__INTERNAL__RECORD_FAILURE_REQUEST__INIT;

	query.login_name = constant(login->login_name);
	query.source = call->peer ? call->peer->source : NULL;
	call_query(call, "RecordFailure", &query.base, LANE_WRITE, refuse_login);
}

static void open_session(struct call *call, const char *rehashed)
{
	struct login *login = call->handler_data;
	Chibo__Internal__OpenSessionRequest query = CHIBO__INTERNAL__OPEN_SESSION_REQUEST__INIT;

	query.has_account_id = 1;
	query.account_id = login->account_id;
	query.has_token_hash = 1;
	query.token_hash = bytes_of(login->token_hash);
	query.rehashed = rehashed ? arena_dup(&call->arena, rehashed, strlen(rehashed)) : NULL;
	call_query(call, "OpenSession", &query.base, LANE_WRITE, answer);
}

static void rehashed(void *owner, enum hash_result result, const char *hash)
{
	open_session(owner, result == HASH_MADE ? hash : NULL);
}

/* The parameters may have been raised since the password was set. */
static void check_age(struct call *call)
{
	struct login *login = call->handler_data;
	const struct dispatch_config *config = &call->dispatch->config;

	if (crypto_pwhash_str_needs_rehash(login->password_hash, config->argon2_ops, config->argon2_bytes) == 0 ||
	    !hasher_make(&call->dispatch->hasher, login->password, call->deadline, rehashed, call))
		open_session(call, NULL);
}

static void checked(void *owner, enum hash_result result, const char *hash)
{
	struct call *call = owner;

	(void)hash;
	if (result == HASH_MATCHES)
		check_age(call);
	else if (result == HASH_DIFFERS)
		record_failure(call);
	else
		call_refuse_busy(call);
}

static void found(struct call *call)
{
	struct login *login = call->handler_data;
	Chibo__Internal__FindAccountResponse account = CHIBO__INTERNAL__FIND_ACCOUNT_RESPONSE__INIT;

	if (!call_take(call, &account.base))
		return;
	if (account.password_hash)
		login->password_hash = arena_dup(&call->arena, account.password_hash, strlen(account.password_hash));
	if (account.has_account_id) {
		login->account_id.data = (uint8_t *)arena_dup(&call->arena, account.account_id.data, ID_LEN);
		login->account_id.len = ID_LEN;
	}
	if (!hasher_check(&call->dispatch->hasher, login->password, login->password_hash, call->deadline, checked,
			  call))
		call_refuse_busy(call);
}

void handle_Session_Login(struct call *call)
{
	const Chibo__V1__SessionLoginRequest *request = (const void *)call->input;
	Chibo__Internal__FindAccountRequest query = CHIBO__INTERNAL__FIND_ACCOUNT_REQUEST__INIT;

	if (!request->login_name || !request->password) {
		call_refuse(call, STATUS_INVALID_ARGUMENT, "required", request->login_name ? "password" : "login_name");
		return;
	}
	if (strlen(request->password) > PASSWORD_MAX) {
		call_refuse(call, STATUS_UNAUTHENTICATED, "login_failed", NULL);
		return;
	}
	if (!login_new(call, request->login_name, request->password))
		return;
	query.login_name = request->login_name;
	call_query(call, "FindAccount", &query.base, LANE_FAST, found);
}

/* ---- Redeem ---- */

static void hash_made(void *owner, enum hash_result result, const char *hash)
{
	struct call *call = owner;
	struct login *login = call->handler_data;
	Chibo__Internal__RedeemCodeRequest query = CHIBO__INTERNAL__REDEEM_CODE_REQUEST__INIT;

	if (result != HASH_MADE) {
		call_refuse_busy(call);
		return;
	}
	query.login_name = constant(login->login_name);
	query.has_code_hash = 1;
	query.code_hash = bytes_of(login->code_hash);
	query.password_hash = arena_dup(&call->arena, hash, strlen(hash));
	query.has_token_hash = 1;
	query.token_hash = bytes_of(login->token_hash);
	call_query(call, "RedeemCode", &query.base, LANE_WRITE, answer);
}

static bool is_nfc(const char *text)
{
	utf8proc_uint8_t *normal = utf8proc_NFC((const utf8proc_uint8_t *)text);
	bool same = normal && strcmp((const char *)normal, text) == 0;

	if (normal)
		sodium_memzero(normal, strlen((const char *)normal));
	free(normal);
	return same;
}

static size_t characters(const char *text)
{
	size_t n = 0;

	for (; *text; text++)
		n += ((unsigned char)*text & 0xc0) != 0x80;
	return n;
}

/* NULL: the password may be used. */
static const char *password_rule(const char *password)
{
	if (strlen(password) > PASSWORD_MAX)
		return "password_long";
	if (characters(password) < PASSWORD_MIN_CHARACTERS)
		return "password_short";
	return is_nfc(password) ? NULL : "nfc"; /* input methods type both forms (RFC 8265) */
}

void handle_Session_Redeem(struct call *call)
{
	const Chibo__V1__SessionRedeemRequest *request = (const void *)call->input;
	const char *missing = !request->login_name ? "login_name" : !request->code ? "code"
			      : !request->new_password ? "new_password" : NULL;
	const char *rule = missing ? "required" : password_rule(request->new_password);
	struct login *login;

	if (rule) {
		call_refuse(call, STATUS_INVALID_ARGUMENT, rule, missing ? missing : "new_password");
		return;
	}
	login = login_new(call, request->login_name, request->new_password);
	if (!login)
		return;
	crypto_hash_sha256(login->code_hash, (const uint8_t *)request->code, strlen(request->code));
	if (!hasher_make(&call->dispatch->hasher, login->password, call->deadline, hash_made, call))
		call_refuse_busy(call);
}
