/* The command line without a server: what is refused, with which exit code, and what is said about
 * it. */
#include <check.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "chibo/v1/member.pb-c.h"
#include "cli.h"
#include "client.h"
#include "errors.h"
#include "request.h"
#include "sync_watch.h"

static char home[] = "/tmp/chibo-test-XXXXXX";

/* Each test runs in a process of its own, so the streams may be turned away. */
static void setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(home));
	setenv("XDG_CONFIG_HOME", home, 1);
	setenv("XDG_STATE_HOME", home, 1);
	setenv("CHIBO_LANG", "en", 1);
	unsetenv("CHIBO_OUTPUT");
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
}

/* Runs "member list --limit 3"; stdout and stderr end up in `said`. */
static int run(const char *line, char *said, size_t max)
{
	char words[512], *argv[32] = {NULL}, *rest = NULL;
	int argc = 0, code, before[2] = {dup(1), dup(2)};
	FILE *file = tmpfile();
	char name[] = "chibo";

	snprintf(words, sizeof(words), "%s", line);
	argv[argc++] = name;
	for (char *word = strtok_r(words, " ", &rest); word != NULL;
	     word = strtok_r(NULL, " ", &rest))
		argv[argc++] = word;
	fflush(stdout);
	dup2(fileno(file), 1);
	dup2(fileno(file), 2);
	code = cli_run(argc, argv);
	fflush(stdout);
	dup2(before[0], 1);
	dup2(before[1], 2);
	rewind(file);
	said[fread(said, 1, max - 1, file)] = '\0';
	fclose(file);
	return code;
}

static const struct {
	const char *line;
	int code;
	const char *said; /* part of it */
} cases[] = {
	{"", 0, "Common tasks"},
	{"help", 0, "import member"},
	{"help exit-codes", 0, "treat unknown as failure"},
	{"help offline", 0, "never enters the queue"},
	{"--version", 0, "protocol 1"},
	{"--lang vi member list --help", 0, "Danh sách đảng viên"},
	{"member list --lang vi -h", 0, "--as-of-on NGÀY"},
	{"help member set-status", 0, "probationary, full"},
	{"membr list", 2, "Did you mean “member”?"},
	{"member lsit", 2, "Did you mean “member list”?"},
	{"member list --as-of 1/1/2020", 2, "Did you mean --as-of-on?"},
	{"member list --outp json", 2, "Did you mean --output?"},
	{"member list --out=/nonexistent/x", 1, "Cannot write"},
	{"member list --limit", 2, "needs a value"},
	{"member list --limit 0", 2, "--limit does not take 0"},
	{"member list --json=x", 2, "takes no value"},
	{"member list -Z", 2, "no option -Z"},
	{"member list a b", 2, "“b” is one too many"},
	{"member list --columns full_nam", 2, "full_name"},
	{"member list --after-pos 3", 2, "no option"},
	{"member import x", 2, "no command"},
	{"session login x", 2, "no command"},
	{"context ad x", 2, "Did you mean “context add”?"},
	{"context add x --server h:1", 2, "--pin"},
	{"context add x --server h:1 --pin short", 2, "43 characters"},
	{"member create --sex mal", 8, "male, female"},
	{"member create --born-on 31/2/2000 -o json", 8, "\"rule\":\"date_format\""},
	{"member get 123", 8, "not an id"},
	{"member list", 4, "no server yet"},
	{"status", 4, "no server yet"},
	{"account end 01890a5d-ac96-774b-bcce-b302099a8057 --no-input", 2, "--yes"},
	{"completion bash", 0, "complete -o default"},
	{"__complete -- mem", 0, "member\n"},
	{"__complete -- member se", 0, "search\nset-status\n"},
	{"__complete -- member list --as", 0, "--as-of-on\n"},
	{"import member /nonexistent --unit-id TT", 1, "Cannot read"},
};

START_TEST(commands_answer_as_they_should)
{
	char said[16384];
	int code = run(cases[_i].line, said, sizeof(said));

	ck_assert_msg(code == cases[_i].code, "chibo %s: exit %d\n%s", cases[_i].line, code, said);
	ck_assert_msg(strstr(said, cases[_i].said) != NULL, "chibo %s:\n%s", cases[_i].line, said);
}
END_TEST

START_TEST(nobody_listens)
{
	char said[4096];

	ck_assert_int_eq(run("context add x --server 127.0.0.1:1 --pin "
			     "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
			     said, sizeof(said)),
			 0);
	ck_assert_int_eq(run("status", said, sizeof(said)), 9);
	ck_assert_ptr_nonnull(strstr(said, "127.0.0.1:1"));
	ck_assert_int_eq(run("member list", said, sizeof(said)), 4);
}
END_TEST

/* ---- Requests ---- */

static struct client client;

static ProtobufCMessage *request(const char *noun, const char *name, int argc, char **argv)
{
	const ProtobufCServiceDescriptor *service = command_find_service(&client.mem, noun);
	ProtobufCMessage *made = NULL;
	struct grammar grammar = {"", NULL, false};
	struct args args;
	struct verb verb;

	ck_assert(command_find_verb(&client.mem, service, name, &verb));
	grammar.request = verb.method->input;
	ck_assert_int_eq(args_parse(&client, &grammar, argc, argv, &args), EXIT_DONE);
	ck_assert_int_eq(request_make(&client, &verb, &args, &made), EXIT_DONE);
	return made;
}

START_TEST(a_new_record_gets_its_ids)
{
	char verb[] = "create", option[] = "--given-name", value[] = " Lan ",
	     *argv[] = {verb, option, value, NULL};
	const Chibo__V1__MemberCreateRequest *made;

	client_init(&client);
	made = (const void *)request("member", "create", 3, argv);
	ck_assert_uint_eq(made->id.len, 16);
	ck_assert_uint_eq(made->person_id.len, 16);
	ck_assert_mem_ne(made->id.data, made->person_id.data, 16);
	ck_assert_str_eq(made->given_name, "Lan");
	ck_assert(!made->has_unit_id && made->family_name == NULL);
	client_close(&client);
}
END_TEST

START_TEST(an_update_names_what_was_given)
{
	char verb[] = "update", id[] = "01890a5d-ac96-774b-bcce-b302099a8057", card[] = "--card-no",
	     empty[] = "";
	char away[] = "--works-away=yes", *argv[] = {verb, card, empty, id, away, NULL};
	const Chibo__V1__MemberUpdateRequest *made;

	client_init(&client);
	made = (const void *)request("member", "update", 5, argv);
	ck_assert_uint_eq(made->n_update_mask, 2);
	ck_assert_str_eq(made->update_mask[0], "card_no");
	ck_assert_str_eq(made->update_mask[1], "works_away");
	ck_assert_ptr_null(made->card_no); /* given empty: cleared */
	ck_assert(made->works_away);
	ck_assert_uint_eq(made->id.len, 16);
	client_close(&client);
}
END_TEST

START_TEST(sentences_fill_in_what_is_known)
{
	struct refusal refusal;

	client_init(&client);
	refusal_set(&refusal, STATUS_INVALID_ARGUMENT, "not_future", "lines[3].born_on");
	refusal_param(&refusal, "value", "2030-01-02");
	ck_assert_str_eq(error_sentence(&client, &refusal, "MemberImportRequest"),
			 "“Ngày sinh” không được là ngày trong tương lai: 02/01/2030.");
	refusal.n_params = 0;
	ck_assert_str_eq(error_sentence(&client, &refusal, "MemberImportRequest"),
			 "“Ngày sinh” không được là ngày trong tương lai.");
	client.lang = LANG_EN;
	refusal_set(&refusal, STATUS_FAILED_PRECONDITION, "of_tomorrow", "card_no");
	ck_assert_ptr_nonnull(
		strstr(error_sentence(&client, &refusal, NULL), "[of_tomorrow: Card no.]"));
	refusal_set(&refusal, STATUS_NOT_FOUND, "not_found", NULL);
	ck_assert_ptr_null(strstr(error_sentence(&client, &refusal, NULL), "{"));
	client_close(&client);
}
END_TEST

/* However rarely it syncs, a line that comes back is noticed within minutes; a busy server is not asked before its time. */
START_TEST(rounds_pause_as_long_as_they_should)
{
	unsigned failures = 0;

	for (int i = 0; i < 100; i++) {
		ck_assert_uint_le(sync_watch_pause(EXIT_UNREACHABLE, 86400, 0, &failures), 300);
		ck_assert_uint_ge(sync_watch_pause(EXIT_UNREACHABLE, 86400, 400001, &failures), 401);
	}
	ck_assert_uint_le(sync_watch_pause(EXIT_UNREACHABLE, 5, 0, &failures), 5);
	ck_assert_uint_ge(sync_watch_pause(EXIT_DONE, 86400, 0, &failures), 86400);
	ck_assert_uint_le(sync_watch_pause(EXIT_UNREACHABLE, 86400, 0, &failures), 2);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_cli");
	TCase *tcase = tcase_create("cli");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_loop_test(tcase, commands_answer_as_they_should, 0,
			    sizeof(cases) / sizeof(cases[0]));
	tcase_add_test(tcase, nobody_listens);
	tcase_add_test(tcase, rounds_pause_as_long_as_they_should);
	tcase_add_test(tcase, a_new_record_gets_its_ids);
	tcase_add_test(tcase, an_update_names_what_was_given);
	tcase_add_test(tcase, sentences_fill_in_what_is_known);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
