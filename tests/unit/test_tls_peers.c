/* The engine against peers that are not ours: pitfalls T1, T11, T14, T15 by name. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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

static int choose_work(SSL *ssl, const unsigned char **out, unsigned char *out_len,
		       const unsigned char *in, unsigned in_len, void *context)
{
	(void)ssl, (void)in, (void)in_len, (void)context;
	*out = (const unsigned char *)TLS_ALPN;
	*out_len = sizeof TLS_ALPN - 1;
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

/* ---- our server judges computers ---- */

static enum tls_verdict answer;
static unsigned asked;
static enum tls_alpn asked_alpn;
static uint8_t asked_pin[TLS_PIN];

static enum tls_verdict judge_computer(void *owner, enum tls_alpn alpn, const uint8_t fingerprint[static TLS_PIN])
{
	(void)owner;
	asked++;
	asked_alpn = alpn;
	memcpy(asked_pin, fingerprint, TLS_PIN);
	return answer;
}

/* A server that asks, and one of our clients with or without a key of its own. */
static void meet_computer(bool required, enum tls_alpn alpn, const char *key, enum tls_verdict judged)
{
	const struct tls_computers computers = {NULL, judge_computer, required};

	answer = judged;
	asked = 0;
	stop(&server);
	stop(&client);
	tls_context_free(client_context);
	client_context = client_with((const uint8_t(*)[TLS_PIN])&pin, 1);
	tls_server_ask(server_context, &computers);
	ck_assert(tls_client_alpn(client_context, alpn));
	if (key)
		ck_assert(tls_client_key(client_context, key, &error));
	start(&server, server_context);
	start(&client, client_context);
	settle(SIZE_MAX);
}

/* The computer's own key: the server has another one. */
static void expect_known(enum tls_alpn alpn)
{
	uint8_t own[TLS_PIN];

	expect_open();
	ck_assert(tls_key_pin(other_key_file, own));
	ck_assert_uint_eq(tls_alpn(&server.tls), alpn);
	ck_assert_ptr_nonnull(tls_peer_key(&server.tls));
	ck_assert_mem_eq(tls_peer_key(&server.tls), own, TLS_PIN);
	ck_assert_uint_eq(asked_alpn, alpn);
	ck_assert_mem_eq(asked_pin, own, TLS_PIN);
	ck_assert_uint_eq(asked, 1);
}

START_TEST(a_known_computer_is_told_by_its_fingerprint)
{
	meet_computer(true, TLS_WORK, other_key_file, TLS_KEY_KNOWN);
	expect_known(TLS_WORK);
	meet_computer(false, TLS_WORK, other_key_file, TLS_KEY_KNOWN);
	expect_known(TLS_WORK);
	meet_computer(true, TLS_ENROL, other_key_file, TLS_KEY_KNOWN);
	expect_known(TLS_ENROL);
	say(&client, "hello");
	settle(1);
	expect_heard(&server, "hello");
}
END_TEST

static void check_refused(enum tls_verdict judged, const char *to_server, const char *to_client)
{
	static const enum tls_alpn both[] = {TLS_WORK, TLS_ENROL};

	for (unsigned i = 0; i < 2; i++) {
		meet_computer(i == 0, both[i], other_key_file, judged);
		expect_dead(&server, to_server);
		expect_dead(&client, to_client);
		ck_assert_ptr_null(tls_peer_key(&server.tls));
	}
}

START_TEST(t1_both_ends_know_what_is_wrong_with_a_key)
{
	check_refused(TLS_KEY_UNKNOWN, "unknown_key", "not_enrolled");
	check_refused(TLS_KEY_REVOKED, "revoked_key", "revoked");
	check_refused(TLS_KEY_SUSPENDED, "suspended_key", "expired");
}
END_TEST

START_TEST(without_a_key_only_where_it_is_optional)
{
	meet_computer(true, TLS_WORK, NULL, TLS_KEY_KNOWN);
	expect_dead(&server, "no_key");
	expect_dead(&client, "not_enrolled");
	meet_computer(false, TLS_ENROL, NULL, TLS_KEY_KNOWN);
	expect_dead(&server, "no_key");
	meet_computer(false, TLS_WORK, NULL, TLS_KEY_UNKNOWN);
	expect_open();
	ck_assert_ptr_null(tls_peer_key(&server.tls));
	ck_assert_uint_eq(asked, 0);
}
END_TEST

START_TEST(t15_a_server_that_asks_nobody_enrols_nobody)
{
	stop(&client);
	ck_assert(tls_client_alpn(client_context, TLS_ENROL));
	start(&client, client_context);
	settle(SIZE_MAX);
	expect_dead(&server, "alpn");
	expect_dead(&client, "alpn");
}
END_TEST

/* A client that came to enrol is not taken for one that works. */
START_TEST(t15_the_server_keeps_to_what_was_asked)
{
	struct foreigner foreigner = foreign_server();

	SSL_CTX_set_alpn_select_cb(foreigner.context, choose_work, NULL);
	foreigner_start(&foreigner, true);
	stop(&client);
	ck_assert(tls_client_alpn(client_context, TLS_ENROL));
	start(&client, client_context);
	meet(&foreigner, &client);
	expect_dead(&client, "protocol");
	ck_assert_uint_eq(foreigner.heard, 0);
	foreigner_stop(&foreigner);
}
END_TEST

START_TEST(t3_a_refused_computer_leaves_the_others_alone)
{
	struct end other_server = {0}, other_client = {0};

	meet_computer(true, TLS_WORK, other_key_file, TLS_KEY_KNOWN);
	start(&other_server, server_context);
	start(&other_client, client_context);
	answer = TLS_KEY_REVOKED;
	for (unsigned i = 0; i < 4; i++) {
		carry(&other_client, &other_server, SIZE_MAX);
		carry(&other_server, &other_client, SIZE_MAX);
	}
	expect_dead(&other_server, "revoked_key");
	say(&client, "still here");
	settle(SIZE_MAX);
	expect_heard(&server, "still here");
	stop(&other_server);
	stop(&other_client);
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
	tcase_add_test(tests, a_known_computer_is_told_by_its_fingerprint);
	tcase_add_test(tests, t1_both_ends_know_what_is_wrong_with_a_key);
	tcase_add_test(tests, without_a_key_only_where_it_is_optional);
	tcase_add_test(tests, t15_a_server_that_asks_nobody_enrols_nobody);
	tcase_add_test(tests, t15_the_server_keeps_to_what_was_asked);
	tcase_add_test(tests, t3_a_refused_computer_leaves_the_others_alone);
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
