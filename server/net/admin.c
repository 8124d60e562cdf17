/* The admin socket: who is asking, one frame in, one frame out. */
#include "admin.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin_call.h"
#include "frame.h"
#include "list.h"
#include "log.h"
#include "notice.h"
#include "outbox.h"
#include "pre.h"
#include "sm.h"
#include "status.h"

enum { SESSIONS_MAX = 4, READ_SIZE = 4096, SESSION_TIMEOUT_MS = 10000 };

/*
 *  accept          whole frame            done                  all is sent
 *  ──────► READING ───────────► RUNNING ─────────► REPLYING ─────────────────► CLOSED
 *             └───── stranger, bad frame, timeout ─────┴──── timeout, lost ──────►┘
 *
 * Waits in READING and REPLYING (peer; a deadline), RUNNING (the call, which has its own
 * deadline and is never left alone: its callback names this session), CLOSED (close callback,
 * which frees).
 */
enum session_state { SESSION_READING, SESSION_RUNNING, SESSION_REPLYING, SESSION_CLOSED };

static const struct sm_state states[] = {
	[SESSION_READING] = {"reading", SM_BIT(SESSION_RUNNING) | SM_BIT(SESSION_CLOSED)},
	[SESSION_RUNNING] = {"running", SM_BIT(SESSION_REPLYING)},
	[SESSION_REPLYING] = {"replying", SM_BIT(SESSION_CLOSED)},
	[SESSION_CLOSED] = {"closed", 0},
};

static const struct sm_table table = {"admin", states, sizeof states / sizeof states[0]};

struct admin {
	uv_loop_t *loop;
	struct dispatch *dispatch;
	struct deadlines *deadlines;
	uv_pipe_t pipe;
	bool opened; /* `pipe` is a handle of the loop */
	struct list sessions;
	unsigned n_sessions; /* in memory */
	uint64_t next_number;
	void (*closed)(void *owner); /* set by admin_close */
	void *owner;
};

struct session {
	struct list link;
	struct admin *admin;
	struct sm sm;
	uv_pipe_t pipe;
	struct frame_reader reader;
	struct outbox outbox;
	struct deadline deadline;
	uint32_t uid; /* of the process that asks */
	char read_buffer[READ_SIZE];
};

unsigned admin_deadlines(void)
{
	return SESSIONS_MAX;
}

struct admin *admin_new(uv_loop_t *loop, struct dispatch *dispatch, struct deadlines *deadlines)
{
	struct admin *admin = calloc(1, sizeof *admin);

	if (!admin)
		return NULL;
	admin->loop = loop;
	admin->dispatch = dispatch;
	admin->deadlines = deadlines;
	list_init(&admin->sessions);
	return admin;
}

/* ---- A session's end ---- */

static void finish_closing(struct admin *admin)
{
	void (*closed)(void *owner) = admin->closed;
	void *owner = admin->owner;

	if (!closed || admin->opened || admin->n_sessions > 0)
		return;
	free(admin);
	closed(owner);
}

static void on_session_closed(uv_handle_t *handle)
{
	struct session *session = CONTAINER_OF(handle, struct session, pipe);
	struct admin *admin = session->admin;

	frame_reader_close(&session->reader);
	outbox_free(&session->outbox);
	free(session);
	admin->n_sessions--;
	finish_closing(admin);
}

static void session_close(struct session *session, const char *reason)
{
	if (sm_state(&session->sm) == SESSION_CLOSED)
		return;
	log_info("event=admin_closed session=%" PRIu64 " reason=%s", session->sm.number, reason);
	sm_move(&session->sm, SESSION_CLOSED);
	deadlines_clear(session->admin->deadlines, &session->deadline);
	list_remove(&session->link);
	uv_close((uv_handle_t *)&session->pipe, on_session_closed);
}

static void on_expired(struct deadline *deadline)
{
	session_close(CONTAINER_OF(deadline, struct session, deadline), "timeout");
}

/* ---- The answer ---- */

static void flush(struct session *session)
{
	if (outbox_flush(&session->outbox) < 0)
		session_close(session, "lost");
	else if (outbox_pending(&session->outbox) == 0)
		session_close(session, "done");
}

static void on_written(struct outbox *outbox, int status)
{
	struct session *session = CONTAINER_OF(outbox, struct session, outbox);

	if (status < 0)
		session_close(session, "lost");
	else
		flush(session);
}

static void on_done(void *owner, const struct refusal *refusal)
{
	struct session *session = owner;
	uint8_t packed[NOTICE_MAX];
	uint8_t header[FRAME_HEADER];
	size_t len = notice_pack(packed, refusal);

	log_info("event=admin_answer session=%" PRIu64 " uid=%" PRIu32 " rule=%s",
		 session->sm.number, session->uid, refusal ? refusal->rule : "-");
	sm_move(&session->sm, SESSION_REPLYING);
	deadlines_set(session->admin->deadlines, &session->deadline, SESSION_TIMEOUT_MS);
	frame_put_length(header, len);
	if (outbox_add(&session->outbox, header, sizeof header) &&
	    outbox_add(&session->outbox, packed, len))
		flush(session);
	else
		session_close(session, "memory");
}

/* ---- The question ---- */

static void run(struct session *session)
{
	deadlines_clear(session->admin->deadlines, &session->deadline);
	uv_read_stop((uv_stream_t *)&session->pipe);
	sm_move(&session->sm, SESSION_RUNNING);
	admin_run(session->admin->dispatch, session->reader.data, session->reader.len,
		  session->uid, on_done, session);
}

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
	struct session *session = CONTAINER_OF(handle, struct session, pipe);

	(void)suggested;
	*buffer = uv_buf_init(session->read_buffer, sizeof session->read_buffer);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
	struct session *session = CONTAINER_OF(stream, struct session, pipe);
	size_t used;

	if (n == 0)
		return;
	if (n < 0) {
		session_close(session, "lost");
		return;
	}
	switch (frame_push(&session->reader, (const uint8_t *)buffer->base, (size_t)n, &used)) {
	case FRAME_PARTIAL:
		break;
	case FRAME_READY:
		run(session);
		break;
	case FRAME_BAD:
		session_close(session, "bad_frame");
		break;
	case FRAME_NO_MEMORY:
		session_close(session, "memory");
		break;
	}
}

/* ---- Accepting ---- */

/* Root, or the user that the server itself is. The socket's mode says the same; this says it
 * again. */
static bool may_ask(struct session *session)
{
	struct ucred peer;
	socklen_t size = sizeof peer;
	uv_os_fd_t fd;

	if (uv_fileno((uv_handle_t *)&session->pipe, &fd) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) != 0)
		return false;
	session->uid = peer.uid;
	return peer.uid == 0 || peer.uid == geteuid();
}

static struct session *session_new(struct admin *admin)
{
	struct session *session = calloc(1, sizeof *session);

	if (!session || uv_pipe_init(admin->loop, &session->pipe, 0) != 0) {
		free(session);
		return NULL;
	}
	session->admin = admin;
	session->deadline.expired = on_expired;
	sm_init(&session->sm, &table, SESSION_READING, ++admin->next_number);
	frame_reader_init(&session->reader, ADMIN_FRAME_MAX);
	outbox_init(&session->outbox, (uv_stream_t *)&session->pipe, on_written);
	list_init(&session->link);
	list_append(&admin->sessions, &session->link);
	admin->n_sessions++;
	return session;
}

static void session_start(struct session *session)
{
	struct admin *admin = session->admin;

	if (uv_accept((uv_stream_t *)&admin->pipe, (uv_stream_t *)&session->pipe) != 0) {
		session_close(session, "lost");
	} else if (admin->n_sessions > SESSIONS_MAX) {
		session_close(session, "crowded");
	} else if (!may_ask(session)) {
		log_warn("event=admin_stranger uid=%" PRIu32, session->uid);
		session_close(session, "stranger");
	} else {
		deadlines_set(admin->deadlines, &session->deadline, SESSION_TIMEOUT_MS);
		uv_read_start((uv_stream_t *)&session->pipe, on_alloc, on_read);
	}
}

static void on_connection(uv_stream_t *stream, int status)
{
	struct admin *admin = CONTAINER_OF(stream, struct admin, pipe);
	struct session *session = status == 0 ? session_new(admin) : NULL;

	if (session)
		session_start(session);
	else
		log_warn("event=admin_accept_error reason=%s",
			 status == 0 ? "memory" : uv_err_name(status));
}

/* ---- Opening and closing ---- */

/* Left behind by a server that was killed: a socket that refuses connections. */
static bool is_stale(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct stat st;
	bool refused;
	int fd;

	if (lstat(path, &st) != 0 || !S_ISSOCK(st.st_mode) ||
	    strlen(path) >= sizeof address.sun_path)
		return false;
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return false;
	refused = connect(fd, (struct sockaddr *)&address, sizeof address) != 0 &&
		  errno == ECONNREFUSED;
	close(fd);
	return refused;
}

int admin_open(struct admin *admin, const char *path)
{
	int status;

	PRE(!admin->opened);
	if (is_stale(path))
		unlink(path);
	status = uv_pipe_init(admin->loop, &admin->pipe, 0);
	if (status != 0)
		return status;
	admin->opened = true;
	status = uv_pipe_bind(&admin->pipe, path); /* under umask 077 */
	if (status == 0 && chmod(path, 0600) != 0)
		status = uv_translate_sys_error(errno);
	if (status == 0)
		status = uv_listen((uv_stream_t *)&admin->pipe, SESSIONS_MAX, on_connection);
	return status;
}

static void on_pipe_closed(uv_handle_t *handle)
{
	struct admin *admin = CONTAINER_OF(handle, struct admin, pipe);

	admin->opened = false;
	finish_closing(admin);
}

void admin_close(struct admin *admin, void (*closed)(void *owner), void *owner)
{
	struct list *node;
	struct list *after;

	admin->closed = closed;
	admin->owner = owner;
	LIST_EACH_SAFE(node, after, &admin->sessions) {
		struct session *session = CONTAINER_OF(node, struct session, link);

		if (sm_state(&session->sm) != SESSION_RUNNING)
			session_close(session, "stopping");
	}
	if (admin->opened)
		uv_close((uv_handle_t *)&admin->pipe, on_pipe_closed);
	else
		finish_closing(admin);
}
