/* What others learn from a call that has committed. */
#include "call_tell.h"

#include <string.h>

#include "call.h"
#include "devices.h"
#include "dispatch_internal.h"
#include "reply.h"

/* Before the reply goes out: whoever hears it may rely on it. */
static void learn_devices(const struct call *call)
{
	bool dry_run = call->request->has_dry_run && call->request->dry_run;

	if (call->dispatch->devices && call->route && call->route->kind == KIND_WRITE && !dry_run &&
	    strcmp(call->route->service, "DeviceService") == 0)
		devices_learn(call->dispatch->devices, call->output);
}

/* Of the public ones Redeem ends the account's sessions. */
static bool takes_nothing(const struct route *route)
{
	return route->kind == KIND_READ || strcmp(route->name, "SessionService/Hello") == 0 ||
	       strcmp(route->name, "SessionService/Login") == 0;
}

/* Grants, accounts, sessions, computers, the tree: whoever hears something may have lost the right to. */
static bool changes_rights(const struct call *call)
{
	static const char *const services[] = {"GrantService", "AccountService", "SessionService", "DeviceService", "UnitService"};

	for (size_t i = 0; i < sizeof services / sizeof *services; i++)
		if (strcmp(call->route->service, services[i]) == 0)
			return !takes_nothing(call->route);
	return false;
}

/* After the reply's own hearer nobody waits longer than for a look. */
static void tell_watchers(struct call *call)
{
	struct watchers *watchers = &call->dispatch->watchers;
	Chibo__Internal__Receipt receipt;

	if (watchers->n == 0 || !call->route)
		return;
	if (changes_rights(call))
		watchers_wake_all(watchers);
	if (call->route->kind == KIND_WRITE && reply_receipt(call, &receipt) && receipt.has_feed && receipt.feed.len == FEED_ID)
		watchers_saw(watchers, receipt.feed.data, receipt.position);
}

void call_tell(struct call *call)
{
	learn_devices(call);
	tell_watchers(call);
}
