/* An answer, printed as asked: one walker over the descriptors feeds all formats. */
#ifndef CHIBO_CLIENT_RENDER_H
#define CHIBO_CLIENT_RENDER_H

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "client.h"
#include "grid.h"
#include "status.h"

/* Pages of one list, or one answer. `columns`: default columns of the first list, "" for all. */
int render_answer(struct client *client, const ProtobufCMessageDescriptor *type,
		  ProtobufCMessage *const *pages, size_t n_pages, const char *columns);
/* A grid made by hand, in any format but JSON. */
int render_grid(struct client *client, const struct grid *grid);
/* Checks --columns before anything is asked of the server. */
int render_check_columns(struct client *client, const char *command,
			 const ProtobufCMessageDescriptor *type);

/* Format in force: as given, or a table on a terminal and TSV elsewhere. */
enum output render_output(const struct client *client);
bool render_is_human(const struct client *client);
/* Opens --out. */
int render_open(struct client *client);
/* Flushes: false when it cannot be written, or nobody is left who would read it. */
bool render_goes_out(const struct client *client);
/* Flushes; what cannot be written is an error, a closed pipe is not. */
int render_finish(struct client *client, int code);
size_t render_width(void);

/* One field of a record as people see it; "" if it is absent. */
const char *render_field(struct client *client, const ProtobufCMessage *message, const char *name);

#endif
