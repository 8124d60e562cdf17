/* A request is packed once; every use only patches what must differ. */
#ifndef CHIBO_BENCH_LOAD_REQUEST_H
#define CHIBO_BENCH_LOAD_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "status.h"

enum { TOKEN_LEN = 32 };

/* Ids of the seeded database are numbers: their decimal digits, read as those of a UUID. */
struct workload {
	const char *name;       /* of workload_names */
	uint8_t token[TOKEN_LEN];
	uint64_t pick_first;    /* records or units to choose from at random */
	uint64_t pick_count;
	uint64_t unit;          /* that import goes to */
	const char *branch_code; /* of its lines */
};

/* A packed frame, and where in it something has to be new each time. */
struct request {
	uint8_t *frame;
	size_t len;
	struct hole *holes;
	size_t n_holes;
	uint64_t pick_first;
	uint64_t pick_count;
};

extern const char workload_names[];

/* False: there is no such workload, or memory is short. */
bool request_init(struct request *request, const struct workload *workload) MUST_CHECK;
bool request_init_hello(struct request *request) MUST_CHECK;
/* Small, and carries the token: opens the way for large frames. */
bool request_init_whoami(struct request *request, const uint8_t token[static TOKEN_LEN]) MUST_CHECK;
/* Fills the holes. `number` must grow from use to use and stay below 2^34. */
void request_renew(struct request *request, uint64_t number);
void request_close(struct request *request);

#endif
