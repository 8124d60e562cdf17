/* The outbox: a row for each write of this computer, from before it is sent until 35 days after its answer. */
#include "store_parts.h"

#include <string.h>

#include <sodium.h>

/* State, answer and seal of a row: what of it can change. */
#define SEAL(state, answered, code, rule, field, params, position)                                                     \
	"seal_of(seq, op_id, account, grant_id, prev_hash, hash, " state ", made_at_us, " answered ", " code ", " rule  \
	", " field ", " params ", " position ")"

void outbox_request_hash(const char *method, const uint8_t *body, size_t n, uint8_t hash[static STORE_HASH])
{
	crypto_hash_sha256_state state;

	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, (const uint8_t *)method, strlen(method) + 1);
	crypto_hash_sha256_update(&state, body, n);
	crypto_hash_sha256_final(&state, hash);
}

void outbox_chain(const uint8_t prev[static STORE_HASH], int64_t seq, const uint8_t op_id[static STORE_ID],
		  const uint8_t request_hash[static STORE_HASH], uint8_t hash[static STORE_HASH])
{
	crypto_hash_sha256_state state;
	uint8_t number[8];

	for (int i = 0; i < 8; i++)
		number[i] = (uint8_t)((uint64_t)seq >> (56 - 8 * i));
	crypto_hash_sha256_init(&state);
	crypto_hash_sha256_update(&state, prev, STORE_HASH);
	crypto_hash_sha256_update(&state, number, sizeof(number));
	crypto_hash_sha256_update(&state, op_id, STORE_ID);
	crypto_hash_sha256_update(&state, request_hash, STORE_HASH);
	crypto_hash_sha256_final(&state, hash);
}

static void link_of(const struct op *op, uint8_t hash[static STORE_HASH])
{
	uint8_t request[STORE_HASH];

	outbox_request_hash(op->method, op->body, op->body_len, request);
	outbox_chain(op->prev_hash, op->seq, op->op_id, request, hash);
}

bool outbox_intact(const struct op *op)
{
	uint8_t hash[STORE_HASH];

	link_of(op, hash);
	return memcmp(hash, op->hash, STORE_HASH) == 0;
}

/* ---- rows ---- */

static const char *text_at(sqlite3_stmt *statement, int column, struct arena *arena)
{
	const char *text = (const char *)sqlite3_column_text(statement, column);

	return text == NULL ? NULL : mem_format(arena, "%s", text);
}

static bool bytes_at(sqlite3_stmt *statement, int column, uint8_t *bytes, int n)
{
	if (sqlite3_column_bytes(statement, column) != n)
		return false;
	memcpy(bytes, sqlite3_column_blob(statement, column), (size_t)n);
	return true;
}

void outbox_read(sqlite3_stmt *statement, struct arena *arena, struct op *op)
{
	*op = (struct op){.seq = sqlite3_column_int64(statement, 0)};
	bytes_at(statement, 1, op->op_id, STORE_ID);
	op->account = text_at(statement, 2, arena);
	op->has_grant = bytes_at(statement, 3, op->grant, STORE_ID);
	op->method = text_at(statement, 4, arena);
	op->body_len = (size_t)sqlite3_column_bytes(statement, 5);
	op->body = (const uint8_t *)mem_copy(arena, sqlite3_column_blob(statement, 5), op->body_len);
	bytes_at(statement, 6, op->prev_hash, STORE_HASH);
	bytes_at(statement, 7, op->hash, STORE_HASH);
	op->state = (enum op_state)sqlite3_column_int(statement, 8);
	op->made_at_us = sqlite3_column_int64(statement, 9);
	op->answered_at_us = sqlite3_column_int64(statement, 10);
	op->code = sqlite3_column_int(statement, 11);
	op->rule = text_at(statement, 12, arena);
	op->field = text_at(statement, 13, arena);
	op->params = text_at(statement, 14, arena);
	op->position = sqlite3_column_int64(statement, 15);
}

static void bind_answer(sqlite3_stmt *statement, const struct op *op)
{
	sqlite3_bind_int(statement, 1, (int)op->state);
	sqlite3_bind_int64(statement, 2, op->answered_at_us);
	sqlite3_bind_int(statement, 3, op->code);
	store_bind_text(statement, 4, op->rule);
	store_bind_text(statement, 5, op->field);
	store_bind_text(statement, 6, op->params);
	sqlite3_bind_int64(statement, 7, op->position);
	sqlite3_bind_int64(statement, 8, op->seq);
	sqlite3_bind_blob(statement, 9, op->op_id, STORE_ID, SQLITE_STATIC);
}

/* One row or none; a query for OUTBOX_COLUMNS that is bound. */
static bool one(struct store *store, sqlite3_stmt *statement, struct arena *arena, struct op *op)
{
	int rc = sqlite3_step(statement);

	if (rc == SQLITE_ROW)
		outbox_read(statement, arena, op);
	else if (rc != SQLITE_DONE)
		store_failed(store, rc);
	sqlite3_reset(statement);
	return rc == SQLITE_ROW;
}

/* ---- putting ---- */

static bool last(struct store *store, struct op *op)
{
	sqlite3_stmt *statement = store_prepare(store, "select last_seq, last_hash from store");
	bool found;

	if (statement == NULL)
		return false;
	found = sqlite3_step(statement) == SQLITE_ROW && bytes_at(statement, 1, op->prev_hash, STORE_HASH);
	op->seq = sqlite3_column_int64(statement, 0) + 1;
	sqlite3_reset(statement);
	return found;
}

static bool insert(struct store *store, const struct op *op)
{
	sqlite3_stmt *statement = store_prepare(
		store, "insert into op (state, answered_at_us, code, rule, field, params, position, seq, op_id, account, "
		       "grant_id, method, body, prev_hash, hash, made_at_us, seal) values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
		       "?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
		       "seal_of(?8, ?9, ?10, ?11, ?14, ?15, ?1, ?16, ?2, ?3, ?4, ?5, ?6, ?7))");

	if (statement == NULL)
		return false;
	bind_answer(statement, op);
	store_bind_text(statement, 10, op->account);
	if (op->has_grant)
		sqlite3_bind_blob(statement, 11, op->grant, STORE_ID, SQLITE_STATIC);
	store_bind_text(statement, 12, op->method);
	sqlite3_bind_blob64(statement, 13, op->body_len > 0 ? op->body : (const uint8_t *)"", op->body_len, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 14, op->prev_hash, STORE_HASH, SQLITE_STATIC);
	sqlite3_bind_blob(statement, 15, op->hash, STORE_HASH, SQLITE_STATIC);
	sqlite3_bind_int64(statement, 16, op->made_at_us);
	return store_run(store, statement);
}

static bool move_end(struct store *store, const struct op *op)
{
	sqlite3_stmt *statement =
		store_prepare(store, "update store set last_seq = ?1, last_hash = ?2, ops = ops + 1, "
				     "seal = seal_of(device_id, ?1, ?2, ops + 1)");

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, op->seq);
	sqlite3_bind_blob(statement, 2, op->hash, STORE_HASH, SQLITE_STATIC);
	return store_run(store, statement);
}

bool outbox_add(struct store *store, struct op *op)
{
	if (!last(store, op))
		return false;
	link_of(op, op->hash);
	return insert(store, op) && move_end(store, op);
}

bool outbox_restore(struct store *store, const struct op *op)
{
	return insert(store, op) && move_end(store, op);
}

bool outbox_put(struct store *store, struct op *op)
{
	op->state = OP_WAITING;
	op->made_at_us = store_now_us();
	op->answered_at_us = op->position = 0;
	op->code = 0;
	op->rule = op->field = op->params = NULL;
	if (!store_begin(store))
		return false;
	if (outbox_add(store, op) && store_commit(store))
		return true;
	store_roll_back(store);
	return false;
}

/* ---- reading ---- */

static bool by_seq(struct store *store, struct arena *arena, const char *sql, int64_t seq, struct op *op)
{
	sqlite3_stmt *statement = store_prepare(store, sql);

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, seq);
	return one(store, statement, arena, op);
}

bool outbox_next(struct store *store, struct arena *arena, int64_t from, struct op *op)
{
	return by_seq(store, arena, "select " OUTBOX_COLUMNS " from op where state < 2 and seq >= ?1 order by seq limit 1",
		      from, op);
}

bool outbox_get(struct store *store, struct arena *arena, int64_t seq, struct op *op)
{
	return by_seq(store, arena, "select " OUTBOX_COLUMNS " from op where seq = ?1", seq, op);
}

bool outbox_find(struct store *store, struct arena *arena, const uint8_t op_id[static STORE_ID], struct op *op)
{
	sqlite3_stmt *statement = store_prepare(store, "select " OUTBOX_COLUMNS " from op where op_id = ?1");

	if (statement == NULL)
		return false;
	sqlite3_bind_blob(statement, 1, op_id, STORE_ID, SQLITE_STATIC);
	return one(store, statement, arena, op);
}

/* A statement of its own: `each` may use the store, this function too. */
bool outbox_each(struct store *store, struct arena *arena, unsigned states, bool (*each)(void *owner, const struct op *op),
		 void *owner)
{
	static const char sql[] = "select " OUTBOX_COLUMNS " from op where ?1 >> state & 1 order by seq";
	sqlite3_stmt *statement = NULL;
	struct op op;
	int rc = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
	bool go_on = true;

	if (rc == SQLITE_OK)
		rc = sqlite3_bind_int64(statement, 1, states);
	while (go_on && (rc == SQLITE_OK || rc == SQLITE_ROW)) {
		rc = sqlite3_step(statement);
		if (rc != SQLITE_ROW)
			break;
		outbox_read(statement, arena, &op);
		go_on = each(owner, &op);
	}
	if (rc != SQLITE_ROW && rc != SQLITE_DONE)
		store_failed(store, rc);
	sqlite3_finalize(statement);
	return rc == SQLITE_ROW || rc == SQLITE_DONE;
}

/* ---- answers ---- */

/* What may follow what: the drawing in outbox.h, and everything may be said twice. */
static const unsigned may_become[] = {
	[OP_WAITING] = 1u << OP_WAITING | 1u << OP_UNKNOWN | 1u << OP_SAVED | 1u << OP_PARKED | 1u << OP_TOLD,
	[OP_UNKNOWN] = 1u << OP_WAITING | 1u << OP_UNKNOWN | 1u << OP_SAVED | 1u << OP_PARKED | 1u << OP_TOLD,
	[OP_SAVED] = 1u << OP_SAVED,
	[OP_PARKED] = 1u << OP_PARKED | 1u << OP_RESENT | 1u << OP_DISCARDED,
	[OP_TOLD] = 1u << OP_TOLD,
	[OP_RESENT] = 1u << OP_RESENT,
	[OP_DISCARDED] = 1u << OP_DISCARDED,
};

static bool allowed(struct store *store, const struct op *op)
{
	sqlite3_stmt *statement = store_prepare(store, "select state from op where seq = ?1 and op_id = ?2");
	unsigned next = 0;

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, op->seq);
	sqlite3_bind_blob(statement, 2, op->op_id, STORE_ID, SQLITE_STATIC);
	if (sqlite3_step(statement) == SQLITE_ROW)
		next = may_become[sqlite3_column_int(statement, 0)];
	sqlite3_reset(statement);
	if ((next >> op->state & 1) == 0)
		store->why = "the outbox has no such operation in a state that allows it";
	return (next >> op->state & 1) != 0;
}

static bool update(struct store *store, const struct op *op)
{
	sqlite3_stmt *statement = store_prepare(
		store, "update op set state = ?1, answered_at_us = ?2, code = ?3, rule = ?4, field = ?5, params = ?6, "
		       "position = ?7, seal = " SEAL("?1", "?2", "?3", "?4", "?5", "?6", "?7")
		       " where seq = ?8 and op_id = ?9");

	if (statement == NULL)
		return false;
	bind_answer(statement, op);
	return store_run(store, statement);
}

bool outbox_settle(struct store *store, const struct op *op)
{
	struct op row = *op;

	if (row.state <= OP_UNKNOWN)
		row.answered_at_us = 0;
	else if (row.answered_at_us == 0)
		row.answered_at_us = store_now_us();
	if (!store_begin(store))
		return false;
	if (allowed(store, &row) && update(store, &row) &&
	    (row.state <= OP_UNKNOWN || outbox_drop_decided(store, row.seq)) && store_commit(store))
		return true;
	store_roll_back(store);
	return false;
}

/* What the server answered it may answer otherwise now: the answers go. */
static bool drop_answers(struct store *store, int64_t high_seq)
{
	sqlite3_stmt *statement = store_prepare(
		store, "update op set state = 1, answered_at_us = 0, code = 0, rule = null, field = null, params = null, "
		       "position = 0, seal = " SEAL("1", "0", "0", "null", "null", "null", "0")
		       " where seq > ?1 and state > 1");

	if (statement == NULL)
		return false;
	sqlite3_bind_int64(statement, 1, high_seq);
	return store_run(store, statement);
}

bool outbox_offer_again(struct store *store, int64_t high_seq)
{
	if (!store_begin(store))
		return false;
	if (outbox_keep_decided(store, high_seq) && drop_answers(store, high_seq) && store_commit(store))
		return true;
	store_roll_back(store);
	return false;
}

static bool note_dropped(struct store *store, int n)
{
	sqlite3_stmt *statement = store_prepare(
		store, "update store set ops = ops - ?1, seal = seal_of(device_id, last_seq, last_hash, ops - ?1)");

	if (n == 0)
		return true;
	if (statement == NULL)
		return false;
	sqlite3_bind_int(statement, 1, n);
	return store_run(store, statement) && store_note_purge(store);
}

/* The last one stays: the chain ends in a row that can be looked at. */
bool outbox_prune(struct store *store, int64_t now_us)
{
	static const char sql[] = "delete from op where state in (2, 4, 5, 6) and answered_at_us < ?1 "
				  "and seq < (select last_seq from store)";
	sqlite3_stmt *statement = store_prepare(store, sql);

	if (statement == NULL || !store_begin(store))
		return false;
	sqlite3_bind_int64(statement, 1, now_us - OUTBOX_KEEP_US);
	if (store_run(store, statement) && note_dropped(store, sqlite3_changes(store->db)) && store_commit(store))
		return true;
	store_roll_back(store);
	return false;
}

bool outbox_count(struct store *store, struct outbox_sum *sum)
{
	static const char sql[] =
		"select count(*), coalesce(sum(state = 1), 0), (select count(*) from op where state = 3), "
		"coalesce(min(made_at_us), 0), (select last_seq from store), "
		"coalesce(min(seq) - 1, (select last_seq from store)) from op where state < 2";
	sqlite3_stmt *statement = store_prepare(store, sql);
	int rc;

	*sum = (struct outbox_sum){0};
	if (statement == NULL)
		return false;
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW)
		*sum = (struct outbox_sum){
			.waiting = sqlite3_column_int64(statement, 0),
			.unknown = sqlite3_column_int64(statement, 1),
			.parked = sqlite3_column_int64(statement, 2),
			.oldest_at_us = sqlite3_column_int64(statement, 3),
			.last_seq = sqlite3_column_int64(statement, 4),
			.answered_seq = sqlite3_column_int64(statement, 5),
		};
	else
		store_failed(store, rc);
	sqlite3_reset(statement);
	return rc == SQLITE_ROW;
}

/* ---- the chain ---- */

struct walk {
	struct arena *arena;
	int64_t seq; /* of the row before; 0: none */
	int64_t n;
	uint8_t hash[STORE_HASH];
	bool broken;
};

static bool check_link(void *owner, const struct op *op)
{
	struct walk *walk = owner;
	bool follows = op->seq == walk->seq + 1;

	walk->broken = !outbox_intact(op) || (follows && memcmp(op->prev_hash, walk->hash, STORE_HASH) != 0);
	walk->seq = op->seq;
	walk->n++;
	memcpy(walk->hash, op->hash, STORE_HASH);
	arena_reset(walk->arena);
	return !walk->broken;
}

bool outbox_whole(struct store *store)
{
	enum { ROW_MAX = 64 << 20 };
	struct arena rows;
	struct walk walk = {.arena = &rows};
	struct op end;
	int64_t n;
	bool read;

	arena_init(&rows, ROW_MAX, ROW_MAX);
	read = outbox_each(store, &rows, ~0u, check_link, &walk);
	arena_close(&rows);
	if (!read || !last(store, &end) || !store_number(store, "select ops from store", &n))
		return false;
	if (!walk.broken && n == walk.n && end.seq - 1 == walk.seq && memcmp(end.prev_hash, walk.hash, STORE_HASH) == 0)
		return true;
	store->why = mem_format(store->arena, "the chain of the outbox is broken at operation %lld", (long long)walk.seq);
	return false;
}
