/* The server's database was restored: what this computer has to offer again, and whose witness it was. */
#include "restored.h"

#include <string.h>

#include "heads.h"
#include "mem.h"
#include "outbox.h"
#include "pull.h"
#include "value.h"

static bool offer_again(struct client *client, int64_t high_seq)
{
	struct outbox_sum sum;

	if (!outbox_count(client->store, &sum))
		return false;
	if (high_seq >= sum.answered_seq)
		return true;
	if (!outbox_offer_again(client->store, high_seq))
		return false;
	client_note(client, SAY_OFFERED_AGAIN, "n",
		    mem_format(&client->mem, "%lld", (long long)(sum.answered_seq - high_seq)), NULL);
	return true;
}

/* Only the server's own word for it lets go of receipts: one that has lost entries and says nothing is contradicted. */
static void end_history(struct client *client, const char *known)
{
	const char *aside = heads_set_aside(&client->mem, client->session.current, known);

	client_note(client, SAY_HISTORY_CHANGED, NULL);
	if (aside != NULL)
		client_note(client, SAY_RECEIPTS_ASIDE, "file", aside, NULL);
}

bool restored_learn(struct client *client, const Chibo__V1__SyncOpenResponse *open)
{
	const char *known = store_fact(client->store, &client->mem, "history_id");
	char *text = mem_take(&client->mem, UUID_TEXT);

	if (!offer_again(client, open->high_seq))
		return false;
	value_print_uuid(open->history_id.data, text);
	if (known != NULL && strcmp(known, text) == 0)
		return true;
	if (known != NULL)
		end_history(client, known);
	return store_set_fact(client->store, "history_id", text);
}

void restored_ask(struct client *client)
{
	Chibo__V1__SyncOpenRequest request = CHIBO__V1__SYNC_OPEN_REQUEST__INIT;
	const Chibo__V1__SyncOpenResponse *open;
	struct refusal refusal;

	open = (const void *)pull_ask(client, "Open", &request.base, &refusal);
	if (open != NULL && open->history_id.len == STORE_ID)
		(void)!restored_learn(client, open);
}
