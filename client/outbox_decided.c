/* What people had learned or decided of operations that a restored server is asked about again. */
#include "store_parts.h"

#include <stdlib.h>

#define DECIDED "decided_"
#define DECIDED_FACT "'" DECIDED "' || "

bool outbox_keep_decided(struct store *store, int64_t high_seq)
{
	sqlite3_stmt *statement =
		store_prepare(store, "insert or replace into fact (name, value, seal) "
				     "select " DECIDED_FACT "seq, state, seal_of(" DECIDED_FACT "seq, cast(state as text)) "
				     "from op where seq > ?1 and state in (4, 5, 6)");

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, high_seq);
	return store_run(store, statement);
}

bool outbox_drop_decided(struct store *store, int64_t seq)
{
	sqlite3_stmt *statement = store_prepare(store, "delete from fact where name = " DECIDED_FACT "?1");

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, seq);
	return store_run(store, statement);
}

enum op_state outbox_decided(struct store *store, int64_t seq)
{
	const char *state =
		store_fact(store, store->arena, mem_format(store->arena, DECIDED "%lld", (long long)seq));

	return state == NULL ? OP_WAITING : (enum op_state)strtol(state, NULL, 10);
}
