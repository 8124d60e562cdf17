/* Engines whose output is kept until a test carries it over. */
#include "tls_pair.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <check.h>

void append(struct bytes *bytes, const uint8_t *more, size_t n)
{
	bytes->data = realloc(bytes->data, bytes->len + n + 1);
	memcpy(bytes->data + bytes->len, more, n);
	bytes->len += n;
}

void empty(struct bytes *bytes)
{
	free(bytes->data);
	*bytes = (struct bytes){ 0 };
}

static void on_plain(void *owner, const uint8_t *bytes, size_t n)
{
	struct end *end = owner;

	append(&end->plain, bytes, n);
	if (end->habit == ECHO)
		ck_assert(tls_send(&end->tls, bytes, n));
	else if (end->habit == HANG_UP)
		tls_shutdown(&end->tls);
}

static void on_cipher(void *owner, const uint8_t *bytes, size_t n)
{
	append(&((struct end *)owner)->cipher, bytes, n);
}

char directory[64], key_file[80], other_key_file[80];
uint8_t pin[TLS_PIN];
struct tls_context *server_context, *client_context;
struct end server, client;
struct tls_error error;

struct tls_sink sink_of(struct end *end)
{
	return (struct tls_sink){ .owner = end, .plain = on_plain, .cipher = on_cipher };
}

void start(struct end *end, struct tls_context *context)
{
	struct tls_sink sink = sink_of(end);

	memset(end, 0, sizeof *end);
	ck_assert(tls_start(&end->tls, context, &sink));
}

void stop(struct end *end)
{
	tls_close(&end->tls);
	empty(&end->plain);
	empty(&end->cipher);
}

struct tls_context *client_with(const uint8_t pins[][TLS_PIN], size_t n)
{
	struct tls_context *context = tls_client_context(pins, n, &error);

	ck_assert_msg(context != NULL, "%s", error.text);
	return context;
}

void set_up(void)
{
	strcpy(directory, "/tmp/chibo-tls-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(key_file, sizeof key_file, "%s/key", directory);
	snprintf(other_key_file, sizeof other_key_file, "%s/other", directory);
	ck_assert_msg(tls_key_create(key_file, &error), "%s", error.text);
	ck_assert(tls_key_create(other_key_file, &error));
	ck_assert(tls_key_pin(key_file, pin));
	server_context = tls_server_context(key_file, &error);
	ck_assert_msg(server_context != NULL, "%s", error.text);
	client_context = client_with((const uint8_t (*)[TLS_PIN])pin, 1);
	start(&server, server_context);
	start(&client, client_context);
}

void tear_down(void)
{
	stop(&server);
	stop(&client);
	tls_context_free(server_context);
	tls_context_free(client_context);
	unlink(key_file);
	unlink(other_key_file);
	rmdir(directory);
}

void carry(struct end *from, struct end *to, size_t chunk)
{
	struct bytes line = from->cipher;
	size_t at = 0;

	from->cipher = (struct bytes){ 0 };
	while (at < line.len) {
		size_t n = line.len - at < chunk ? line.len - at : chunk;
		if (!tls_receive(&to->tls, line.data + at, n))
			break;
		at += n;
	}
	empty(&line);
}

void settle(size_t chunk)
{
	while (client.cipher.len + server.cipher.len > 0) {
		carry(&client, &server, chunk);
		carry(&server, &client, chunk);
	}
}

void expect_open(void)
{
	ck_assert_uint_eq(tls_state(&client.tls), TLS_OPEN);
	ck_assert_uint_eq(tls_state(&server.tls), TLS_OPEN);
	ck_assert_ptr_null(tls_reason(&client.tls));
}

void expect_dead(const struct end *end, const char *reason)
{
	ck_assert_uint_eq(tls_state(&end->tls), TLS_DEAD);
	ck_assert_str_eq(tls_reason(&end->tls), reason);
}

void say(struct end *end, const char *text)
{
	ck_assert(tls_send(&end->tls, (const uint8_t *)text, strlen(text)));
}

void expect_heard(const struct end *end, const char *text)
{
	ck_assert_uint_eq(end->plain.len, strlen(text));
	ck_assert_mem_eq(end->plain.data, text, strlen(text));
}
