/* A listener on a loop, and clients that talk to it from the same thread: what tests of connections share. What a frame
 * does is the test's own: it defines what dispatch.h and admin_call.h declare. */
#ifndef CHIBO_TESTS_CONN_WORLD_H
#define CHIBO_TESTS_CONN_WORLD_H

#include <check.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <uv.h>

#include "frame.h"
#include "listener.h"
#include "tls.h"

enum { CLIENTS = 6, PATIENCE_MS = 3000 };

/* A socket that never blocks, and the same TLS engine. */
struct client {
	int fd;
	struct tls tls;
	struct frame_reader reader;
	unsigned frames; /* that came */
	uint8_t last[NET_READ_SIZE];
	size_t last_len;
	bool eof;  /* end of the stream, or reset */
	bool deaf; /* does not read */
};

/* Made anew for each test by set_up(), in its own process. */
extern struct client clients[CLIENTS];
extern struct listener *listener;
extern struct net_limits limits;
extern char key_file[]; /* of the listener */

/* A checked fixture. */
void set_up(void);
void tear_down(void);
/* The listener takes over `limits`. */
void configure(void);

/* Everybody does what there is to do. */
void turn(void);
void pass_ms(unsigned ms);

/* Lets the world turn until the condition holds, and says so if it never does. */
#define UNTIL(condition)                                                                           \
	do {                                                                                       \
		uint64_t began_ = uv_hrtime();                                                     \
		while (!(condition) && uv_hrtime() - began_ < PATIENCE_MS * 1000000ULL)            \
			turn();                                                                    \
		ck_assert_msg(condition, "never: %s", #condition);                                 \
	} while (0)

/* A socket without TLS. */
struct client *client_connect(unsigned i);
/* Through the handshake. */
struct client *client_start(unsigned i);
void client_send(struct client *client, const char *text, size_t len);
void client_say(struct client *client, const char *text);
void client_leave(struct client *client);
/* The last frame is a notice of this rule. */
void assert_notice(const struct client *client, unsigned code, const char *rule);

/* How many connections ended so. */
uint64_t ended(enum conn_end end);

#endif
