/* The store of the current context, opened once in a run. */
#include "kept.h"

#include "errors.h"
#include "mem.h"

enum { WAIT_MS = 3000 };

struct store *kept_store(struct client *client)
{
	struct store *store;
	enum store_state state;

	if (client->store_asked || client->session.current == NULL)
		return client->store;
	client->store_asked = true;
	store = mem_take(&client->mem, sizeof(*store));
	state = store_open(store, &client->mem, client->session.current, WAIT_MS);
	if (state == STORE_OPEN)
		client->store = store;
	else if (state != STORE_ABSENT)
		client_note(client, SAY_CANNOT_READ, "file", store_path(&client->mem, client->session.current), "why",
			    store->why != NULL ? store->why : "", NULL);
	return client->store;
}

void kept_close(struct client *client)
{
	if (client->store != NULL)
		store_close(client->store);
	client->store = NULL;
}
