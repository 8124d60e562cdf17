/* The outbox: nothing counts as queued that a power cut could take, and every link of its chain is what both sides compute. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>
#include <sqlite3.h>

#include "store_home.h"

/* ---- the chain ---- */

/* As devices.sql says it, written once more without the outbox's own code. */
static void chain_by_hand(const uint8_t prev[static 32], uint8_t seq, const struct op *op, uint8_t hash[static 32])
{
	uint8_t request[32], text[32 + 8 + 16 + 32] = {0};
	size_t n = strlen(op->method) + 1;
	uint8_t *call = mem_take(&arena, n + op->body_len);

	memcpy(call, op->method, n);
	memcpy(call + n, op->body, op->body_len);
	crypto_hash_sha256(request, call, n + op->body_len);
	memcpy(text, prev, 32);
	text[39] = seq;
	memcpy(text + 40, op->op_id, 16);
	memcpy(text + 56, request, 32);
	crypto_hash_sha256(hash, text, sizeof(text));
}

START_TEST(the_chain_has_no_holes)
{
	uint8_t prev[32] = {0}, hash[32];
	struct store store;
	struct op op, read;

	home_create(&store);
	for (unsigned n = 1; n <= 30; n++) {
		op = home_op(n);
		ck_assert(outbox_put(&store, &op));
		chain_by_hand(prev, (uint8_t)n, &op, hash);
		ck_assert_int_eq(op.seq, n);
		ck_assert_mem_eq(op.prev_hash, prev, 32);
		ck_assert_mem_eq(op.hash, hash, 32);
		ck_assert(outbox_get(&store, &arena, n, &read));
		ck_assert_mem_eq(read.hash, hash, 32);
		memcpy(prev, hash, 32);
	}
	store_close(&store);
	home_open(&store);
	store_close(&store);
}
END_TEST

/* Computed by another library. */
START_TEST(vectors)
{
	static const uint8_t zero[32], op_id[16] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16};
	uint8_t request[32], hash[32];
	char text[65];

	outbox_request_hash("UnitService/Create", (const uint8_t *)"\x0a\x00\xff", 3, request);
	sodium_bin2hex(text, sizeof(text), request, 32);
	ck_assert_str_eq(text, "3a21797718dc26571ad74d26379ec988cd8f2e5a662fa84edbd5115b33a28dce");
	outbox_chain(zero, INT64_C(0x0102030405060708), op_id, request, hash);
	sodium_bin2hex(text, sizeof(text), hash, 32);
	ck_assert_str_eq(text, "a625efe474ab6a482a50800dbd820072aad46d2b29bd2a962adfcffb6705bf3f");
}
END_TEST

/* ---- rows ---- */

START_TEST(an_operation_comes_back)
{
	struct store store;
	struct op op = home_op(3), read;

	home_create(&store);
	ck_assert(!outbox_next(&store, &arena, 0, &read));
	ck_assert(outbox_put(&store, &op));
	store_close(&store);
	home_open(&store);
	ck_assert(outbox_find(&store, &arena, op.op_id, &read));
	ck_assert_int_eq(read.seq, 1);
	ck_assert_str_eq(read.account, op.account);
	ck_assert_str_eq(read.method, op.method);
	ck_assert(read.has_grant);
	ck_assert_mem_eq(read.grant, op.grant, STORE_ID);
	ck_assert_uint_eq(read.body_len, op.body_len);
	ck_assert_mem_eq(read.body, op.body, op.body_len);
	ck_assert_int_eq(read.state, OP_WAITING);
	ck_assert_int_eq(read.made_at_us, op.made_at_us);
	ck_assert_int_gt(read.made_at_us, INT64_C(1700000000000000));
	ck_assert_int_eq(read.answered_at_us, 0);
	ck_assert(!outbox_find(&store, &arena, device, &read));
	ck_assert(!outbox_get(&store, &arena, 2, &read));
	store_close(&store);
}
END_TEST

START_TEST(an_id_is_put_once)
{
	struct store store;
	struct outbox_sum sum;
	struct op empty = home_op(2);

	home_create(&store);
	ck_assert(home_put(&store, 1));
	ck_assert(!home_put(&store, 1));
	ck_assert(!store.full);
	empty.body = NULL;
	empty.body_len = 0;
	ck_assert(outbox_put(&store, &empty));
	ck_assert_int_eq(empty.seq, 2);
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_eq(sum.last_seq, 2);
	store_close(&store);
	home_open(&store);
	store_close(&store);
}
END_TEST

static bool settle(struct store *store, int64_t seq, enum op_state state)
{
	struct op op;

	ck_assert(outbox_get(store, &arena, seq, &op));
	op.state = state;
	return outbox_settle(store, &op);
}

START_TEST(states_follow_the_drawing)
{
	static const char *const allowed[] = {
		[OP_WAITING] = "WUSPT", [OP_UNKNOWN] = "WUSPT", [OP_SAVED] = "S",    [OP_PARKED] = "PRD",
		[OP_TOLD] = "T",	[OP_RESENT] = "R",	[OP_DISCARDED] = "D",
	};
	static const char letters[] = "WUSPTRD";
	struct store store;
	struct op op;
	unsigned n = 0;

	home_create(&store);
	for (int from = OP_WAITING; from <= OP_DISCARDED; from++)
		for (int to = OP_WAITING; to <= OP_DISCARDED; to++) {
			ck_assert(home_put(&store, ++n));
			if (from == OP_RESENT || from == OP_DISCARDED)
				ck_assert(settle(&store, n, OP_PARKED));
			ck_assert(settle(&store, n, (enum op_state)from));
			ck_assert_msg(settle(&store, n, (enum op_state)to) ==
					      (strchr(allowed[from], letters[to]) != NULL),
				      "%d to %d", from, to);
		}
	op = home_op(1);
	op.seq = 2; /* another one's id */
	ck_assert(!outbox_settle(&store, &op));
	store_close(&store);
}
END_TEST

START_TEST(an_answer_comes_back)
{
	struct store store;
	struct op op;

	home_create(&store);
	ck_assert(home_put(&store, 1));
	ck_assert(outbox_get(&store, &arena, 1, &op));
	op.state = OP_PARKED;
	op.code = 9;
	op.rule = "base_version";
	op.field = "id";
	op.params = "current=4\nhọ tên=Nguyễn Văn A";
	op.position = 77;
	ck_assert(outbox_settle(&store, &op));
	store_close(&store);
	home_open(&store);
	ck_assert(outbox_get(&store, &arena, 1, &op));
	ck_assert_int_eq(op.state, OP_PARKED);
	ck_assert_int_eq(op.code, 9);
	ck_assert_str_eq(op.rule, "base_version");
	ck_assert_str_eq(op.params, "current=4\nhọ tên=Nguyễn Văn A");
	ck_assert_int_eq(op.position, 77);
	ck_assert_int_ge(op.answered_at_us, op.made_at_us);
	store_close(&store);
}
END_TEST

/* ---- sums and order ---- */

/* 1 saved, 2 parked, 3 unknown, 4 told, 5 waiting, 6 discarded, 7 resent, 8 saved */
static void mixed(struct store *store)
{
	static const enum op_state states[] = {OP_SAVED,   OP_PARKED, OP_UNKNOWN, OP_TOLD,
					       OP_WAITING, OP_PARKED, OP_PARKED,  OP_SAVED};

	home_create(store);
	for (unsigned n = 1; n <= 8; n++) {
		ck_assert(home_put(store, n));
		ck_assert(settle(store, n, states[n - 1]));
	}
	ck_assert(settle(store, 6, OP_DISCARDED) && settle(store, 7, OP_RESENT));
}

static bool note_seq(void *owner, const struct op *op)
{
	strcat(owner, (const char[]){(char)('0' + op->seq), '\0'});
	return op->seq < 7;
}

static const char *seqs(struct store *store, unsigned states)
{
	char *text = mem_take(&arena, 32);

	ck_assert(outbox_each(store, &arena, states, note_seq, text));
	return text;
}

START_TEST(counts_and_lists)
{
	struct store store;
	struct outbox_sum sum;
	struct op op, first;

	mixed(&store);
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_eq(sum.waiting, 2);
	ck_assert_int_eq(sum.unknown, 1);
	ck_assert_int_eq(sum.parked, 1);
	ck_assert_int_eq(sum.last_seq, 8);
	ck_assert_int_eq(sum.answered_seq, 2);
	ck_assert(outbox_get(&store, &arena, 3, &first));
	ck_assert_int_eq(sum.oldest_at_us, first.made_at_us);
	ck_assert(outbox_next(&store, &arena, 0, &op) && op.seq == 3);
	ck_assert(outbox_next(&store, &arena, 4, &op) && op.seq == 5);
	ck_assert(!outbox_next(&store, &arena, 6, &op));
	ck_assert_str_eq(seqs(&store, 1u << OP_WAITING | 1u << OP_UNKNOWN), "35");
	ck_assert_str_eq(seqs(&store, 1u << OP_DISCARDED), "6");
	ck_assert_str_eq(seqs(&store, ~0u), "1234567"); /* it stopped there */
	ck_assert(settle(&store, 3, OP_SAVED) && settle(&store, 5, OP_TOLD));
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_eq(sum.waiting, 0);
	ck_assert_int_eq(sum.oldest_at_us, 0);
	ck_assert_int_eq(sum.answered_seq, 8);
	store_close(&store);
}
END_TEST

struct settling {
	struct store *store;
	int n;
};

static bool settle_each(void *owner, const struct op *op)
{
	struct settling *settling = owner;

	settling->n++;
	ck_assert(outbox_each(settling->store, &arena, 1u << OP_UNKNOWN, note_seq, mem_take(&arena, 32)));
	return settle(settling->store, op->seq, OP_SAVED);
}

START_TEST(rows_may_be_settled_while_they_are_listed)
{
	struct store store;
	struct settling settling = {.store = &store};

	home_create(&store);
	for (unsigned n = 1; n <= 5; n++)
		ck_assert(home_put(&store, n));
	ck_assert(outbox_each(&store, &arena, 1u << OP_WAITING, settle_each, &settling));
	ck_assert_int_eq(settling.n, 5);
	store_close(&store);
}
END_TEST

/* ---- restore and time ---- */

START_TEST(what_a_restore_lost_is_offered_again)
{
	struct store store;
	struct op op;

	mixed(&store);
	ck_assert(outbox_offer_again(&store, 1));
	ck_assert_str_eq(seqs(&store, 1u << OP_UNKNOWN), "23467");
	ck_assert_str_eq(seqs(&store, 1u << OP_SAVED), "1");
	ck_assert_str_eq(seqs(&store, 1u << OP_WAITING), "5");
	ck_assert(outbox_get(&store, &arena, 2, &op));
	ck_assert(op.answered_at_us == 0 && op.code == 0 && op.rule == NULL);
	store_close(&store);
	home_open(&store);
	store_close(&store);
}
END_TEST

/* Of those that are offered again it is known, until they are answered, what people had learned or decided. */
START_TEST(a_restore_keeps_what_people_decided)
{
	static const enum op_state decided[] = {[4] = OP_TOLD, [6] = OP_DISCARDED, [7] = OP_RESENT, [8] = OP_WAITING};
	struct store store;

	mixed(&store);
	ck_assert(outbox_offer_again(&store, 1));
	ck_assert(outbox_offer_again(&store, 0)); /* and once more, before an answer comes */
	store_close(&store);
	home_open(&store);
	for (int64_t seq = 1; seq <= 8; seq++)
		ck_assert_int_eq(outbox_decided(&store, seq), decided[seq]);
	ck_assert(settle(&store, 4, OP_UNKNOWN));
	ck_assert_int_eq(outbox_decided(&store, 4), OP_TOLD);
	ck_assert(settle(&store, 4, OP_SAVED));
	ck_assert_int_eq(outbox_decided(&store, 4), OP_WAITING);
	store_close(&store);
}
END_TEST

START_TEST(prune_drops_only_old_answers)
{
	const int64_t day = INT64_C(86400000000);
	struct store store;
	struct op op;

	mixed(&store);
	ck_assert(outbox_get(&store, &arena, 1, &op));
	ck_assert(outbox_prune(&store, op.answered_at_us + OUTBOX_KEEP_DAYS * day));
	ck_assert_str_eq(seqs(&store, ~0u), "1234567");
	ck_assert(outbox_prune(&store, op.answered_at_us + (OUTBOX_KEEP_DAYS + 1) * day));
	ck_assert_str_eq(seqs(&store, ~0u), "2358");
	ck_assert(home_put(&store, 9));
	store_close(&store);
	home_open(&store);
	ck_assert(!home_contains("body of operation 4"));
	ck_assert(home_contains("body of operation 2"));
	ck_assert(outbox_get(&store, &arena, 9, &op));
	store_close(&store);
}
END_TEST

/* ---- a full disk ---- */

struct filling {
	long bytes; /* room beyond what the file has */
	unsigned accepted;
};

static void fill(struct filling *filling)
{
	struct store store;
	struct stat st;
	struct rlimit limit;
	unsigned n = 0;

	home_create(&store);
	ck_assert_int_eq(stat(home_store(), &st), 0);
	limit.rlim_cur = limit.rlim_max = (rlim_t)(st.st_size + filling->bytes);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		_exit(2);
	while (n < 500 && home_put(&store, n + 1))
		n++;
	_exit(n < 500 && store.full && store.why != NULL ? 100 + (int)(n % 100) : 3);
}

static void fill_child(void *argument)
{
	fill(argument);
}

START_TEST(a_full_disk_queues_nothing)
{
	struct filling filling = {.bytes = _i * 3000};
	int status = home_fork(fill_child, &filling);
	struct outbox_sum sum;
	struct store store;

	ck_assert(WIFEXITED(status));
	ck_assert_int_ge(WEXITSTATUS(status), 100);
	home_open(&store);
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_eq(sum.waiting % 100, WEXITSTATUS(status) - 100);
	ck_assert(home_put(&store, 1000));
	store_close(&store);
}
END_TEST

START_TEST(a_full_file_is_told_and_goes_on_later)
{
	struct outbox_sum sum;
	struct store store;
	unsigned n = 0;

	home_create(&store);
	ck_assert_int_eq(sqlite3_exec(store.db, "pragma max_page_count = 30", NULL, NULL, NULL), SQLITE_OK);
	while (n < 500 && home_put(&store, n + 1))
		n++;
	ck_assert(store.full);
	ck_assert_ptr_nonnull(store.why);
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_eq(sum.last_seq, n);
	ck_assert_int_eq(sqlite3_exec(store.db, "pragma max_page_count = 1000000", NULL, NULL, NULL), SQLITE_OK);
	ck_assert(home_put(&store, n + 1));
	ck_assert(!store.full);
	store_close(&store);
	home_open(&store);
	store_close(&store);
}
END_TEST

/* ---- killed ---- */

/* What the child has been told is queued: it writes it down before it goes on. */
static void put_and_say(int out)
{
	struct store store;

	if (store_open(&store, &arena, "a", 0) != STORE_OPEN)
		_exit(1);
	for (unsigned n = 1; n < 100000; n++) {
		if (!home_put(&store, n) || write(out, &n, sizeof(n)) != sizeof(n))
			_exit(1);
	}
	_exit(1);
}

static unsigned last_said(int in)
{
	unsigned n = 0, said = 0;

	while (read(in, &n, sizeof(n)) == sizeof(n))
		said = n;
	return said;
}

START_TEST(killed_at_any_moment_what_was_queued_is_there)
{
	struct outbox_sum sum;
	struct store store;
	unsigned first, said;
	int ends[2];
	pid_t pid;

	home_create(&store);
	store_close(&store);
	ck_assert_int_eq(pipe(ends), 0);
	pid = fork();
	if (pid == 0)
		put_and_say(ends[1]);
	close(ends[1]);
	ck_assert_int_eq(read(ends[0], &first, sizeof(first)), sizeof(first));
	usleep((useconds_t)(_i * 1777));
	kill(pid, SIGKILL);
	said = last_said(ends[0]);
	close(ends[0]);
	waitpid(pid, NULL, 0);
	home_open(&store);
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_ge(sum.last_seq, said > first ? said : first);
	ck_assert_int_le(sum.last_seq, (said > first ? said : first) + 1);
	ck_assert(home_put(&store, 200000));
	store_close(&store);
}
END_TEST

/* Ends between the statements of a transaction: 0 begun, 1 row written and spilt to the file, 2 committed. */
static void die_between(void *argument)
{
	struct op op = home_op(2);
	struct store store;

	if (store_open(&store, &arena, "a", 0) != STORE_OPEN)
		_exit(1);
	if (*(int *)argument == 2)
		_exit(outbox_put(&store, &op) ? 0 : 1);
	if (!store_begin(&store))
		_exit(1);
	if (*(int *)argument == 1) {
		sqlite3_exec(store.db, "update op set made_at_us = 1, seal = seal_of(seq, op_id, account, grant_id, "
				       "prev_hash, hash, state, 1, answered_at_us, code, rule, field, params, position)",
			     NULL, NULL, NULL);
		if (sqlite3_db_cacheflush(store.db) != SQLITE_OK)
			_exit(1);
	}
	_exit(0);
}

START_TEST(an_end_within_a_transaction_leaves_nothing_of_it)
{
	struct store store;
	struct op op;
	int where = _i;

	home_create(&store);
	ck_assert(home_put(&store, 1));
	store_close(&store);
	ck_assert_int_eq(home_fork(die_between, &where), 0);
	ck_assert_int_eq(home_count("-journal"), where == 1 ? 1 : 0); /* it was needed */
	home_open(&store);
	ck_assert(outbox_get(&store, &arena, 1, &op));
	ck_assert_int_gt(op.made_at_us, 1);
	ck_assert(outbox_get(&store, &arena, 2, &op) == (where == 2));
	ck_assert_int_eq(home_count("-journal"), 0);
	store_close(&store);
}
END_TEST

static void overwrite(const char *path, const char *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	ck_assert_ptr_nonnull(file);
	ck_assert_uint_eq(fwrite(bytes, 1, n, file), n);
	fclose(file);
	ck_assert_int_eq(chmod(path, 0600), 0);
}

static void assert_before(void)
{
	struct outbox_sum sum;
	struct store store;
	struct op op;

	home_open(&store);
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_eq(sum.last_seq, 40);
	ck_assert(outbox_get(&store, &arena, 1, &op));
	ck_assert_int_gt(op.made_at_us, 1);
	store_close(&store);
}

/* The journal is synced before the file is touched. So a power cut leaves either less of the journal and the file as it was, or
 * the whole journal and any of the file's new pages. */
START_TEST(a_power_cut_takes_nothing)
{
	const char *journal = mem_format(&arena, "%s-journal", home_store());
	char *before, *after, *saved;
	size_t n, m, length;
	struct store store;
	int where = 1;

	home_create(&store);
	for (unsigned i = 1; i <= 40; i++)
		ck_assert(home_put(&store, i));
	store_close(&store);
	before = home_read(home_store(), &n);
	ck_assert_int_eq(home_fork(die_between, &where), 0);
	after = home_read(home_store(), &m);
	saved = home_read(journal, &length);
	ck_assert(m == n && memcmp(before, after, n) != 0);
	for (size_t cut = 0; cut <= length; cut += cut < 600 ? 37 : 1531) {
		overwrite(home_store(), before, n);
		overwrite(journal, saved, cut);
		assert_before();
	}
	for (unsigned pattern = 1; pattern < 40; pattern++) {
		char *mixed = mem_copy(&arena, before, n);

		for (size_t page = 0; page * 4096 < n; page++)
			if ((page * 2654435761u + pattern * 40503u) >> 4 & 1)
				memcpy(mixed + page * 4096, after + page * 4096, 4096);
		overwrite(home_store(), mixed, n);
		overwrite(journal, saved, length);
		assert_before();
	}
}
END_TEST

/* ---- two at once ---- */

static void put_twenty(void *argument)
{
	unsigned base = *(unsigned *)argument;
	struct store store;

	for (unsigned n = 0; n < 20; n++) {
		if (store_open(&store, &arena, "a", 20000) != STORE_OPEN || !home_put(&store, base + n))
			_exit(1);
		store_close(&store);
	}
}

static void put_from_two(void *argument)
{
	unsigned bases[] = {1000, 2000};
	int first = fork();

	(void)argument;
	if (first == 0) {
		put_twenty(&bases[0]);
		_exit(0);
	}
	put_twenty(&bases[1]);
	waitpid(first, &first, 0);
	_exit(first == 0 ? 0 : 1);
}

START_TEST(two_processes_make_one_chain)
{
	struct outbox_sum sum;
	struct store store;

	home_create(&store);
	store_close(&store);
	ck_assert_int_eq(home_fork(put_from_two, NULL), 0);
	home_open(&store);
	ck_assert(outbox_count(&store, &sum));
	ck_assert_int_eq(sum.waiting, 40);
	ck_assert_int_eq(sum.last_seq, 40);
	store_close(&store);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_outbox");
	TCase *tcase = tcase_create("all");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, home_setup, home_teardown);
	tcase_set_timeout(tcase, 30);
	tcase_add_test(tcase, the_chain_has_no_holes);
	tcase_add_test(tcase, vectors);
	tcase_add_test(tcase, an_operation_comes_back);
	tcase_add_test(tcase, an_id_is_put_once);
	tcase_add_test(tcase, states_follow_the_drawing);
	tcase_add_test(tcase, an_answer_comes_back);
	tcase_add_test(tcase, counts_and_lists);
	tcase_add_test(tcase, rows_may_be_settled_while_they_are_listed);
	tcase_add_test(tcase, what_a_restore_lost_is_offered_again);
	tcase_add_test(tcase, a_restore_keeps_what_people_decided);
	tcase_add_test(tcase, prune_drops_only_old_answers);
	tcase_add_loop_test(tcase, a_full_disk_queues_nothing, 0, 12);
	tcase_add_test(tcase, a_full_file_is_told_and_goes_on_later);
	tcase_add_loop_test(tcase, killed_at_any_moment_what_was_queued_is_there, 0, 20);
	tcase_add_loop_test(tcase, an_end_within_a_transaction_leaves_nothing_of_it, 0, 3);
	tcase_add_test(tcase, a_power_cut_takes_nothing);
	tcase_add_test(tcase, two_processes_make_one_chain);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_NORMAL);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
