/* One connection of the load: says hello, shows its token, then keeps `depth` requests in flight. */
#ifndef CHIBO_BENCH_LOAD_CONN_H
#define CHIBO_BENCH_LOAD_CONN_H

#include <stdbool.h>
#include <stdint.h>

#include "frame.h"
#include "load_request.h"
#include "tls.h"

enum { DEPTH_MAX = 8 };

/* What all connections share. */
struct load {
	struct request hello;
	struct request whoami;
	struct request work;
	unsigned depth;
	uint64_t next_id; /* multiple of DEPTH_MAX; grows with every request of any connection */
	bool stopping;    /* nothing new is sent */
	unsigned ready;   /* connections in LOADING */
	/* A reply in LOADING; false: give up. */
	bool (*reply)(struct load *load, uint64_t sent_ns, const uint8_t *frame, size_t len);
};

enum load_phase { GREETING, SHOWING_TOKEN, LOADING };

struct load_conn {
	struct load *load;
	struct tls tls;
	struct frame_reader reader;
	int fd;
	int epoll;
	bool want_write;
	bool failed; /* `load->reply` or the dialogue said so */
	enum load_phase phase;
	unsigned in_flight;
	uint64_t sent_ns[DEPTH_MAX]; /* by slot, the low bits of the request id; 0: the slot is free */
	uint8_t *out; /* ciphertext that the socket did not take yet */
	size_t out_at, out_end, out_room;
};

uint64_t load_now_ns(void);
/* Connects, blocking, to the loopback interface and joins the epoll set. False: errno. */
bool load_conn_open(struct load_conn *conn, struct load *load, struct tls_context *tls, uint16_t port,
		    int epoll) MUST_CHECK;
/* After epoll said so. False: the connection is lost; a reason was printed. */
bool load_conn_event(struct load_conn *conn, uint32_t events) MUST_CHECK;
void load_conn_close(struct load_conn *conn);

#endif
