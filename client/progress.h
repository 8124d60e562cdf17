/* Progress on stderr: a bar on a terminal, elsewhere a line for every tenth. */
#ifndef CHIBO_CLIENT_PROGRESS_H
#define CHIBO_CLIENT_PROGRESS_H

#include <stdbool.h>
#include <stddef.h>

#include "client.h"

struct progress {
	const char *label;
	size_t total;
	unsigned shown; /* percent last told */
	bool bar;
	bool silent;
};

void progress_start(const struct client *client, struct progress *progress, enum say label,
		    size_t total);
void progress_move(struct progress *progress, size_t done);
/* Ends the bar's line. */
void progress_end(struct progress *progress);

#endif
