/* Key files are private, refused by name, and their pins survive being written down (T16). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <check.h>
#include <openssl/pem.h>

#include "tls_key.h"
#include "tls_pair.h"

static void write_file(const char *path, EVP_PKEY *key, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	if (key)
		PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
	fclose(file);
	chmod(path, mode);
	EVP_PKEY_free(key);
}

static void expect_refused_key(const char *path, const char *why)
{
	uint8_t unused[TLS_PIN];

	ck_assert_ptr_null(tls_server_context(path, &error));
	ck_assert_msg(strncmp(error.text, path, strlen(path)) == 0, "%s", error.text);
	ck_assert_msg(strstr(error.text, why) != NULL, "%s", error.text);
	ck_assert(!tls_key_pin(path, unused));
}

START_TEST(t16_bad_key_files_are_refused_by_name)
{
	char path[80];

	snprintf(path, sizeof path, "%s/absent", directory);
	expect_refused_key(path, "No such file");
	expect_refused_key(directory, "not a regular file");
	chmod(key_file, 0644);
	expect_refused_key(key_file, "open to others");
	chmod(key_file, 0640);
	ck_assert(tls_key_pin(key_file, pin));
	write_file(other_key_file, NULL, 0600);
	expect_refused_key(other_key_file, "no private key");
	write_file(other_key_file, EVP_EC_gen("P-384"), 0600);
	expect_refused_key(other_key_file, "not a P-256 key");
	write_file(other_key_file, EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048), 0600);
	expect_refused_key(other_key_file, "not a P-256 key");
}
END_TEST

START_TEST(a_key_is_private_and_never_overwritten)
{
	struct stat about;
	uint8_t again[TLS_PIN];

	ck_assert_int_eq(stat(key_file, &about), 0);
	ck_assert_uint_eq(about.st_mode & 0777, 0600);
	ck_assert(!tls_key_create(key_file, &error));
	ck_assert_ptr_nonnull(strstr(error.text, "File exists"));
	ck_assert(tls_key_pin(key_file, again));
	ck_assert_mem_eq(again, pin, TLS_PIN);
	ck_assert(tls_key_pin(other_key_file, again));
	ck_assert_mem_ne(again, pin, TLS_PIN);
}
END_TEST

/* `openssl pkey -pubout -outform der | sha256sum` is the same thing said by others. */
START_TEST(a_pin_is_the_digest_of_the_public_key_info)
{
	EVP_PKEY *key = tls_key_load(key_file, &error);
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);
	uint8_t digest[TLS_PIN];

	ck_assert(EVP_Q_digest(NULL, "SHA256", NULL, der, (size_t)len, digest, NULL));
	ck_assert_mem_eq(digest, pin, TLS_PIN);
	OPENSSL_free(der);
	EVP_PKEY_free(key);
}
END_TEST

START_TEST(pins_are_printed_and_parsed)
{
	static const char *const bad[] = {
		"",
		"-_8",
		"-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_",
		"-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_9",
		"+/-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8",
		"-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8=",
		" _-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8",
		"-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_\n",
	};
	uint8_t bytes[TLS_PIN], again[TLS_PIN];
	char text[TLS_PIN_TEXT];
	size_t i;

	for (i = 0; i < TLS_PIN; i++)
		bytes[i] = (uint8_t)(i % 3 == 0 ? 0xFB : i % 3 == 1 ? 0xFF : 0xBF);
	tls_pin_print(bytes, text);
	ck_assert_str_eq(text, "-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_-_8");
	ck_assert(tls_pin_parse(text, again));
	ck_assert_mem_eq(again, bytes, TLS_PIN);
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ck_assert_msg(!tls_pin_parse(bad[i], again), "%s", bad[i]);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tls_key");
	TCase *tests = tcase_create("tls_key");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_checked_fixture(tests, set_up, tear_down);
	tcase_add_test(tests, t16_bad_key_files_are_refused_by_name);
	tcase_add_test(tests, a_key_is_private_and_never_overwritten);
	tcase_add_test(tests, a_pin_is_the_digest_of_the_public_key_info);
	tcase_add_test(tests, pins_are_printed_and_parsed);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
