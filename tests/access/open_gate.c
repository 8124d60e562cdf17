/* chibod with the server's gate open, to prove that the database's gate is enough alone. Never installed.
 * CHIBO_OPEN_ROUTES names the methods that are let through, separated by spaces; "*" are all. */
#include <stdlib.h>
#include <string.h>

#include "call.h"
#include "gate.h"

/* The linker's names: __real_ is what gate.c defines, __wrap_ what everybody else calls. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
bool __real_gate_permits(const struct call *call);
bool __wrap_gate_permits(const struct call *call);
bool __real_gate_add_targets(struct call *call);
bool __wrap_gate_add_targets(struct call *call);

static bool is_open(const struct call *call)
{
	const char *open = getenv("CHIBO_OPEN_ROUTES");
	size_t len = strlen(call->route->name);

	if (!open || strcmp(open, "*") == 0)
		return open != NULL;
	for (const char *at = strstr(open, call->route->name); at; at = strstr(at + 1, call->route->name))
		if ((at == open || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
			return true;
	return false;
}

bool __wrap_gate_permits(const struct call *call)
{
	return is_open(call) || __real_gate_permits(call);
}

bool __wrap_gate_add_targets(struct call *call)
{
	return is_open(call) || __real_gate_add_targets(call);
}
/* NOLINTEND(bugprone-reserved-identifier) */
