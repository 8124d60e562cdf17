/* Contexts: what both ends agree on, and how each judges the other. */
#include "tls_context.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls_key.h"

/* The wire form of an ALPN list: one name, its length before it. */
static const struct alpn {
	const unsigned char *wire;
	unsigned len;
} alpns[] = {
	[TLS_WORK] = { (const unsigned char *)"\x07" TLS_ALPN, sizeof TLS_ALPN },
	[TLS_ENROL] = { (const unsigned char *)"\x0d" TLS_ALPN_ENROL, sizeof TLS_ALPN_ENROL },
};

enum { N_ALPNS = sizeof alpns / sizeof *alpns };

static bool has_alpn(SSL *ssl, const struct alpn *alpn)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &name, &len);
	return len + 1 == alpn->len && memcmp(name, alpn->wire + 1, len) == 0;
}

static bool is_pinned(const struct tls_context *context, const uint8_t pin[static TLS_PIN])
{
	size_t i;

	for (i = 0; i < context->n_pins; i++) {
		if (memcmp(context->pins[i], pin, TLS_PIN) == 0)
			return true;
	}
	return false;
}

/*
 * Judges the server by ALPN and key, before anything is sent to it. No chain, no name, no date:
 * clocks in wards are wrong (pitfalls T15, T17).
 */
static int judge_server(X509_STORE_CTX *store, void *owner)
{
	const struct tls_context *context = owner;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	struct tls *tls = SSL_get_app_data(ssl);
	uint8_t pin[TLS_PIN];

	if (!has_alpn(ssl, &alpns[context->alpn]))
		tls->reason = "alpn";
	else if (!tls_key_digest(X509_get_X509_PUBKEY(certificate), pin) ||
		 !is_pinned(context, pin))
		tls->reason = "server_key";
	else
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
	return 0;
}

/* What the server's log and, by the alert that OpenSSL makes of the error, the client are told. */
static const struct {
	const char *reason;
	int error;
} verdicts[] = {
	[TLS_KEY_UNKNOWN] = { "unknown_key", X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT },
	[TLS_KEY_REVOKED] = { "revoked_key", X509_V_ERR_CERT_REVOKED },
	[TLS_KEY_SUSPENDED] = { "suspended_key", X509_V_ERR_CERT_HAS_EXPIRED },
};

/* Judges the computer by its key, before a byte of it reaches a parser of ours. Nothing else that
 * its certificate says counts. */
static int judge_client(X509_STORE_CTX *store, void *owner)
{
	const struct tls_context *context = owner;
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *tls = SSL_get_app_data(ssl);
	enum tls_verdict verdict = TLS_KEY_UNKNOWN;

	if (tls_key_digest(X509_get_X509_PUBKEY(X509_STORE_CTX_get0_cert(store)), tls->key))
		verdict = context->computers.judge(context->computers.owner, tls->alpn, tls->key);
	tls->has_key = verdict == TLS_KEY_KNOWN;
	if (tls->has_key)
		return 1;
	tls->reason = verdicts[verdict].reason;
	X509_STORE_CTX_set_error(store, verdicts[verdict].error);
	return 0;
}

/* A client that offers no ALPN never reaches choose_alpn(). */
static int demand_alpn(SSL *ssl, int *alert, void *context)
{
	const unsigned char *names;
	size_t len;

	(void)context;
	if (SSL_client_hello_get0_ext(ssl, TLSEXT_TYPE_application_layer_protocol_negotiation,
				      &names, &len))
		return SSL_CLIENT_HELLO_SUCCESS;
	((struct tls *)SSL_get_app_data(ssl))->reason = "alpn";
	*alert = SSL_AD_NO_APPLICATION_PROTOCOL;
	return SSL_CLIENT_HELLO_ERROR;
}

static bool offers(const unsigned char *offered, unsigned len, const struct alpn *alpn)
{
	for (unsigned i = 0; i < len; i += 1u + offered[i])
		if (len - i >= alpn->len && memcmp(offered + i, alpn->wire, alpn->len) == 0)
			return true;
	return false;
}

/* Comes before the server asks for a certificate: here is decided whether one must be shown. */
static void ask(SSL *ssl, const struct tls_context *context, enum tls_alpn alpn)
{
	int mode = SSL_VERIFY_PEER;

	if (alpn == TLS_ENROL || context->computers.required)
		mode |= SSL_VERIFY_FAIL_IF_NO_PEER_CERT;
	SSL_set_verify(ssl, mode, NULL);
}

static int choose_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
		       const unsigned char *offered, unsigned offered_len, void *owner)
{
	const struct tls_context *context = owner;
	unsigned n = context->asks ? N_ALPNS : TLS_ENROL;
	struct tls *tls = SSL_get_app_data(ssl);

	for (unsigned i = 0; i < n; i++) {
		if (!offers(offered, offered_len, &alpns[i]))
			continue;
		*chosen = alpns[i].wire + 1;
		*chosen_len = (unsigned char)(alpns[i].len - 1);
		tls->alpn = (enum tls_alpn)i;
		if (context->asks)
			ask(ssl, context, tls->alpn);
		return SSL_TLSEXT_ERR_OK;
	}
	return SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* What both ends agree on. Without 0-RTT a ticket saves no round trip, with it requests could be
 * replayed: so no tickets and no sessions (pitfalls T11 to T13). */
static bool set_up(SSL_CTX *ssl)
{
	SSL_CTX_set_mode(ssl, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_CLEANSE_PLAINTEXT);
	return SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) &&
	       SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) &&
	       SSL_CTX_set_num_tickets(ssl, 0) &&
	       SSL_CTX_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
					     "TLS_CHACHA20_POLY1305_SHA256") &&
	       SSL_CTX_set1_groups_list(ssl, "P-256:X25519") &&
	       SSL_CTX_set1_sigalgs_list(ssl, "ECDSA+SHA256");
}

static struct tls_context *context_new(const SSL_METHOD *method, struct tls_error *error)
{
	struct tls_context *context = calloc(1, sizeof *context);

	ERR_clear_error();
	if (context) {
		context->users = 1;
		context->ssl = SSL_CTX_new(method);
	}
	if (context && context->ssl && set_up(context->ssl))
		return context;
	tls_key_fail(error, "TLS 1.3 cannot be set up", NULL);
	tls_context_free(context);
	return NULL;
}

static bool use_key(struct tls_context *context, const char *key_file, struct tls_error *error)
{
	EVP_PKEY *key = tls_key_load(key_file, error);
	X509 *certificate;
	bool used;

	if (!key)
		return false;
	certificate = tls_key_certificate(key);
	used = certificate && SSL_CTX_use_certificate(context->ssl, certificate) &&
	       SSL_CTX_use_PrivateKey(context->ssl, key);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return used || tls_key_fail(error, "the key cannot be used", key_file);
}

struct tls_context *tls_server_context(const char *key_file, struct tls_error *error)
{
	struct tls_context *context = context_new(TLS_server_method(), error);

	if (!context)
		return NULL;
	context->server = true;
	SSL_CTX_set_client_hello_cb(context->ssl, demand_alpn, NULL);
	SSL_CTX_set_alpn_select_cb(context->ssl, choose_alpn, context);
	if (use_key(context, key_file, error))
		return context;
	tls_context_free(context);
	return NULL;
}

void tls_server_ask(struct tls_context *context, const struct tls_computers *computers)
{
	assert(context->server);
	context->asks = true;
	context->computers = *computers;
	SSL_CTX_set_cert_verify_callback(context->ssl, judge_client, context);
}

struct tls_context *tls_client_context(const uint8_t pins[][TLS_PIN], size_t n,
				       struct tls_error *error)
{
	struct tls_context *context;

	assert(n >= 1 && n <= TLS_PINS_MAX);
	context = context_new(TLS_client_method(), error);
	if (!context)
		return NULL;
	memcpy(context->pins, pins, n * TLS_PIN);
	context->n_pins = n;
	SSL_CTX_set_verify(context->ssl, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context->ssl, judge_server, context);
	if (tls_client_alpn(context, TLS_WORK))
		return context;
	tls_key_fail(error, "ALPN cannot be set up", NULL);
	tls_context_free(context);
	return NULL;
}

bool tls_client_key(struct tls_context *context, const char *key_file, struct tls_error *error)
{
	assert(!context->server);
	return use_key(context, key_file, error);
}

bool tls_client_alpn(struct tls_context *context, enum tls_alpn alpn)
{
	context->alpn = alpn;
	return SSL_CTX_set_alpn_protos(context->ssl, alpns[alpn].wire, alpns[alpn].len) == 0;
}

void tls_context_free(struct tls_context *context)
{
	if (!context || --context->users > 0)
		return;
	SSL_CTX_free(context->ssl);
	free(context);
}
