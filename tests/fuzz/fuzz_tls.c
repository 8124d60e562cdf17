/* Whatever bytes arrive, no plaintext comes out that the peer's engine did not send, and the dead
 * stay dead. */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tls.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum {
	LINE = 1 << 16,
	/* Bits of the first byte of an input. */
	AT_CLIENT = 1,  /* the bytes arrive at the client, else at the server */
	OPEN_FIRST = 2, /* after a handshake, else instead of one */
	TAMPER = 4,     /* they are laid over the peer's own bytes, else they stand alone */
};

struct end {
	struct tls tls;
	uint8_t line[LINE]; /* ciphertext on its way to the other end */
	size_t len;
	size_t heard;       /* plaintext bytes */
};

static struct tls_context *server_context, *client_context;

static void on_plain(void *owner, const uint8_t *bytes, size_t n)
{
	(void)bytes;
	((struct end *)owner)->heard += n;
}

static void on_cipher(void *owner, const uint8_t *bytes, size_t n)
{
	struct end *end = owner;

	if (n > LINE - end->len)
		abort();
	memcpy(end->line + end->len, bytes, n);
	end->len += n;
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char path[64];
	uint8_t pin[TLS_PIN];
	struct tls_error error;

	(void)argc, (void)argv;
	snprintf(path, sizeof path, "/tmp/chibo-fuzz-%ld.key", (long)getpid());
	if (!tls_key_create(path, &error) || !tls_key_pin(path, pin))
		abort();
	server_context = tls_server_context(path, &error);
	client_context = tls_client_context((const uint8_t (*)[TLS_PIN])pin, 1, &error);
	unlink(path);
	return server_context && client_context ? 0 : 1;
}

static void start(struct end *end, struct tls_context *context)
{
	struct tls_sink sink = { .owner = end, .plain = on_plain, .cipher = on_cipher };

	end->len = end->heard = 0;
	if (!tls_start(&end->tls, context, &sink))
		abort();
}

static void carry(struct end *from, struct end *to)
{
	size_t n = from->len;

	from->len = 0;
	if (n > 0 && !tls_receive(&to->tls, from->line, n) && tls_state(&to->tls) != TLS_DEAD)
		abort();
}

static void settle(struct end *a, struct end *b)
{
	while (a->len + b->len > 0) {
		carry(a, b);
		carry(b, a);
	}
}

static void attack(struct end *victim, struct end *peer, const uint8_t *data, size_t size,
		   bool tamper)
{
	size_t i;

	if (!tamper) {
		peer->len = size < LINE ? size : LINE;
		memcpy(peer->line, data, peer->len);
	}
	for (i = 0; tamper && i < size && i < peer->len; i++)
		peer->line[i] ^= data[i];
	carry(peer, victim);
}

static void check_end(struct end *end)
{
	bool dead = tls_state(&end->tls) == TLS_DEAD;

	if (dead == (tls_reason(&end->tls) == NULL))
		abort();
	if (dead && (tls_send(&end->tls, (const uint8_t *)"x", 1) ||
		     tls_receive(&end->tls, (const uint8_t *)"x", 1)))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct end server, client;
	unsigned how = size > 0 ? data[0] : 0;
	struct end *victim = how & AT_CLIENT ? &client : &server;
	struct end *peer = how & AT_CLIENT ? &server : &client;

	start(&server, server_context);
	start(&client, client_context);
	if (how & OPEN_FIRST) {
		settle(&client, &server);
		if (tls_state(&server.tls) != TLS_OPEN || tls_state(&client.tls) != TLS_OPEN)
			abort();
	} else if (how & AT_CLIENT) {
		carry(&client, &server);
	}
	if ((how & OPEN_FIRST) && (how & TAMPER) && !tls_send(&peer->tls, data, size))
		abort();
	if (size > 1)
		attack(victim, peer, data + 1, size - 1, how & TAMPER);
	/* Only an untouched record may come through, and it comes whole or not at all. */
	if (victim->heard > 0 && (!(how & TAMPER) || victim->heard != size))
		abort();
	if (peer->heard > 0)
		abort();
	settle(&client, &server);
	check_end(&server);
	check_end(&client);
	tls_close(&server.tls);
	tls_close(&client.tls);
	return 0;
}
