/* One run of the client: start, end, and what it tells on stderr. */
#include "client.h"

#include "clean.h"
#include "mem.h"

enum {
	RUN_BYTES_MAX = 1 << 30,
	TIMEOUT_MS = 30000,
};

void client_init(struct client *client)
{
	*client = (struct client){
		.lang = LANG_VI,
		.globals = {.timeout_ms = TIMEOUT_MS, .delimiter = ','},
		.out = stdout,
	};
	arena_init(&client->mem, RUN_BYTES_MAX, RUN_BYTES_MAX);
	conn_init(&client->conn);
}

void client_close(struct client *client)
{
	conn_close(&client->conn);
	if (client->out != stdout)
		fclose(client->out);
	arena_close(&client->mem);
}

const char *client_say(const struct client *client, enum say id)
{
	return text_say(client->lang, id);
}

void client_note(struct client *client, enum say id, ...)
{
	struct text line;
	va_list pairs;

	if (client->globals.quiet)
		return;
	text_init(&line, &client->mem);
	va_start(pairs, id);
	text_vfill(&line, client_say(client, id), pairs);
	va_end(pairs);
	fprintf(stderr, "%s\n", clean_shown(&client->mem, line.data));
}
