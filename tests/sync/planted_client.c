/* chibo with a bug that the tests of sync must catch; CHIBO_PLANT names it. Never installed. */
#include <stdlib.h>
#include <string.h>

#include "outbox.h"
#include "replica.h"
#include "store.h"

/* The linker's names: __real_ is what the client defines, __wrap_ what everybody else calls. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
bool __real_outbox_settle(struct store *store, const struct op *op);
bool __wrap_outbox_settle(struct store *store, const struct op *op);
bool __real_store_commit(struct store *store);
bool __wrap_store_commit(struct store *store);
bool __real_replica_apply(struct store *store, const ProtobufCMessage *page, const struct cursor *cursor);
bool __wrap_replica_apply(struct store *store, const ProtobufCMessage *page, const struct cursor *cursor);

static bool is_planted(const char *bug)
{
	const char *planted = getenv("CHIBO_PLANT");

	return planted != NULL && strcmp(planted, bug) == 0;
}

/* What was acknowledged is not offered again after a restore: it is gone. */
bool __wrap_outbox_settle(struct store *store, const struct op *op)
{
	static const int64_t long_after_us = INT64_C(400) * 86400 * 1000000;

	if (!__real_outbox_settle(store, op))
		return false;
	return !is_planted("prune_at_acknowledgement") || op->state != OP_SAVED ||
	       outbox_prune(store, op->answered_at_us + long_after_us);
}

/* Says "queued" whatever the disk said. */
bool __wrap_store_commit(struct store *store)
{
	return __real_store_commit(store) || is_planted("queued_without_commit");
}

/* The next position instead of the last one applied. */
bool __wrap_replica_apply(struct store *store, const ProtobufCMessage *page, const struct cursor *cursor)
{
	struct cursor moved = *cursor;

	if (is_planted("cursor_plus_one") && cursor->copying == NULL)
		moved.position++;
	return __real_replica_apply(store, page, &moved);
}
/* NOLINTEND(bugprone-reserved-identifier) */
