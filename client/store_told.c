#include "store_told.h"

enum store_state store_open_told(struct client *client, struct store *store, int wait_ms)
{
	enum store_state state = store_open(store, &client->mem, client->session.current, wait_ms);

	if (state != STORE_DAMAGED || !store->rebuilt)
		return state;
	client_note(client, SAY_STORE_REBUILT, "file", store->aside, NULL);
	return store_open(store, &client->mem, client->session.current, wait_ms);
}

struct trouble {
	enum status code;
	const char *rule;
};

/* One that is absent is missing: who asks knows that this computer is enrolled. */
static struct trouble trouble_of(const struct store *store, enum store_state state)
{
	static const struct trouble troubles[] = {
		[STORE_OPEN] = {STATUS_INTERNAL, "store_failed"},
		[STORE_ABSENT] = {STATUS_DATA_LOSS, "store_missing"},
		[STORE_BUSY] = {STATUS_UNAVAILABLE, "store_busy"},
		[STORE_DAMAGED] = {STATUS_DATA_LOSS, "store_damaged"},
		[STORE_NEWER] = {STATUS_UNIMPLEMENTED, "store_newer"},
		[STORE_TOO_OPEN] = {STATUS_INTERNAL, "store_too_open"},
		[STORE_FAILED] = {STATUS_INTERNAL, "store_failed"},
	};
	struct trouble trouble = troubles[state];

	if (store->full)
		trouble.rule = "store_full"; /* what could not be exported or made anew will be, once there is room */
	else if (state == STORE_DAMAGED && store->exported == NULL)
		trouble.rule = "store_unreadable";
	return trouble;
}

bool store_refusal(const struct store *store, enum store_state state, struct refusal *refusal)
{
	struct trouble trouble = trouble_of(store, state);

	refusal_set(refusal, trouble.code, trouble.rule, NULL);
	refusal_param(refusal, "why", "%s", store->why != NULL ? store->why : "");
	refusal_param(refusal, "file", "%s", store->aside != NULL ? store->aside : store->path);
	refusal_param(refusal, "exported", "%s", store->exported != NULL ? store->exported : "");
	return false;
}
