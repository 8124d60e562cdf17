/* One pump after any event: shake hands or read while there is something, then drain the output. */
#include "tls.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls_key.h"

enum {
	FEED = 4096,    /* ciphertext given to the engine at once: a BIO never shrinks again */
	RECORD = 16384, /* plaintext of one record at most */
};

struct tls_context {
	SSL_CTX *ssl;
	unsigned users; /* its owner and every engine started with it */
	bool server;
	uint8_t pins[TLS_PINS_MAX][TLS_PIN]; /* client only */
	size_t n_pins;
};

/* The wire form of our ALPN list: one name, its length before it. */
static const unsigned char alpn[] = { sizeof TLS_ALPN - 1, 'c', 'h', 'i', 'b', 'o', '/', '1' };

/* Moves only forward. */
static void move(struct tls *tls, enum tls_state state)
{
	assert(state > tls->state);
	tls->state = state;
}

static void die(struct tls *tls, const char *reason)
{
	if (!tls->reason)
		tls->reason = reason;
	move(tls, TLS_DEAD);
}

/* What the first error in the queue means to a client and to a server; alerts are errors, too. */
static const struct {
	int reason;
	const char *client;
	const char *server;
} meanings[] = {
	{ SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED, "not_enrolled", "alert" },
	{ SSL_R_TLSV1_ALERT_UNKNOWN_CA, "not_enrolled", "key_refused" },
	{ SSL_R_TLSV1_ALERT_ACCESS_DENIED, "not_enrolled", "key_refused" },
	{ SSL_R_SSLV3_ALERT_BAD_CERTIFICATE, "not_enrolled", "key_refused" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN, "not_enrolled", "key_refused" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED, "revoked", "key_refused" },
	{ SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED, "expired", "key_refused" },
	{ SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL, "alpn", "alpn" },
	{ SSL_R_NO_APPLICATION_PROTOCOL, "alpn", "alpn" },
	{ SSL_R_TLSV1_ALERT_PROTOCOL_VERSION, "version", "version" },
	{ SSL_R_UNSUPPORTED_PROTOCOL, "version", "version" },
	{ SSL_R_VERSION_TOO_LOW, "version", "version" },
	{ SSL_R_WRONG_VERSION_NUMBER, "not_tls", "not_tls" },
	{ SSL_R_HTTP_REQUEST, "not_tls", "not_tls" },
	{ SSL_R_HTTPS_PROXY_REQUEST, "not_tls", "not_tls" },
};

static const char *reason_of_error(const struct tls *tls)
{
	unsigned long error = ERR_peek_error();
	int reason = ERR_GET_REASON(error);
	size_t i;

	if (reason == ERR_R_MALLOC_FAILURE)
		return "memory";
	if (ERR_GET_LIB(error) != ERR_LIB_SSL)
		return "protocol";
	for (i = 0; i < sizeof meanings / sizeof *meanings; i++) {
		if (meanings[i].reason == reason)
			return tls->context->server ? meanings[i].server : meanings[i].client;
	}
	return reason >= SSL_AD_REASON_OFFSET ? "alert" : "protocol";
}

/* Gives away all ciphertext, an alert after an error as well (pitfalls T2). */
static void drain(struct tls *tls)
{
	uint8_t bytes[RECORD];
	size_t n;

	while (BIO_pending(tls->out) > 0 && BIO_read_ex(tls->out, bytes, sizeof bytes, &n))
		tls->sink.cipher(tls->sink.owner, bytes, n);
}

/* The peer said goodbye: so do we, unless we did. */
static void part(struct tls *tls)
{
	if (tls->state == TLS_OPEN) {
		ERR_clear_error();
		SSL_shutdown(tls->ssl);
	}
	die(tls, "closed");
}

/* After a call that gave `result` <= 0, with its error queue untouched. False: nothing more now. */
static bool classify(struct tls *tls, int result)
{
	switch (SSL_get_error(tls->ssl, result)) {
	case SSL_ERROR_WANT_READ:
		break;
	case SSL_ERROR_ZERO_RETURN:
		part(tls);
		break;
	default:
		die(tls, reason_of_error(tls));
	}
	return false;
}

static bool shake_hands(struct tls *tls)
{
	int result;

	ERR_clear_error(); /* or a stale entry of another engine kills this one (pitfalls T3) */
	result = SSL_do_handshake(tls->ssl);
	if (result != 1)
		return classify(tls, result);
	move(tls, TLS_OPEN);
	return true;
}

static bool read_record(struct tls *tls)
{
	uint8_t plain[RECORD];
	size_t n;
	int result;

	ERR_clear_error();
	result = SSL_read_ex(tls->ssl, plain, sizeof plain, &n);
	if (result != 1)
		return classify(tls, result);
	if (tls->state == TLS_OPEN)
		tls->sink.plain(tls->sink.owner, plain, n);
	explicit_bzero(plain, n);
	return true;
}

static void pump(struct tls *tls)
{
	bool more = true;

	while (more) {
		switch (tls->state) {
		case TLS_HANDSHAKE:
			more = shake_hands(tls);
			break;
		case TLS_OPEN:
		case TLS_CLOSING:
			more = read_record(tls);
			break;
		case TLS_DEAD:
			more = false;
			break;
		}
	}
	drain(tls);
}

static bool has_our_alpn(SSL *ssl)
{
	const unsigned char *name;
	unsigned len;

	SSL_get0_alpn_selected(ssl, &name, &len);
	return len == alpn[0] && memcmp(name, alpn + 1, len) == 0;
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
 * Judges the peer by ALPN and key, before anything is sent to it. No chain, no name, no date:
 * clocks in wards are wrong (pitfalls T15, T17). Today only clients ask for a certificate. A server
 * that knows devices asks with SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, and judges here:
 * the fingerprint against its table, with X509_V_ERR_CERT_REVOKED and the like for the client to
 * tell apart.
 */
static int judge_peer(X509_STORE_CTX *store, void *context)
{
	SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	X509 *certificate = X509_STORE_CTX_get0_cert(store);
	struct tls *tls = SSL_get_app_data(ssl);
	uint8_t pin[TLS_PIN];

	if (!has_our_alpn(ssl))
		tls->reason = "alpn";
	else if (!tls_key_digest(X509_get_X509_PUBKEY(certificate), pin) ||
		 !is_pinned(context, pin))
		tls->reason = "server_key";
	else
		return 1;
	X509_STORE_CTX_set_error(store, X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT);
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

static int choose_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len,
		       const unsigned char *offered, unsigned offered_len, void *context)
{
	unsigned i;

	(void)ssl, (void)context;
	for (i = 0; i < offered_len; i += 1u + offered[i]) {
		if (offered_len - i < sizeof alpn || memcmp(offered + i, alpn, sizeof alpn) != 0)
			continue;
		*chosen = offered + i + 1;
		*chosen_len = alpn[0];
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
	SSL_CTX_set_alpn_select_cb(context->ssl, choose_alpn, NULL);
	if (use_key(context, key_file, error))
		return context;
	tls_context_free(context);
	return NULL;
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
	SSL_CTX_set_cert_verify_callback(context->ssl, judge_peer, context);
	if (SSL_CTX_set_alpn_protos(context->ssl, alpn, sizeof alpn) == 0)
		return context;
	tls_key_fail(error, "ALPN cannot be set up", NULL);
	tls_context_free(context);
	return NULL;
}

void tls_context_free(struct tls_context *context)
{
	if (!context || --context->users > 0)
		return;
	SSL_CTX_free(context->ssl);
	free(context);
}

/* The BIOs belong to the SSL from here on. */
static bool attach(struct tls *tls)
{
	tls->in = BIO_new(BIO_s_mem());
	tls->out = BIO_new(BIO_s_mem());
	if (!tls->in || !tls->out) {
		BIO_free(tls->in);
		BIO_free(tls->out);
		tls->in = tls->out = NULL;
		return false;
	}
	SSL_set_bio(tls->ssl, tls->in, tls->out);
	SSL_set_app_data(tls->ssl, tls);
	return true;
}

bool tls_start(struct tls *tls, struct tls_context *context, const struct tls_sink *sink)
{
	*tls = (struct tls){ .sink = *sink, .context = context, .state = TLS_HANDSHAKE };
	context->users++;
	ERR_clear_error();
	tls->ssl = SSL_new(context->ssl);
	if (!tls->ssl || !attach(tls)) {
		die(tls, "memory");
		return false;
	}
	if (context->server) {
		SSL_set_accept_state(tls->ssl);
		return true;
	}
	SSL_set_connect_state(tls->ssl);
	pump(tls);
	return tls->state != TLS_DEAD;
}

bool tls_receive(struct tls *tls, const uint8_t *cipher, size_t n)
{
	while (n > 0 && tls->state != TLS_DEAD) {
		size_t piece = n < FEED ? n : FEED;
		size_t written = 0;
		if (!BIO_write_ex(tls->in, cipher, piece, &written) || written != piece)
			die(tls, "memory");
		cipher += piece;
		n -= piece;
		pump(tls);
	}
	return tls->state != TLS_DEAD;
}

bool tls_send(struct tls *tls, const uint8_t *plain, size_t n)
{
	while (n > 0 && tls->state == TLS_OPEN) {
		size_t piece = n < RECORD ? n : RECORD;
		size_t written = 0;
		int result;
		ERR_clear_error();
		result = SSL_write_ex(tls->ssl, plain, piece, &written);
		if (result != 1)
			die(tls, reason_of_error(tls));
		plain += written;
		n -= written;
		drain(tls);
	}
	return tls->state == TLS_OPEN;
}

void tls_shutdown(struct tls *tls)
{
	if (tls->state == TLS_HANDSHAKE) {
		die(tls, "stopped");
	} else if (tls->state == TLS_OPEN) {
		move(tls, TLS_CLOSING);
		ERR_clear_error();
		if (SSL_shutdown(tls->ssl) < 0)
			die(tls, reason_of_error(tls));
		drain(tls);
	}
}

void tls_close(struct tls *tls)
{
	if (!tls->context)
		return;
	SSL_free(tls->ssl);
	tls_context_free(tls->context);
	tls->ssl = NULL;
	tls->in = tls->out = NULL;
	tls->context = NULL;
	tls->state = TLS_DEAD;
}

enum tls_state tls_state(const struct tls *tls)
{
	return tls->state;
}

const char *tls_reason(const struct tls *tls)
{
	return tls->state == TLS_DEAD ? tls->reason : NULL;
}
