/* The listener accepts connections, within their number, and ends them together. */
#ifndef CHIBO_NET_LISTENER_H
#define CHIBO_NET_LISTENER_H

#include <stdbool.h>
#include <stddef.h>

#include <uv.h>

#include "net.h"

struct listener;

struct listener_config {
	const char *host; /* address, no name */
	unsigned port;    /* 0: any free one */
	int fd;           /* a listening socket passed by systemd; -1: none, open our own */
	unsigned connections_max;
	unsigned socket_buffer; /* bytes, each way */
};

/* Deadlines that one connection may set; the caller makes room for connections_max times as
 * many. */
unsigned listener_deadlines_per_connection(void);

/* Dispatch and deadlines are borrowed and outlive it; `tls` is taken. NULL when memory is short. */
struct listener *listener_new(uv_loop_t *loop, struct dispatch *dispatch,
			      struct deadlines *deadlines, struct tls_context *tls,
			      const struct net_limits *limits);
/* Opens the port. Returns 0 or an error of libuv. */
int listener_open(struct listener *listener, const struct listener_config *config)
	__attribute__((warn_unused_result));
/* The port that is open. */
unsigned listener_port(const struct listener *listener);
/* For what comes: limits that run already stay. */
void listener_configure(struct listener *listener, const struct net_limits *limits);
/* Takes `tls`; connections that live keep the one they have. */
void listener_set_tls(struct listener *listener, struct tls_context *tls);

/* Closes the port and tells every client to come back later. */
void listener_goaway(struct listener *listener);
/* Says goodbye to the computers that `is_lost`. */
void listener_end_lost(struct listener *listener, bool (*is_lost)(void *owner, const uint8_t *key), void *owner);
/* Says goodbye to every client. */
void listener_end_all(struct listener *listener);
/* Connections in memory. */
unsigned listener_connections(const struct listener *listener);
const struct net_counters *listener_counters(const struct listener *listener);
/* One line with every counter that is not 0. */
void listener_log_counters(const struct listener *listener);
/* Closes everything at once, and frees it before the callback. */
void listener_close(struct listener *listener, void (*closed)(void *owner), void *owner);

#endif
