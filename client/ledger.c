/* chibo ledger check: holds the heads that this computer keeps against the server's ledger. */
#include <string.h>

#include "call.h"
#include "chibo/v1/ledger.pb-c.h"
#include "errors.h"
#include "hand.h"
#include "heads.h"
#include "render.h"

enum { HEADS_PER_CALL = 200 };

static ProtobufCMessage *question(struct arena *arena, const struct head *heads, size_t n)
{
	Chibo__V1__LedgerCheckHeadsRequest *request = mem_take(arena, sizeof(*request));

	chibo__v1__ledger_check_heads_request__init(request);
	request->n_heads = n;
	request->heads = mem_take(arena, n * sizeof(Chibo__V1__FeedHead *));
	for (size_t i = 0; i < n; i++) {
		Chibo__V1__FeedHead *head = mem_take(arena, sizeof(*head));

		chibo__v1__feed_head__init(head);
		head->has_feed = head->has_position = head->has_hash = 1;
		head->feed.data = mem_take(arena, HEAD_FEED);
		head->feed.len = HEAD_FEED;
		memcpy(head->feed.data, heads[i].feed, HEAD_FEED);
		head->position = (int64_t)heads[i].position;
		head->hash.data = mem_take(arena, HEAD_HASH);
		head->hash.len = HEAD_HASH;
		memcpy(head->hash.data, heads[i].hash, HEAD_HASH);
		request->heads[i] = head;
	}
	return &request->base;
}

static bool all_match(const ProtobufCMessage *response)
{
	const Chibo__V1__LedgerCheckHeadsResponse *answer = (const void *)response;

	for (size_t i = 0; i < answer->n_heads; i++)
		if (answer->heads[i]->verdict != CHIBO__V1__VERDICT__VERDICT_MATCHES)
			return false;
	return true;
}

int ledger_check_run(struct client *client, const struct args *args)
{
	const char *context = client->session.current;
	bool good = true;
	ProtobufCMessage **pages;
	struct heads heads;
	struct verb verb;
	size_t n = 0;

	(void)args;
	if (context == NULL)
		return error_say(client, EXIT_LOGIN, SAY_NO_CONTEXT, NULL);
	heads_read(&client->mem, context, &heads);
	if (heads.n == 0) {
		client_note(client, SAY_NO_HEADS, NULL);
		return EXIT_DONE;
	}
	command_known_verb(&client->mem, "Ledger", "CheckHeads", &verb);
	pages = mem_take(&client->mem, (heads.n / HEADS_PER_CALL + 1) * sizeof(ProtobufCMessage *));
	for (size_t at = 0; at < heads.n; at += HEADS_PER_CALL) {
		size_t some = heads.n - at < HEADS_PER_CALL ? heads.n - at : HEADS_PER_CALL;
		struct call call;

		call_init(client, &call, &verb, question(&client->mem, &heads.items[at], some));
		call.dry_run = false;
		if (!call_run(client, &call))
			return call_fail(client, &call);
		good = good && all_match(call.response);
		pages[n++] = call.response;
	}
	render_answer(client, verb.method->output, pages, n, verb.text->columns);
	return good ? EXIT_DONE
		    : error_say(client, EXIT_LEDGER, SAY_LEDGER_CONTRADICTS, "file",
				heads_path(&client->mem, context), NULL);
}
