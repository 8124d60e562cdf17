/* What an import tells: problems cell by cell, the file of rejected rows, the sums. */
#ifndef CHIBO_CLIENT_IMPORT_REPORT_H
#define CHIBO_CLIENT_IMPORT_REPORT_H

#include "client.h"
#include "lines.h"

struct import_result {
	size_t good;
	size_t bad;
	int32_t added;
	int32_t matched;
	int32_t before; /* saved by an earlier run of the same file */
};

/* Problems on stdout, sums on stderr (with -o json both in one object). */
void import_report(struct client *client, const struct lines *lines,
		   const struct import_result *result, bool finished);
/* The bad rows with their titles and a column "Lỗi", delimiter as in the sheet. Nothing without a
 * path. */
int import_reject(struct client *client, const char *path, const struct sheet *sheet,
		  const struct lines_map *map, const struct lines *lines);

#endif
