/* The engine against peers that are not ours: pitfalls T1, T11, T14, T15 by name. */
#include <stdbool.h>
#include <stdlib.h>

#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include "tls_key.h"
#include "tls_pair.h"

/* A peer that is not our engine. */
struct foreigner {
	SSL_CTX *context;
	SSL *ssl;
	BIO *in, *out;
	unsigned long error; /* first one that it met */
	size_t heard;        /* plaintext bytes */
};

static void foreigner_start(struct foreigner *foreigner, bool is_server)
{
	foreigner->ssl = SSL_new(foreigner->context);
	foreigner->in = BIO_new(BIO_s_mem());
	foreigner->out = BIO_new(BIO_s_mem());
	SSL_set_bio(foreigner->ssl, foreigner->in, foreigner->out);
	if (is_server)
		SSL_set_accept_state(foreigner->ssl);
	else
		SSL_set_connect_state(foreigner->ssl);
}

static void foreigner_stop(struct foreigner *foreigner)
{
	SSL_free(foreigner->ssl);
	SSL_CTX_free(foreigner->context);
}

static struct foreigner foreign_client(void)
{
	return (struct foreigner){ .context = SSL_CTX_new(TLS_client_method()) };
}

/* With our key and, unless the test takes it back, our ALPN. */
static int choose_ours(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned in_len, void *context)
{
	(void)ssl, (void)in_len, (void)context;
	*out = in + 1;
	*out_len = in[0];
	return SSL_TLSEXT_ERR_OK;
}

static struct foreigner foreign_server(void)
{
	struct foreigner foreigner = { .context = SSL_CTX_new(TLS_server_method()) };
	EVP_PKEY *key = tls_key_load(key_file, &error);
	X509 *certificate = tls_key_certificate(key);

	SSL_CTX_use_certificate(foreigner.context, certificate);
	SSL_CTX_use_PrivateKey(foreigner.context, key);
	SSL_CTX_set_alpn_select_cb(foreigner.context, choose_ours, NULL);
	X509_free(certificate);
	EVP_PKEY_free(key);
	return foreigner;
}

/* Lets both talk until neither says anything. */
static void meet(struct foreigner *foreigner, struct end *end)
{
	uint8_t bytes[20000];
	bool more = true;

	while (more) {
		size_t n;
		BIO_write(foreigner->in, end->cipher.data, (int)end->cipher.len);
		more = end->cipher.len > 0;
		empty(&end->cipher);
		ERR_clear_error();
		while (SSL_read_ex(foreigner->ssl, bytes, sizeof bytes, &n))
			foreigner->heard += n;
		if (!foreigner->error)
			foreigner->error = ERR_peek_error();
		while (BIO_read_ex(foreigner->out, bytes, sizeof bytes, &n)) {
			more = true;
			if (!tls_receive(&end->tls, bytes, n))
				break;
		}
	}
}

static int verdict;

static int judge(X509_STORE_CTX *store, void *context)
{
	(void)context;
	X509_STORE_CTX_set_error(store, verdict);
	return 0;
}

/* The server judges a device: `code` 0 means that the client shows no certificate at all. */
static void check_verdict(int code, const char *reason)
{
	struct foreigner foreigner = foreign_server();

	verdict = code;
	SSL_CTX_set_verify(foreigner.context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   NULL);
	SSL_CTX_set_cert_verify_callback(foreigner.context, judge, NULL);
	foreigner_start(&foreigner, true);
	stop(&client);
	start(&client, client_context);
	if (code) {
		EVP_PKEY *key = tls_key_load(other_key_file, &error);
		X509 *certificate = tls_key_certificate(key);
		SSL_use_certificate(client.tls.ssl, certificate);
		SSL_use_PrivateKey(client.tls.ssl, key);
		X509_free(certificate);
		EVP_PKEY_free(key);
	}
	meet(&foreigner, &client);
	expect_dead(&client, reason);
	foreigner_stop(&foreigner);
}

START_TEST(t1_a_refused_client_learns_why_at_its_first_read)
{
	check_verdict(0, "not_enrolled");
	check_verdict(X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT, "not_enrolled");
	check_verdict(X509_V_ERR_CERT_REVOKED, "revoked");
	check_verdict(X509_V_ERR_CERT_HAS_EXPIRED, "expired");
}
END_TEST

START_TEST(t11_tls_1_2_is_refused_at_both_ends)
{
	struct foreigner old_client = foreign_client(), old_server = foreign_server();

	SSL_CTX_set_max_proto_version(old_client.context, TLS1_2_VERSION);
	SSL_CTX_set_alpn_protos(old_client.context, (const unsigned char *)"\x07" TLS_ALPN, 8);
	foreigner_start(&old_client, false);
	meet(&old_client, &server);
	expect_dead(&server, "version");
	ck_assert_int_eq(ERR_GET_REASON(old_client.error), SSL_R_TLSV1_ALERT_PROTOCOL_VERSION);
	foreigner_stop(&old_client);

	SSL_CTX_set_max_proto_version(old_server.context, TLS1_2_VERSION);
	foreigner_start(&old_server, true);
	meet(&old_server, &client);
	expect_dead(&client, "version");
	foreigner_stop(&old_server);
}
END_TEST

START_TEST(t14_p256_and_aes_128_gcm)
{
	X509 *certificate;

	settle(SIZE_MAX);
	ck_assert_str_eq(SSL_get_cipher_name(client.tls.ssl), "TLS_AES_128_GCM_SHA256");
	ck_assert_int_eq((int)SSL_get_negotiated_group(client.tls.ssl), NID_X9_62_prime256v1);
	certificate = SSL_get0_peer_certificate(client.tls.ssl);
	ck_assert(EVP_PKEY_is_a(X509_get0_pubkey(certificate), "EC"));
	ck_assert_int_eq(EVP_PKEY_get_bits(X509_get0_pubkey(certificate)), 256);
}
END_TEST

static void check_client_alpn(const char *wire, unsigned len)
{
	struct foreigner foreigner = foreign_client();

	if (len > 0)
		SSL_CTX_set_alpn_protos(foreigner.context, (const unsigned char *)wire, len);
	foreigner_start(&foreigner, false);
	stop(&server);
	start(&server, server_context);
	meet(&foreigner, &server);
	expect_dead(&server, "alpn");
	ck_assert_int_eq(ERR_GET_REASON(foreigner.error),
			 SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL);
	foreigner_stop(&foreigner);
}

START_TEST(t15_clients_of_another_alpn_or_none_are_refused)
{
	check_client_alpn("", 0);
	check_client_alpn("\x08http/1.1", 9);
	check_client_alpn("\x06" "chibo/", 7);
	check_client_alpn("\x08" TLS_ALPN "2", 9);
	check_client_alpn("\x02h2\x08http/1.1", 12);
}
END_TEST

START_TEST(t15_our_alpn_may_stand_among_others)
{
	struct foreigner foreigner = foreign_client();

	SSL_CTX_set_alpn_protos(foreigner.context, (const unsigned char *)"\x02h2\x07" TLS_ALPN,
				11);
	foreigner_start(&foreigner, false);
	meet(&foreigner, &server);
	ck_assert_uint_eq(tls_state(&server.tls), TLS_OPEN);
	foreigner_stop(&foreigner);
}
END_TEST

START_TEST(t15_a_server_without_alpn_is_refused)
{
	struct foreigner foreigner = foreign_server();

	SSL_CTX_set_alpn_select_cb(foreigner.context, NULL, NULL);
	foreigner_start(&foreigner, true);
	meet(&foreigner, &client);
	expect_dead(&client, "alpn");
	ck_assert_uint_eq(foreigner.heard, 0);
	foreigner_stop(&foreigner);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls_peers");
	TCase *tests = tcase_create("tls_peers");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, t1_a_refused_client_learns_why_at_its_first_read);
	tcase_add_test(tests, t11_tls_1_2_is_refused_at_both_ends);
	tcase_add_test(tests, t14_p256_and_aes_128_gcm);
	tcase_add_test(tests, t15_clients_of_another_alpn_or_none_are_refused);
	tcase_add_test(tests, t15_our_alpn_may_stand_among_others);
	tcase_add_test(tests, t15_a_server_without_alpn_is_refused);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
