/* Login and Redeem: a password or a one-time code becomes a token. Whatever is wrong with name, account,
 * password or code has one answer, after the same statements and as much time (rpc/throttle.h). */
#include <string.h>

#include <sodium.h>

#include "call.h"
#include "chibo/v1/session.pb-c.h"
#include "constant.h"
#include "dispatch_internal.h"
#include "handlers.h"
#include "internal.pb-c.h"
#include "password.h"
#include "proof.h"

/* Of a call that waits for a hash. */
struct login {
	struct proof proof;
	const char *login_name, *password;
	const char *password_hash; /* NULL: no such account, or no password yet */
	const char *new_hash;      /* of Redeem */
	uint8_t account_id[ID_LEN];
	uint8_t token[TOKEN_LEN], token_hash[HASH_LEN], code_hash[HASH_LEN];
};

static void refuse(struct call *call)
{
	call_refuse(call, STATUS_UNAUTHENTICATED, "login_failed", NULL);
}

static ProtobufCBinaryData bytes_of(uint8_t *hash)
{
	return (ProtobufCBinaryData){HASH_LEN, hash};
}

/* ---- the answer, the same for both ---- */

/* The database may find it wrong as well: a code always, a password that was changed while it was hashed. */
static bool is_wrong(const struct call *call)
{
	return call->segment.outcome == SEGMENT_REFUSED && strcmp(call->segment.refusal.rule, "login_failed") == 0;
}

static void answer(struct call *call)
{
	struct login *login = call->handler_data;
	Chibo__V1__SessionLoginResponse *response = arena_alloc(&call->arena, sizeof *response);

	if (is_wrong(call)) {
		proof_fail(call);
		return;
	}
	if (!response) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	chibo__v1__session_login_response__init(response);
	if (!call_take(call, &response->base))
		return;
	proof_pass(call);
	response->has_token = 1;
	response->token = (ProtobufCBinaryData){TOKEN_LEN, login->token};
	call_promote(call, PEER_ADMITTED);
	call_answer(call, &response->base);
}

/* ---- Login ---- */

static void open_session(struct call *call, const char *rehashed)
{
	struct login *login = call->handler_data;
	Chibo__Internal__OpenSessionRequest query = CHIBO__INTERNAL__OPEN_SESSION_REQUEST__INIT;

	query.has_account_id = 1;
	query.account_id = (ProtobufCBinaryData){ID_LEN, login->account_id};
	query.checked = constant(login->password_hash);
	query.has_token_hash = 1;
	query.token_hash = bytes_of(login->token_hash);
	query.rehashed = rehashed ? arena_dup(&call->arena, rehashed, strlen(rehashed)) : NULL;
	query.has_device_key = call->has_device_key;
	query.device_key = bytes_of(call->device_key);
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
	    !hasher_make(&call->dispatch->hasher, login->password, rehashed, call))
		open_session(call, NULL);
}

static void checked(void *owner, enum hash_result result, const char *hash)
{
	struct call *call = owner;

	(void)hash;
	if (result == HASH_MATCHES)
		check_age(call);
	else if (result == HASH_DIFFERS)
		proof_fail(call);
	else
		call_refuse_busy(call);
}

static bool check(struct call *call)
{
	struct login *login = call->handler_data;

	return hasher_check(&call->dispatch->hasher, login->password, login->password_hash, checked, call);
}

/* ---- Redeem ---- */

static void redeem(struct call *call)
{
	struct login *login = call->handler_data;
	Chibo__Internal__RedeemCodeRequest query = CHIBO__INTERNAL__REDEEM_CODE_REQUEST__INIT;

	query.login_name = constant(login->login_name);
	query.has_code_hash = 1;
	query.code_hash = bytes_of(login->code_hash);
	query.password_hash = constant(login->new_hash);
	query.has_token_hash = 1;
	query.token_hash = bytes_of(login->token_hash);
	query.has_device_key = call->has_device_key;
	query.device_key = bytes_of(call->device_key);
	call_query(call, "RedeemCode", &query.base, LANE_WRITE, answer);
}

static void hash_made(void *owner, enum hash_result result, const char *hash)
{
	struct call *call = owner;
	struct login *login = call->handler_data;

	if (result == HASH_MADE) {
		login->new_hash = arena_dup(&call->arena, hash, strlen(hash));
		redeem(call);
	} else if (result == HASH_DIFFERS) { /* a pause: a code that nobody has, and the same statement */
		randombytes_buf(login->code_hash, sizeof login->code_hash);
		login->new_hash = call->dispatch->hasher.dummy;
		redeem(call);
	} else {
		call_refuse_busy(call);
	}
}

static bool make(struct call *call)
{
	struct login *login = call->handler_data;

	return hasher_make(&call->dispatch->hasher, login->password, hash_made, call);
}

/* ---- the way there, the same for both ---- */

static bool keep_account(struct call *call, const Chibo__Internal__FindAccountResponse *account)
{
	struct login *login = call->handler_data;

	if (account->has_account_id)
		memcpy(login->account_id, account->account_id.data, ID_LEN);
	if (account->password_hash)
		login->password_hash =
			arena_dup(&call->arena, account->password_hash, strlen(account->password_hash));
	return !account->password_hash || login->password_hash;
}

static void found(struct call *call)
{
	struct login *login = call->handler_data;
	bool is_redeem = call->input->descriptor == &chibo__v1__session_redeem_request__descriptor;
	Chibo__Internal__FindAccountResponse account = CHIBO__INTERNAL__FIND_ACCOUNT_RESPONSE__INIT;
	struct throttle_record record;
	enum throttle_verdict verdict;
	bool started;

	if (!call_take(call, &account.base))
		return;
	record = (struct throttle_record){
		.failures = (unsigned)account.failures, .failed_ago_ms = (uint64_t)account.failed_ago_ms,
		.cleared = (unsigned)account.cleared, .source_owes_ms = (uint64_t)account.source_owes_ms,
	};
	if (!keep_account(call, &account)) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	verdict = proof_judge(call, login->login_name, &record);
	if (verdict == THROTTLE_BUSY)
		return;
	if (verdict == THROTTLE_MUST_FAIL)
		started = hasher_pause(&call->dispatch->hasher, is_redeem ? hash_made : checked, call);
	else
		started = is_redeem ? make(call) : check(call);
	if (!started)
		call_refuse_busy(call);
}

static void begin(struct call *call, const char *login_name, const char *password, const char *code)
{
	struct login *login = call->handler_data = arena_zalloc(&call->arena, sizeof *login);
	Chibo__Internal__FindAccountRequest query = CHIBO__INTERNAL__FIND_ACCOUNT_REQUEST__INIT;

	if (!login) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	login->login_name = login_name;
	login->password = password;
	if (code)
		crypto_hash_sha256(login->code_hash, (const uint8_t *)code, strlen(code));
	randombytes_buf(login->token, sizeof login->token);
	crypto_hash_sha256(login->token_hash, login->token, sizeof login->token);
	if (!proof_begin(call, refuse))
		return;
	query.login_name = constant(login_name);
	query.source = login->proof.attempt.network;
	call_query(call, "FindAccount", &query.base, LANE_FAST, found);
}

void handle_Session_Login(struct call *call)
{
	const Chibo__V1__SessionLoginRequest *request = (const void *)call->input;

	if (!request->login_name || !request->password)
		call_refuse(call, STATUS_INVALID_ARGUMENT, "required", request->login_name ? "password" : "login_name");
	else if (strlen(request->password) > PASSWORD_MAX)
		refuse(call);
	else
		begin(call, request->login_name, request->password, NULL);
}

void handle_Session_Redeem(struct call *call)
{
	const Chibo__V1__SessionRedeemRequest *request = (const void *)call->input;
	const char *missing = !request->login_name ? "login_name" : !request->code ? "code"
			      : !request->new_password ? "new_password" : NULL;
	const char *rule = missing ? "required" : password_rule(request->new_password);

	if (rule)
		call_refuse(call, STATUS_INVALID_ARGUMENT, rule, missing ? missing : "new_password");
	else
		begin(call, request->login_name, request->new_password, request->code);
}
