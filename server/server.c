/* The server: builds the objects, runs the loop, closes what was built. Knows every folder
 * below. */
#include "server.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>
#include <unistd.h>

#include <uv.h>

#include "admin.h"
#include "deadline.h"
#include "devices.h"
#include "dispatch.h"
#include "listener.h"
#include "log.h"
#include "notify.h"
#include "pg_pool.h"
#include "pre.h"
#include "seal.h"
#include "services.h"
#include "sm.h"
#include "start_check.h"
#include "statement.h"
#include "tls.h"

enum {
	TICK_MS = 20,      /* of stopping */
	PARTING_MS = 1000, /* for the last words of all connections */
	STATUS_MS = 5000,
};

/*
 *   pool is ready, checked         SIGTERM           no calls, or          no connections, or
 * STARTING ───────────────► SERVING ─────────► DRAINING ───────────► PARTING ─────────────► CLOSING
 *    │                                            stop_timeout_ms           PARTING_MS        ▲
 *    └── the database does not fit, a file cannot be used, verified, SIGTERM ─────────────────┘
 *
 * Waits in STARTING (pool), SERVING (everyone), DRAINING and PARTING (tick), CLOSING (close
 * callbacks, one object after the other, in the order that nobody loses what he borrows).
 */
enum server_state { STARTING, SERVING, DRAINING, PARTING, CLOSING };

static const struct sm_state states[] = {
	[STARTING] = {"starting", SM_BIT(SERVING) | SM_BIT(CLOSING)},
	[SERVING] = {"serving", SM_BIT(DRAINING)},
	[DRAINING] = {"draining", SM_BIT(PARTING)},
	[PARTING] = {"parting", SM_BIT(CLOSING)},
	[CLOSING] = {"closing", 0},
};

static const struct sm_table table = {"server", states, sizeof states / sizeof states[0]};

static const int signals[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1};

enum { N_SIGNALS = sizeof signals / sizeof signals[0] };

/* Objects are NULL before they are made and after they are closed. */
struct server {
	uv_loop_t loop;
	struct sm sm;
	struct config config;
	const char *config_path;
	bool verify; /* stop as soon as the database is known to fit */
	uv_signal_t signals[N_SIGNALS];
	uv_timer_t tick;   /* of stopping; in STARTING with verify: patience */
	uv_timer_t status; /* for the service manager */
	uint64_t until_ms; /* end of DRAINING or PARTING */
	struct seal_keys *keys;
	struct statement_set *statements;
	struct pg_pool *pool;
	struct devices *devices;
	struct dispatch *dispatch;
	struct deadlines *deadlines;
	struct deadlines deadlines_memory;
	struct listener *listener;
	struct admin *admin;
	int exit_code;
};

static bool idle(const struct server *server)
{
	return !server->dispatch || dispatch_in_flight(server->dispatch) == 0;
}

/* ---- Closing: bottom up, each step started by the one below it ---- */

static void close_handles(void *owner)
{
	struct server *server = owner;

	for (unsigned i = 0; i < N_SIGNALS; i++)
		uv_close((uv_handle_t *)&server->signals[i], NULL);
	uv_close((uv_handle_t *)&server->tick, NULL);
	uv_close((uv_handle_t *)&server->status, NULL);
}

static void close_deadlines(void *owner)
{
	struct server *server = owner;

	if (server->dispatch)
		dispatch_free(server->dispatch);
	if (server->deadlines)
		deadlines_close(server->deadlines, close_handles, server);
	else
		close_handles(server);
}

static void close_admin(struct server *server)
{
	if (server->admin)
		admin_close(server->admin, close_deadlines, server);
	else
		close_deadlines(server);
}

/* The pool has failed all segments; a password hash may still run. */
static void await_calls(uv_timer_t *timer)
{
	struct server *server = timer->data;

	if (!idle(server))
		return;
	uv_timer_stop(timer);
	close_admin(server);
}

static void on_pool_closed(void *owner)
{
	struct server *server = owner;

	uv_timer_start(&server->tick, await_calls, 0, TICK_MS);
}

static void close_pool(void *owner)
{
	struct server *server = owner;

	if (server->dispatch)
		dispatch_lose_pool(server->dispatch);
	if (server->devices)
		devices_close(server->devices);
	if (server->pool)
		pg_pool_close(server->pool, on_pool_closed, server);
	else
		on_pool_closed(server);
}

static void close_listener(uv_timer_t *timer)
{
	struct server *server = timer->data;

	if (server->listener)
		listener_close(server->listener, close_pool, server);
	else
		close_pool(server);
}

/* Not before the caller has returned: it may be the pool. */
static void begin_closing(struct server *server, int exit_code)
{
	sm_move(&server->sm, CLOSING);
	server->exit_code = exit_code;
	uv_timer_stop(&server->status);
	uv_timer_start(&server->tick, close_listener, 0, 0);
	if (server->config.port_file[0] && server->listener)
		unlink(server->config.port_file);
}

/* ---- Stopping ---- */

static void on_tick(uv_timer_t *timer)
{
	struct server *server = timer->data;
	bool over = uv_now(&server->loop) >= server->until_ms;

	switch ((enum server_state)sm_state(&server->sm)) {
	case STARTING:
		log_error("event=refused reason=\"no connection to the database\"");
		begin_closing(server, EX_CONFIG);
		break;
	case DRAINING:
		if (!idle(server) && !over)
			break;
		sm_move(&server->sm, PARTING);
		listener_end_all(server->listener);
		server->until_ms = uv_now(&server->loop) + PARTING_MS;
		break;
	case PARTING:
		if (listener_connections(server->listener) > 0 && !over)
			break;
		listener_log_counters(server->listener);
		dispatch_log_counters(server->dispatch);
		begin_closing(server, EX_OK);
		break;
	case SERVING:
	case CLOSING:
		IMPOSSIBLE("the tick of another state");
	}
}

static void stop(struct server *server)
{
	switch ((enum server_state)sm_state(&server->sm)) {
	case STARTING:
		begin_closing(server, EX_OK);
		break;
	case SERVING:
		log_info("event=stopping calls=%u", dispatch_in_flight(server->dispatch));
		notify_stopping();
		sm_move(&server->sm, DRAINING);
		dispatch_stop(server->dispatch);
		listener_goaway(server->listener);
		server->until_ms = uv_now(&server->loop) + server->config.stop_timeout_ms;
		uv_timer_start(&server->tick, on_tick, 0, TICK_MS);
		break;
	case DRAINING: /* asked again: no more patience */
		server->until_ms = uv_now(&server->loop);
		break;
	case PARTING:
	case CLOSING:
		break;
	}
}

/* ---- Settings for the folders below ---- */

static struct net_limits net_limits(const struct config *config)
{
	return (struct net_limits){
		.unadmitted_max = config->unadmitted_max,
		.unadmitted_per_source = config->unadmitted_per_source,
		.handshake_timeout_ms = config->handshake_timeout_ms,
		.token_timeout_ms = config->token_timeout_ms,
		.idle_timeout_ms = config->idle_timeout_ms,
		.frame_timeout_ms = config->frame_timeout_ms,
		.frame_window_ms = config->frame_window_ms,
		.frame_rate_min = config->frame_rate_min,
		.write_stall_ms = config->write_stall_ms,
		.linger_ms = config->linger_ms,
		.frame_max_new = config->frame_max_new,
		.frame_max = config->frame_max,
		.queue_stop = config->queue_stop,
		.queue_resume = config->queue_resume,
		.queue_kill = config->queue_kill,
		.frames_per_turn = config->frames_per_turn,
		.calls_per_connection = config->calls_per_connection,
		.goaway_delay_ms = config->goaway_delay_ms,
	};
}

static struct dispatch_config dispatch_config(const struct config *config)
{
	return (struct dispatch_config){
		.calls_max = config->calls_max,
		.streams_max = config->streams_max,
		.watch_poll_ms = config->watch_poll_ms,
		.watch_check_ms = config->watch_check_ms,
		.watch_ping_ms = config->watch_ping_ms,
		.deadline_max_ms = config->deadline_max_ms,
		.arena_live_max = config->arena_live_max,
		.arena_total_max = config->arena_total_max,
		.reply_max = config->reply_max,
		.hash_threads = config->hash_threads,
		.hash_queue = config->hash_queue,
		.hash_wait_ms = config->hash_wait_ms,
		.argon2_ops = config->argon2_ops,
		.argon2_bytes = config->argon2_bytes,
		.throttle = {
			.source_burst = config->login_source_burst,
			.source_interval_ms = config->login_source_interval_ms,
			.free_failures = config->login_free_failures,
			.wait_max_ms = config->login_wait_max_ms,
			.subjects_max = config->login_subjects_max,
		},
	};
}

static struct pg_config pg_config(const struct config *config)
{
	return (struct pg_config){
		.host = config->db_host,
		.port = config->db_port,
		.dbname = config->db_name,
		.user = config->db_user,
		.lane_size = {[LANE_FAST] = config->db_lane_fast,
			      [LANE_WRITE] = config->db_lane_write,
			      [LANE_SLOW] = config->db_lane_slow},
		.queue_max = config->db_queue_max,
		.connect_timeout_ms = config->db_connect_timeout_ms,
		.segment_grace_ms = config->db_grace_ms,
		.server_version_min = (int)config->server_version_min,
	};
}

static void apply_log_level(const struct config *config)
{
	enum log_level level;

	PRE(log_level_parse(config->log_level, &level)); /* config_load has checked it */
	log_set_level(level);
}

/* ---- Reloading ---- */

static void on_stays(const char *name)
{
	log_warn("event=reload key=%s result=\"needs a restart\"", name);
}

/* The server's key, and what it asks of clients. */
static struct tls_context *make_tls(const struct server *server, const struct config *config, struct tls_error *error)
{
	const struct tls_computers computers = {
		.owner = server->devices,
		.judge = devices_judge,
		.required = strcmp(config->device_keys, "required") == 0,
	};
	struct tls_context *tls = tls_server_context(config->tls_key_file, error);

	if (tls)
		tls_server_ask(tls, &computers);
	return tls;
}

/* All of it or nothing: a bad file leaves the old settings. */
static void reload(struct server *server)
{
	struct config fresh;
	struct config_error config_error;
	struct seal_error seal_error;
	struct tls_error tls_error;
	struct tls_context *tls;
	struct net_limits limits;
	struct dispatch_config calls;

	if (!config_load(&fresh, server->config_path, &config_error)) {
		log_error("event=reload result=refused reason=%s", LOG_TEXT(config_error.text));
		return;
	}
	tls = make_tls(server, &fresh, &tls_error);
	if (!tls) {
		log_error("event=reload result=refused reason=%s", LOG_TEXT(tls_error.text));
		config_free(&fresh);
		return;
	}
	if (!seal_keys_load(server->keys, fresh.seal_key_file, &seal_error)) {
		log_error("event=reload result=refused reason=%s", LOG_TEXT(seal_error.text));
		tls_context_free(tls);
		config_free(&fresh);
		return;
	}
	config_reload(&server->config, &fresh, on_stays);
	apply_log_level(&server->config);
	limits = net_limits(&server->config);
	calls = dispatch_config(&server->config);
	listener_configure(server->listener, &limits);
	dispatch_configure(server->dispatch, &calls);
	listener_set_tls(server->listener, tls);
	log_info("event=reload result=ok");
}

/* ---- Signals and the service manager ---- */

static void on_signal(uv_signal_t *handle, int number)
{
	struct server *server = handle->data;
	bool serving = sm_state(&server->sm) == SERVING;

	if (number == SIGTERM || number == SIGINT) {
		stop(server);
	} else if (number == SIGHUP && serving) {
		notify_reloading();
		reload(server);
		notify_ready();
	} else if (number == SIGUSR1 && serving) {
		listener_log_counters(server->listener);
		dispatch_log_counters(server->dispatch);
	}
}

static void on_status(uv_timer_t *timer)
{
	struct server *server = timer->data;

	notify_alive();
	notify_status("%s, %u connections, %u calls, database %s", sm_name(&server->sm),
		      listener_connections(server->listener), dispatch_in_flight(server->dispatch),
		      pg_pool_healthy(server->pool) ? "ok" : "not reachable");
}

static void start_status(struct server *server)
{
	unsigned alive_ms = notify_alive_ms();
	unsigned every_ms = alive_ms > 0 && alive_ms < STATUS_MS ? alive_ms : STATUS_MS;

	uv_timer_start(&server->status, on_status, 0, every_ms);
}

/* ---- Opening: once the database is known to fit ---- */

/* Whoever waits for the file sees all of it or none. */
static bool write_port_file(const char *path, unsigned port)
{
	char temporary[4096 + 8];
	FILE *file;
	bool ok;

	snprintf(temporary, sizeof temporary, "%s.new", path);
	file = fopen(temporary, "we");
	if (!file)
		return false;
	ok = fprintf(file, "%u\n", port) > 0;
	ok = fclose(file) == 0 && ok;
	return ok && rename(temporary, path) == 0;
}

static bool open_port(struct server *server)
{
	const struct config *config = &server->config;
	const struct listener_config where = {
		.host = config->listen_host,
		.port = config->listen_port,
		.fd = notify_passed_socket(),
		.connections_max = config->connections_max,
		.socket_buffer = config->socket_buffer,
	};
	int status = listener_open(server->listener, &where);

	if (status != 0) {
		log_error("event=refused host=%s port=%u reason=%s", LOG_TEXT(config->listen_host),
			  config->listen_port, LOG_TEXT(uv_strerror(status)));
		return false;
	}
	if (config->port_file[0] &&
	    !write_port_file(config->port_file, listener_port(server->listener))) {
		log_error("event=refused port_file=%s reason=%s", LOG_TEXT(config->port_file),
			  LOG_TEXT(strerror(errno)));
		return false;
	}
	return true;
}

static bool open_admin(struct server *server)
{
	int status = admin_open(server->admin, server->config.admin_socket);

	if (status == 0)
		return true;
	log_error("event=refused admin_socket=%s reason=%s", LOG_TEXT(server->config.admin_socket),
		  LOG_TEXT(uv_strerror(status)));
	return false;
}

static struct listener *make_listener(struct server *server)
{
	struct net_limits limits = net_limits(&server->config);
	struct tls_error error;
	struct tls_context *tls = make_tls(server, &server->config, &error);
	struct listener *listener;

	if (!tls) {
		log_error("event=refused reason=%s", LOG_TEXT(error.text));
		return NULL;
	}
	listener = listener_new(&server->loop, server->dispatch, server->deadlines, tls, &limits);
	if (!listener)
		tls_context_free(tls);
	return listener;
}

static bool make_objects(struct server *server)
{
	struct dispatch_config calls = dispatch_config(&server->config);
	size_t room = (size_t)server->config.connections_max * listener_deadlines_per_connection() +
		      admin_deadlines();

	server->dispatch = dispatch_new(&server->loop, server->pool, server->statements, &calls);
	if (!server->dispatch || !deadlines_init(&server->deadlines_memory, &server->loop, room))
		return false;
	dispatch_set_devices(server->dispatch, server->devices);
	server->deadlines = &server->deadlines_memory;
	server->listener = make_listener(server);
	server->admin = admin_new(&server->loop, server->dispatch, server->deadlines);
	return server->listener && server->admin;
}

static void serve(struct server *server)
{
	if (!make_objects(server) || !open_admin(server) || !open_port(server)) {
		begin_closing(server, EX_CONFIG);
		return;
	}
	sm_move(&server->sm, SERVING);
	log_info("event=serving port=%u version=%s", listener_port(server->listener),
		 CHIBO_VERSION);
	notify_ready();
	start_status(server);
}

static void refuse_start(struct server *server, const char *reason)
{
	log_error("event=refused reason=%s", LOG_TEXT(reason));
	begin_closing(server, EX_CONFIG);
}

/* Revoked: what it has open ends now. */
static void on_lost(void *owner)
{
	struct server *server = owner;

	if (server->listener)
		listener_end_lost(server->listener, devices_is_lost, server->devices);
}

static void on_devices_ready(void *owner, const char *reason)
{
	struct server *server = owner;

	if (sm_state(&server->sm) != STARTING)
		return;
	if (reason)
		refuse_start(server, reason);
	else
		serve(server);
}

static void read_devices(struct server *server)
{
	const struct devices_config config = {
		.poll_ms = server->config.device_poll_ms, .lost = on_lost, .owner = server};

	server->devices = devices_new(&server->loop, server->pool, server->statements, &config);
	if (server->devices)
		devices_start(server->devices, on_devices_ready);
	else
		refuse_start(server, "memory");
}

static void on_start_checked(void *owner, const char *reason)
{
	struct server *server = owner;

	if (sm_state(&server->sm) != STARTING) /* stopped before the database answered */
		return;
	uv_timer_stop(&server->tick);
	if (reason) {
		refuse_start(server, reason);
	} else if (server->verify) {
		log_info("event=verified");
		begin_closing(server, EX_OK);
	} else {
		read_devices(server);
	}
}

static void on_pool_ready(void *owner, bool ok, const char *reason)
{
	struct server *server = owner;

	if (sm_state(&server->sm) != STARTING)
		return;
	if (ok)
		start_check(&server->loop, server->pool, server->statements, on_start_checked, server);
	else
		refuse_start(server, reason);
}

/* ---- Starting ---- */

static bool load_keys(struct server *server)
{
	struct seal_error error;

	server->keys = seal_keys_new();
	if (!server->keys)
		return false;
	if (seal_keys_load(server->keys, server->config.seal_key_file, &error))
		return true;
	log_error("event=refused reason=%s", LOG_TEXT(error.text));
	return false;
}

static bool make_pool(struct server *server)
{
	struct pg_config config = pg_config(&server->config);
	char reason[512] = "";

	server->statements = statement_set_load(server->config.sql_dir, server->keys, chibo_services,
						chibo_n_services, reason, sizeof reason);
	if (!server->statements || !services_check(server->statements, reason, sizeof reason)) {
		log_error("event=refused reason=%s", LOG_TEXT(reason));
		return false;
	}
	server->pool =
		pg_pool_new(&server->loop, &config, server->statements, on_pool_ready, server);
	return server->pool != NULL;
}

static void make_handles(struct server *server)
{
	uv_timer_init(&server->loop, &server->tick);
	uv_timer_init(&server->loop, &server->status);
	server->tick.data = server;
	server->status.data = server;
	for (unsigned i = 0; i < N_SIGNALS; i++) {
		uv_signal_init(&server->loop, &server->signals[i]);
		server->signals[i].data = server;
		uv_signal_start(&server->signals[i], on_signal, signals[i]);
	}
}

static int run(struct server *server)
{
	if (uv_loop_init(&server->loop) != 0)
		log_fatal(EX_OSERR, "event=refused reason=\"no event loop\"");
	sm_init(&server->sm, &table, STARTING, (uint64_t)getpid());
	make_handles(server);
	notify_status("waiting for the database");
	if (server->verify)
		uv_timer_start(&server->tick, on_tick, server->config.db_connect_timeout_ms, 0);
	if (!load_keys(server) || !make_pool(server))
		begin_closing(server, EX_CONFIG);
	uv_run(&server->loop, UV_RUN_DEFAULT);
	devices_free(server->devices);
	statement_set_free(server->statements);
	seal_keys_free(server->keys);
	if (uv_loop_close(&server->loop) != 0)
		log_error("event=broken reason=\"a handle was left open\"");
	log_info("event=stopped code=%d", server->exit_code);
	return server->exit_code;
}

int server_run(const char *config_path, struct config *config, bool verify)
{
	struct server *server = calloc(1, sizeof *server);
	int code;

	if (!server)
		log_fatal(EX_OSERR, "event=refused reason=memory");
	server->config = *config;
	server->config_path = config_path;
	server->verify = verify;
	apply_log_level(config);
	code = run(server);
	config_free(&server->config);
	free(server);
	return code;
}
