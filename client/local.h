/* Reads that are answered from the replica: what each method needs stands in local.def. */
#ifndef CHIBO_CLIENT_LOCAL_H
#define CHIBO_CLIENT_LOCAL_H

#include "call.h"
#include "client.h"
#include "store.h"

enum local_shape {
	LOCAL_ONE,  /* a record and its parts */
	LOCAL_ROWS, /* a list, page by page */
	LOCAL_SEARCH, /* members by name */
};

/* Lines of local.def; a text that is not given is NULL. */
struct local_read {
	const char *service, *method;
	enum local_shape shape;
	const char *entity;
	const char *with, *renames, *order, *today, *filters, *defaults, *without;
};
struct local_part {
	const char *service, *method;
	const char *field;
	const char *entity;
	const char *key;
	const char *renames, *order, *without;
};

/* NULL behind the last. */
const struct local_read *local_read_at(size_t n);
const struct local_part *local_part_at(size_t n);

/* The store of an enrolled computer; NULL: it is not, or its store is not to be had. */
struct store *local_store(struct client *client);
/* Who asks, as a copy names its owner: the account that is logged in, in the grant that is used. */
const char *local_owner(struct client *client);
/* True: call->response is made from the replica. False: call->refusal says why it cannot be: "needs_line",
 * "needs_line_for" a field, "not_in_copy", "no_copy" of who asks. */
bool local_read(struct client *client, struct store *store, struct call *call) MUST_CHECK;

#endif
