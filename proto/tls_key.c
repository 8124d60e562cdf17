/* A P-256 key in a file of its own, the certificate that carries it, and its pin as text. */
#include "tls_key.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>

bool tls_key_fail(struct tls_error *error, const char *what, const char *path)
{
	unsigned long code = ERR_peek_error();
	const char *why = code ? ERR_reason_error_string(code) : NULL;

	snprintf(error->text, sizeof error->text, "%s%s%s%s%s", path ? path : "", path ? ": " : "",
		 what, why ? ": " : "", why ? why : "");
	ERR_clear_error();
	return false;
}

/* Opens for reading what only its owner, and at most a group, may read. */
static FILE *open_private(const char *path, struct tls_error *error)
{
	FILE *file = fopen(path, "re");
	struct stat about;

	if (!file) {
		tls_key_fail(error, strerror(errno), path);
		return NULL;
	}
	if (fstat(fileno(file), &about) == 0 && S_ISREG(about.st_mode) && !(about.st_mode & 027))
		return file;
	tls_key_fail(error, "not a regular file, or open to others: chmod 600", path);
	fclose(file);
	return NULL;
}

static bool is_p256(EVP_PKEY *key)
{
	char group[32];

	return EVP_PKEY_is_a(key, "EC") &&
	       EVP_PKEY_get_group_name(key, group, sizeof group, NULL) &&
	       strcmp(group, "prime256v1") == 0;
}

EVP_PKEY *tls_key_load(const char *path, struct tls_error *error)
{
	FILE *file;
	EVP_PKEY *key;

	ERR_clear_error();
	file = open_private(path, error);
	if (!file)
		return NULL;
	/* An empty password: a sealed key is refused, not asked for on the terminal. */
	key = PEM_read_PrivateKey(file, NULL, NULL, (char[]){ "" });
	fclose(file);
	if (!key) {
		tls_key_fail(error, "no private key", path);
		return NULL;
	}
	if (is_p256(key))
		return key;
	EVP_PKEY_free(key);
	tls_key_fail(error, "not a P-256 key", path);
	return NULL;
}

/* To a new file of mode 0600, and on disk when it returns. */
static bool write_key(EVP_PKEY *key, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *file = fd < 0 ? NULL : fdopen(fd, "w");
	bool written;
	int why;

	if (!file) {
		if (fd >= 0)
			close(fd);
		return false;
	}
	written = PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1 &&
		  fflush(file) == 0 && fsync(fd) == 0;
	if (fclose(file) == 0 && written)
		return true;
	why = errno;
	unlink(path);
	errno = why;
	return false;
}

bool tls_key_create(const char *path, struct tls_error *error)
{
	EVP_PKEY *key;
	bool written;

	ERR_clear_error();
	key = EVP_EC_gen("P-256");
	if (!key)
		return tls_key_fail(error, "no key could be made", NULL);
	written = write_key(key, path);
	EVP_PKEY_free(key);
	return written || tls_key_fail(error, strerror(errno), path);
}

static bool fill_certificate(X509 *certificate, EVP_PKEY *key)
{
	X509_NAME *name = X509_get_subject_name(certificate);

	/* RFC 5280, 4.1.2.5: this last second means "no end". */
	return X509_set_version(certificate, X509_VERSION_3) &&
	       ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) &&
	       ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate), "20000101000000Z") &&
	       ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate), "99991231235959Z") &&
	       X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"chibo",
					  -1, -1, 0) &&
	       X509_set_issuer_name(certificate, name) && X509_set_pubkey(certificate, key) &&
	       X509_sign(certificate, key, EVP_sha256());
}

X509 *tls_key_certificate(EVP_PKEY *key)
{
	X509 *certificate = X509_new();

	if (certificate && fill_certificate(certificate, key))
		return certificate;
	X509_free(certificate);
	return NULL;
}

bool tls_key_digest(X509_PUBKEY *key, uint8_t pin[static TLS_PIN])
{
	unsigned char *der = NULL;
	int len = i2d_X509_PUBKEY(key, &der);
	bool digested = len > 0 && EVP_Digest(der, (size_t)len, pin, NULL, EVP_sha256(), NULL);

	OPENSSL_free(der);
	return digested;
}

bool tls_key_pin(const char *key_file, uint8_t pin[static TLS_PIN])
{
	struct tls_error error;
	EVP_PKEY *key = tls_key_load(key_file, &error);
	X509_PUBKEY *public = NULL;
	bool digested;

	digested = key && X509_PUBKEY_set(&public, key) && tls_key_digest(public, pin);
	X509_PUBKEY_free(public);
	EVP_PKEY_free(key);
	return digested;
}

/* Swaps the two characters in which base64 and base64url differ. */
static void translate(char *text, const char *from, const char *to)
{
	for (; *text; text++) {
		if (*text == from[0])
			*text = to[0];
		else if (*text == from[1])
			*text = to[1];
	}
}

void tls_pin_print(const uint8_t pin[static TLS_PIN], char text[static TLS_PIN_TEXT])
{
	char padded[TLS_PIN_TEXT + 1]; /* 43 characters, '=' and NUL */

	EVP_EncodeBlock((unsigned char *)padded, pin, TLS_PIN);
	padded[TLS_PIN_TEXT - 1] = '\0';
	translate(padded, "+/", "-_");
	memcpy(text, padded, TLS_PIN_TEXT);
}

bool tls_pin_parse(const char *text, uint8_t pin[static TLS_PIN])
{
	char padded[TLS_PIN_TEXT + 1];
	char again[TLS_PIN_TEXT];
	unsigned char decoded[TLS_PIN + 1]; /* the padding decodes to a byte of its own */

	if (strnlen(text, TLS_PIN_TEXT) != TLS_PIN_TEXT - 1)
		return false;
	memcpy(padded, text, TLS_PIN_TEXT - 1);
	memcpy(padded + TLS_PIN_TEXT - 1, "=", 2);
	translate(padded, "-_", "+/");
	if (EVP_DecodeBlock(decoded, (const unsigned char *)padded, TLS_PIN_TEXT) != TLS_PIN + 1)
		return false;
	tls_pin_print(decoded, again);
	if (strcmp(again, text) != 0)
		return false;
	memcpy(pin, decoded, TLS_PIN);
	return true;
}
