/* One pump after any event: shake hands or read while there is something, then drain the output. */
#include "tls.h"

#include <assert.h>
#include <string.h>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls_context.h"

enum {
	FEED = 4096,    /* ciphertext given to the engine at once: a BIO never shrinks again */
	RECORD = 16384, /* plaintext of one record at most */
};

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
	{ SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, "protocol", "no_key" },
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
	return SSL_set_app_data(tls->ssl, tls) == 1; /* the callbacks lean on it */
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

enum tls_alpn tls_alpn(const struct tls *tls)
{
	return tls->alpn;
}

const uint8_t *tls_peer_key(const struct tls *tls)
{
	return tls->has_key ? tls->key : NULL;
}

const char *tls_reason(const struct tls *tls)
{
	return tls->state == TLS_DEAD ? tls->reason : NULL;
}
