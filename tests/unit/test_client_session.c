/* What the client keeps: contexts come back as written, tokens only from files that are nobody
 * else's. */
#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <sodium.h>

#include "code.h"
#include "ids.h"
#include "session.h"
#include "value.h"

static struct arena arena;
static char home[] = "/tmp/chibo-test-XXXXXX";

static void setup(void)
{
	arena_init(&arena, 16 << 20, 16 << 20);
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("XDG_CONFIG_HOME", home, 1);
	setenv("XDG_STATE_HOME", home, 1);
	ck_assert_int_ge(sodium_init(), 0);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

static void teardown(void)
{
	ck_assert_int_eq(nftw(home, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_close(&arena);
}

START_TEST(contexts_come_back)
{
	struct session written, read;
	struct context *context;

	ck_assert(session_load(&arena, &written));
	ck_assert_uint_eq(written.n, 0);
	context = session_add(&arena, &written, "phuong-tt");
	context->server = "[::1]:7400";
	context->pins[context->n_pins++] = "pin ${HOME} one";
	context->pins[context->n_pins++] = "two";
	context->account = "o'brien\\";
	context->grant = "01890a5d-ac96-774b-bcce-b302099a8057";
	context->lang = "en";
	session_add(&arena, &written, "b")->server = "h:1";
	written.current = "phuong-tt";
	ck_assert(session_save(&arena, &written));

	ck_assert(session_load(&arena, &read));
	ck_assert_uint_eq(read.n, 2);
	ck_assert_str_eq(read.current, "phuong-tt");
	context = session_find(&read, "phuong-tt");
	ck_assert_str_eq(context->server, "[::1]:7400");
	ck_assert_uint_eq(context->n_pins, 2);
	ck_assert_str_eq(context->pins[0], "pin ${HOME} one");
	ck_assert_str_eq(context->account, "o'brien\\");
	ck_assert_str_eq(context->lang, "en");
	ck_assert_ptr_null(session_find(&read, "b")->grant);
	session_remove(&read, "phuong-tt");
	ck_assert_ptr_null(read.current);
	ck_assert_uint_eq(read.n, 1);
}
END_TEST

START_TEST(a_broken_file_names_its_line)
{
	struct session session;
	const char *text = "current = 'a'\ncontext 'a' {\n  sever = 'x'\n}\n";

	ck_assert(file_write(&arena, file_config_path(&arena, "chibo.conf"), text, strlen(text)));
	ck_assert(!session_load(&arena, &session));
	ck_assert_int_eq(session.bad_line, 3);
}
END_TEST

START_TEST(tokens_come_back_and_are_guarded)
{
	const struct context context = {.name = "a", .account = "bithu"};
	const char *path = session_token_path(&arena, "a");
	struct token token = {.account = "thuky"}, read;
	struct stat st;

	randombytes_buf(token.bytes, sizeof(token.bytes));
	ck_assert_int_eq(session_token_read(&arena, &context, &read), TOKEN_ABSENT);
	ck_assert(session_token_save(&arena, &context, &token));
	ck_assert(stat(path, &st) == 0 && (st.st_mode & 0777) == 0600);
	ck_assert_int_eq(session_token_read(&arena, &context, &read), TOKEN_READ);
	ck_assert_mem_eq(token.bytes, read.bytes, sizeof(token.bytes));
	ck_assert_str_eq(read.account, "thuky");
	ck_assert_int_eq(chmod(path, 0640), 0);
	ck_assert_int_eq(session_token_read(&arena, &context, &read), TOKEN_TOO_OPEN);
	ck_assert(file_write(&arena, path, "chibo1_x", 8));
	ck_assert_int_eq(session_token_read(&arena, &context, &read), TOKEN_DAMAGED);
}
END_TEST

/* Of an older chibo: whose it is stands in the configuration alone. */
START_TEST(a_token_alone_is_of_the_context)
{
	const struct context context = {.name = "a", .account = "bithu"};
	const uint8_t token[TOKEN_SIZE] = {1, 2, 3};
	static const char *const endings[] = {"", "\n", "\r\n", "\n\n"};

	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		const char *text = mem_format(&arena, "%s%s", session_token_print(&arena, token), endings[i]);
		struct token read;

		ck_assert(file_write(&arena, session_token_path(&arena, "a"), text, strlen(text)));
		ck_assert_int_eq(session_token_read(&arena, &context, &read), TOKEN_READ);
		ck_assert_mem_eq(token, read.bytes, sizeof(token));
		ck_assert_str_eq(read.account, "bithu");
	}
}
END_TEST

START_TEST(a_changed_token_is_seen)
{
	uint8_t token[TOKEN_SIZE] = {1, 2, 3}, read[TOKEN_SIZE];
	char *text = session_token_print(&arena, token);

	ck_assert_int_eq(strncmp(text, "chibo1_", 7), 0);
	ck_assert(session_token_parse(text, read));
	for (size_t i = 0; text[i] != '\0'; i++) {
		char *changed = mem_format(&arena, "%s", text);

		changed[i] = changed[i] == 'a' ? 'b' : 'a';
		ck_assert_msg(!session_token_parse(changed, read), "%s", changed);
	}
}
END_TEST

START_TEST(servers_are_split)
{
	const char *host, *port;

	ck_assert(session_split_server(&arena, "10.0.0.5:7400", &host, &port));
	ck_assert_str_eq(host, "10.0.0.5");
	ck_assert_str_eq(port, "7400");
	ck_assert(session_split_server(&arena, "[::1]:1", &host, &port));
	ck_assert_str_eq(host, "::1");
	ck_assert(!session_split_server(&arena, "host", &host, &port));
	ck_assert(!session_split_server(&arena, ":1", &host, &port));
	ck_assert(!session_split_server(&arena, "host:", &host, &port));
	ck_assert(!session_split_server(&arena, "host:http", &host, &port));
	ck_assert(!session_name_valid("../x") && !session_name_valid("") &&
		  !session_name_valid("a b"));
}
END_TEST

START_TEST(codes_survive_handwriting)
{
	const char *code = code_make(&arena);

	ck_assert_uint_eq(strlen(code), CODE_BITS / 5 + CODE_BITS / 5 / CODE_GROUP - 1);
	ck_assert_uint_eq(strspn(code, "0123456789ABCDEFGHJKMNPQRSTVWXYZ-"), strlen(code));
	ck_assert_str_eq(code_mend(&arena, code), code);
	ck_assert_str_eq(code_mend(&arena, "ec44 7c2r 8m78 phy8 2yde avo5"),
			 "EC44-7C2R-8M78-PHY8-2YDE-AV05");
	ck_assert_str_eq(code_mend(&arena, "EC447C2R8M78PHY82YDEAVL5"),
			 "EC44-7C2R-8M78-PHY8-2YDE-AV15");
	ck_assert_str_eq(code_mend(&arena, "0f9e8d7c-another-shape"), "0f9e8d7c-another-shape");
}
END_TEST

START_TEST(ids_are_version_7_and_repeatable)
{
	uint8_t seed[SEED_SIZE], a[ID_SIZE], b[ID_SIZE];

	id_seed(seed);
	id_derive(seed, 5, "person_id", a);
	id_derive(seed, 5, "person_id", b);
	ck_assert_mem_eq(a, b, ID_SIZE);
	id_derive(seed, 6, "person_id", b);
	ck_assert_mem_ne(a, b, ID_SIZE);
	id_derive(seed, 5, "id", b);
	ck_assert_mem_ne(a, b, ID_SIZE);
	ck_assert_mem_eq(a, seed, 6);
	id_make(b);
	ck_assert_uint_eq(a[6] >> 4, 7);
	ck_assert_uint_eq(b[6] >> 4, 7);
	ck_assert_uint_eq(a[8] >> 6, 2);
	ck_assert_uint_eq(b[8] >> 6, 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_session");
	TCase *tcase = tcase_create("session");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, contexts_come_back);
	tcase_add_test(tcase, a_broken_file_names_its_line);
	tcase_add_test(tcase, tokens_come_back_and_are_guarded);
	tcase_add_test(tcase, a_token_alone_is_of_the_context);
	tcase_add_test(tcase, a_changed_token_is_seen);
	tcase_add_test(tcase, servers_are_split);
	tcase_add_test(tcase, codes_survive_handwriting);
	tcase_add_test(tcase, ids_are_version_7_and_repeatable);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
