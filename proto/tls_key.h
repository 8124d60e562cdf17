/* Key files and what is made from a key: certificate and pin. Private to the TLS engine. */
#ifndef CHIBO_PROTO_TLS_KEY_H
#define CHIBO_PROTO_TLS_KEY_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "tls.h"

/* Says what failed; with the oldest reason that OpenSSL queued, if any. Returns false. */
bool tls_key_fail(struct tls_error *error, const char *what, const char *path);
/* NULL on failure; else the caller frees it. */
EVP_PKEY *tls_key_load(const char *path, struct tls_error *error) MUST_CHECK;
/* Self-signed, with no date or name that anybody could rely on. NULL: memory is short. */
X509 *tls_key_certificate(EVP_PKEY *key) MUST_CHECK;
/* SHA-256 of the DER SubjectPublicKeyInfo; X509_pubkey_digest() would hash the bare key bits. */
bool tls_key_digest(X509_PUBKEY *key, uint8_t pin[static TLS_PIN]) MUST_CHECK;

#endif
