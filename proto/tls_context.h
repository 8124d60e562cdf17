/* What all engines of one end share. Private to the TLS engine. */
#ifndef CHIBO_PROTO_TLS_CONTEXT_H
#define CHIBO_PROTO_TLS_CONTEXT_H

#include <openssl/ssl.h>

#include "tls.h"

struct tls_context {
	SSL_CTX *ssl;
	unsigned users; /* its owner and every engine started with it */
	bool server;
	bool asks; /* server only: for the client's key, which `computers` judges */
	struct tls_computers computers;
	enum tls_alpn alpn;                  /* client only, and so is what follows */
	uint8_t pins[TLS_PINS_MAX][TLS_PIN];
	size_t n_pins;
};

#endif
