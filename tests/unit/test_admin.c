/* admin: one frame in, one frame out, on a socket that only its owner may open. */
#include <check.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <uv.h>

#include "admin.h"
#include "admin_call.h"
#include "chibo/v1/envelope.pb-c.h"
#include "deadline.h"
#include "dispatch.h"
#include "frame.h"
#include "log.h"

/* ---- The calls behind it ---- */

static struct {
	char packed[64];
	unsigned n;
	uint32_t uid;
	void (*done)(void *owner, const struct refusal *refusal); /* of the call that is held */
	void *owner;
	bool hold;
} fake;

void admin_run(struct dispatch *dispatch, const uint8_t *packed, size_t len, uint32_t uid,
	       void (*done)(void *owner, const struct refusal *refusal), void *owner)
{
	struct refusal refusal;

	(void)dispatch;
	snprintf(fake.packed, sizeof fake.packed, "%.*s", (int)len, (const char *)packed);
	fake.n++;
	fake.uid = uid;
	fake.done = done;
	fake.owner = owner;
	refusal_set(&refusal, STATUS_FAILED_PRECONDITION, "administrator_exists", NULL);
	if (!fake.hold)
		done(owner, strcmp(fake.packed, "refuse me") == 0 ? &refusal : NULL);
}

void dispatch_frame(struct dispatch *dispatch, struct peer *peer, const uint8_t *bytes, size_t len)
{
	(void)dispatch;
	(void)peer;
	(void)bytes;
	(void)len;
}

void dispatch_peer_gone(struct dispatch *dispatch, struct peer *peer)
{
	(void)dispatch;
	(void)peer;
}

/* ---- Fixture ---- */

static uv_loop_t loop;
static struct deadlines deadlines;
static struct admin *admin;
static char directory[] = "/tmp/chibo-admin-XXXXXX";
static char path[64];
static bool closed;

static void setup(void)
{
	log_set_level(LOG_LEVEL_ERROR);
	signal(SIGPIPE, SIG_IGN);
	umask(077);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/admin.sock", directory);
	ck_assert_int_eq(uv_loop_init(&loop), 0);
	ck_assert(deadlines_init(&deadlines, &loop, admin_deadlines()));
	admin = admin_new(&loop, NULL, &deadlines);
	ck_assert_ptr_nonnull(admin);
}

static void on_deadlines_closed(void *owner)
{
	(void)owner;
	closed = true;
}

static void on_admin_closed(void *owner)
{
	(void)owner;
	deadlines_close(&deadlines, on_deadlines_closed, NULL);
}

static void teardown(void)
{
	admin_close(admin, on_admin_closed, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert(closed);
	ck_assert_int_eq(uv_loop_close(&loop), 0);
	ck_assert_int_eq(access(path, F_OK), -1);
	ck_assert_int_eq(rmdir(directory), 0);
}

/* ---- The client ---- */

static int client_connect(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, sizeof path);
	ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
	return fd;
}

static void client_send(int fd, const char *text)
{
	uint8_t header[FRAME_HEADER];

	frame_put_length(header, strlen(text));
	ck_assert_int_eq(send(fd, header, sizeof header, 0), sizeof header);
	ck_assert_int_eq(send(fd, text, strlen(text), 0), (ssize_t)strlen(text));
}

/* All that came until the end of the stream; -1 if it does not end. */
static ssize_t client_read_all(int fd, uint8_t *bytes, size_t size)
{
	size_t have = 0;

	for (int i = 0; i < 1000; i++) {
		ssize_t n = recv(fd, bytes + have, size - have, MSG_DONTWAIT);

		if (n == 0 || (n < 0 && errno == ECONNRESET))
			return (ssize_t)have;
		if (n > 0)
			have += (size_t)n;
		uv_run(&loop, UV_RUN_NOWAIT);
		usleep(500);
	}
	return -1;
}

static Chibo__V1__Reply *client_reply(int fd)
{
	uint8_t bytes[2048];
	ssize_t n = client_read_all(fd, bytes, sizeof bytes);
	Chibo__V1__Reply *reply;

	ck_assert_int_gt(n, FRAME_HEADER);
	reply = chibo__v1__reply__unpack(NULL, (size_t)n - FRAME_HEADER, bytes + FRAME_HEADER);
	ck_assert_ptr_nonnull(reply);
	close(fd);
	return reply;
}

/* ---- Tests ---- */

START_TEST(success_has_no_status)
{
	Chibo__V1__Reply *reply;
	struct stat st;
	int fd;

	ck_assert_int_eq(admin_open(admin, path), 0);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_uint_eq(st.st_mode & 0777, 0600);
	fd = client_connect();
	client_send(fd, "make me");
	reply = client_reply(fd);
	ck_assert(reply->has_id && reply->id == 0 && !reply->status);
	ck_assert_str_eq(fake.packed, "make me");
	ck_assert_uint_eq(fake.uid, geteuid());
	chibo__v1__reply__free_unpacked(reply, NULL);
}
END_TEST

START_TEST(a_refusal_says_why)
{
	Chibo__V1__Reply *reply;
	int fd;

	ck_assert_int_eq(admin_open(admin, path), 0);
	fd = client_connect();
	client_send(fd, "refuse me");
	reply = client_reply(fd);
	ck_assert_uint_eq(reply->status->code, STATUS_FAILED_PRECONDITION);
	ck_assert_str_eq(reply->status->rule, "administrator_exists");
	chibo__v1__reply__free_unpacked(reply, NULL);
}
END_TEST

START_TEST(a_bad_frame_is_not_answered)
{
	static const uint8_t header[] = {0, 1, 0, 0};
	uint8_t bytes[64];
	int fd;

	ck_assert_int_eq(admin_open(admin, path), 0);
	fd = client_connect();
	ck_assert_int_eq(send(fd, header, sizeof header, 0), sizeof header);
	ck_assert_int_eq(client_read_all(fd, bytes, sizeof bytes), 0);
	ck_assert_uint_eq(fake.n, 0);
	close(fd);
}
END_TEST

START_TEST(more_than_a_few_are_sent_away)
{
	uint8_t bytes[64];
	int fds[5];

	ck_assert_int_eq(admin_open(admin, path), 0);
	for (int i = 0; i < 5; i++) {
		fds[i] = client_connect();
		uv_run(&loop, UV_RUN_NOWAIT);
	}
	ck_assert_int_eq(client_read_all(fds[4], bytes, sizeof bytes), 0);
	ck_assert_int_eq(recv(fds[0], bytes, sizeof bytes, MSG_DONTWAIT), -1);
	for (int i = 0; i < 5; i++)
		close(fds[i]);
}
END_TEST

START_TEST(closing_waits_for_the_call)
{
	int fd;

	fake.hold = true;
	ck_assert_int_eq(admin_open(admin, path), 0);
	fd = client_connect();
	client_send(fd, "hold me");
	while (fake.n == 0)
		uv_run(&loop, UV_RUN_NOWAIT);
	close(fd);
	admin_close(admin, on_admin_closed, NULL);
	for (int i = 0; i < 10; i++)
		uv_run(&loop, UV_RUN_NOWAIT);
	ck_assert(!closed);
	fake.done(fake.owner, NULL);
	uv_run(&loop, UV_RUN_DEFAULT);
	ck_assert(closed);
	rmdir(directory);
	uv_loop_close(&loop);
}
END_TEST

static int listen_elsewhere(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memcpy(address.sun_path, path, sizeof path);
	ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	ck_assert_int_eq(listen(fd, 1), 0);
	return fd;
}

START_TEST(a_dead_socket_is_replaced)
{
	close(listen_elsewhere());
	ck_assert_int_eq(admin_open(admin, path), 0);
	close(client_connect());
}
END_TEST

START_TEST(a_live_socket_is_left_alone)
{
	int other = listen_elsewhere();

	ck_assert_int_eq(admin_open(admin, path), UV_EADDRINUSE);
	close(client_connect());
	close(other);
	unlink(path);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("admin");
	TCase *tcase = tcase_create("admin");
	TCase *alone = tcase_create("alone");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, success_has_no_status);
	tcase_add_test(tcase, a_refusal_says_why);
	tcase_add_test(tcase, a_bad_frame_is_not_answered);
	tcase_add_test(tcase, more_than_a_few_are_sent_away);
	tcase_add_test(tcase, a_dead_socket_is_replaced);
	tcase_add_test(tcase, a_live_socket_is_left_alone);
	suite_add_tcase(suite, tcase);
	tcase_add_checked_fixture(alone, setup, NULL);
	tcase_add_test(alone, closing_waits_for_the_call);
	suite_add_tcase(suite, alone);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
