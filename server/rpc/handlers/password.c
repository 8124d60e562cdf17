/* ChangePassword: whoever is logged in proves the old password and gets a new one. */
#include "password.h"

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
#include "proof.h"

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

const char *password_rule(const char *password)
{
	if (strlen(password) > PASSWORD_MAX)
		return "password_long";
	if (characters(password) < PASSWORD_MIN_CHARACTERS)
		return "password_short";
	return is_nfc(password) ? NULL : "nfc"; /* input methods type both forms (RFC 8265) */
}

/* ---- the handler ---- */

struct change {
	struct proof proof;
	const char *password_hash; /* the old one */
};

static const Chibo__V1__SessionChangePasswordRequest *request_of(const struct call *call)
{
	return (const void *)call->input;
}

static void refuse(struct call *call)
{
	call_refuse(call, STATUS_INVALID_ARGUMENT, "wrong_password", "old_password");
}

static void changed(struct call *call)
{
	Chibo__V1__SessionChangePasswordResponse *response = arena_alloc(&call->arena, sizeof *response);

	if (!response) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	chibo__v1__session_change_password_response__init(response);
	if (!call_take(call, &response->base))
		return;
	proof_pass(call);
	call_answer(call, &response->base);
}

static void made(void *owner, enum hash_result result, const char *hash)
{
	struct call *call = owner;
	struct change *change = call->handler_data;
	Chibo__Internal__ChangePasswordRequest query = CHIBO__INTERNAL__CHANGE_PASSWORD_REQUEST__INIT;

	if (result != HASH_MADE) {
		call_refuse_busy(call);
		return;
	}
	query.checked = constant(change->password_hash);
	query.password_hash = arena_dup(&call->arena, hash, strlen(hash));
	call_query_entered(call, "ChangePassword", &query.base, LANE_WRITE, changed);
}

static void checked(void *owner, enum hash_result result, const char *hash)
{
	struct call *call = owner;

	(void)hash;
	if (result == HASH_DIFFERS)
		proof_fail(call);
	else if (result != HASH_MATCHES ||
		 !hasher_make(&call->dispatch->hasher, request_of(call)->new_password, made, call))
		call_refuse_busy(call);
}

static bool hold_against(struct call *call, enum throttle_verdict verdict)
{
	struct change *change = call->handler_data;

	if (verdict == THROTTLE_MUST_FAIL)
		return hasher_pause(&call->dispatch->hasher, checked, call);
	return hasher_check(&call->dispatch->hasher, request_of(call)->old_password, change->password_hash, checked,
			    call);
}

static void found(struct call *call)
{
	struct change *change = call->handler_data;
	Chibo__Internal__FindOwnPasswordResponse own = CHIBO__INTERNAL__FIND_OWN_PASSWORD_RESPONSE__INIT;
	struct throttle_record record;
	enum throttle_verdict verdict;
	const char *login_name;

	if (!call_take(call, &own.base))
		return;
	record = (struct throttle_record){
		.failures = (unsigned)own.failures, .failed_ago_ms = (uint64_t)own.failed_ago_ms,
		.cleared = (unsigned)own.cleared, .source_owes_ms = (uint64_t)own.source_owes_ms,
	};
	login_name = arena_dup(&call->arena, own.login_name, strlen(own.login_name));
	change->password_hash = arena_dup(&call->arena, own.password_hash, strlen(own.password_hash));
	if (!login_name || !change->password_hash) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	verdict = proof_judge(call, login_name, &record);
	if (verdict != THROTTLE_BUSY && !hold_against(call, verdict))
		call_refuse_busy(call);
}

static const char *missing_field(const Chibo__V1__SessionChangePasswordRequest *request)
{
	return !request->old_password ? "old_password" : !request->new_password ? "new_password" : NULL;
}

void handle_Session_ChangePassword(struct call *call)
{
	const Chibo__V1__SessionChangePasswordRequest *request = request_of(call);
	const char *missing = missing_field(request);
	const char *rule = missing ? "required" : password_rule(request->new_password);
	Chibo__Internal__FindOwnPasswordRequest query = CHIBO__INTERNAL__FIND_OWN_PASSWORD_REQUEST__INIT;
	struct change *change;

	if (rule) {
		call_refuse(call, STATUS_INVALID_ARGUMENT, rule, missing ? missing : "new_password");
		return;
	}
	if (strlen(request->old_password) > PASSWORD_MAX) {
		refuse(call);
		return;
	}
	change = call->handler_data = arena_zalloc(&call->arena, sizeof *change);
	if (!change) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	if (!proof_begin(call, refuse))
		return;
	query.source = change->proof.attempt.network;
	call_query_entered(call, "FindOwnPassword", &query.base, LANE_FAST, found);
}
