/* chibod with the server's gate open, to prove that the database's gate is enough alone. Never installed.
 * CHIBO_OPEN_ROUTES names the methods that are let through, separated by spaces; "*" are all. Or
 * CHIBO_OPEN_ROUTES_FILE is a file that names them, and is read anew for every request. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "call.h"
#include "gate.h"

/* The linker's names: __real_ is what gate.c defines, __wrap_ what everybody else calls. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
bool __real_gate_permits(const struct call *call);
bool __wrap_gate_permits(const struct call *call);
bool __real_gate_add_targets(struct call *call);
bool __wrap_gate_add_targets(struct call *call);

static void read_routes(const char *name, char *text, size_t size)
{
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, size - 1);

	text[n < 0 ? 0 : n] = '\0';
	if (fd >= 0)
		(void)close(fd);
}

static bool is_open(const struct call *call)
{
	char text[8192] = "";
	const char *file = getenv("CHIBO_OPEN_ROUTES_FILE");
	const char *named = getenv("CHIBO_OPEN_ROUTES");
	size_t len = strlen(call->route->name);

	if (file) {
		read_routes(file, text, sizeof text);
		named = text;
	}
	if (!named || strcmp(named, "*") == 0)
		return named != NULL;
	for (const char *at = strstr(named, call->route->name); at; at = strstr(at + 1, call->route->name))
		if ((at == named || at[-1] == ' ') && (at[len] == '\0' || at[len] == ' '))
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
