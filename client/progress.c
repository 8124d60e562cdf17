/* Progress on stderr: a bar on a terminal, elsewhere a line for every tenth. */
#include "progress.h"

#include <unistd.h>

enum { BAR = 30 };

void progress_start(const struct client *client, struct progress *progress, enum say label,
		    size_t total)
{
	*progress = (struct progress){
		.label = client_say(client, label),
		.total = total > 0 ? total : 1,
		.bar = client->globals.progress == PROGRESS_ALWAYS || isatty(STDERR_FILENO),
		.silent = client->globals.quiet || client->globals.progress == PROGRESS_NEVER,
	};
}

static void draw_bar(const struct progress *progress, size_t done, unsigned percent)
{
	fprintf(stderr, "\r%s [", progress->label);
	for (unsigned i = 0; i < BAR; i++)
		fputc(i * 100 < percent * BAR ? '#' : '.', stderr);
	fprintf(stderr, "] %3u %% %zu/%zu", percent, done, progress->total);
	fflush(stderr);
}

void progress_move(struct progress *progress, size_t done)
{
	unsigned percent = (unsigned)(done * 100 / progress->total);

	if (progress->silent)
		return;
	if (progress->bar)
		draw_bar(progress, done, percent);
	else if (percent / 10 > progress->shown / 10)
		fprintf(stderr, "%s: %u %% (%zu/%zu)\n", progress->label, percent, done,
			progress->total);
	progress->shown = percent;
}

void progress_end(struct progress *progress)
{
	if (progress->bar && !progress->silent)
		fputc('\n', stderr);
}
