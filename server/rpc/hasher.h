/* Password hashing off the loop: a few at once, a short queue, then busy (trust, "Passwords"). */
#ifndef CHIBO_RPC_HASHER_H
#define CHIBO_RPC_HASHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <sodium.h>
#include <uv.h>

#include "list.h"

struct hasher_config {
	unsigned at_once;
	unsigned waiting_max;
	unsigned wait_ms;       /* whoever has waited longer is too late */
	unsigned long long ops; /* argon2id passes */
	size_t bytes;           /* argon2id memory */
};

/* Since the start, for the log. */
struct hasher_counters {
	uint64_t hashed, paused, full, too_late; /* full: refused a place */
	unsigned running_max, waiting_max; /* at any moment; pauses run as well */
};

enum { HASHER_TIMES = 64, HASHER_PASSWORD_MAX = 512 };

struct hasher {
	uv_loop_t *loop;
	struct hasher_config config;
	struct hasher_counters counters;
	struct list waiting; /* jobs, oldest first */
	struct list spare;   /* jobs to use again, as many as ever were at once */
	unsigned n_inside;   /* between hasher_enter and hasher_leave */
	unsigned n_waiting, n_running;
	char dummy[crypto_pwhash_STRBYTES]; /* checked for accounts that do not exist: the same work for all */
	uint64_t times_ns[HASHER_TIMES];    /* how long the last hashes ran, one after the other */
	unsigned n_times, next_time;
	bool times_stale;                   /* the parameters have changed since */
};

enum hash_result { HASH_MATCHES, HASH_DIFFERS, HASH_MADE, HASH_FAILED, HASH_TOO_LATE };

/* Called on the loop. `hash` is the new one (HASH_MADE), or NULL. */
typedef void (*hash_done)(void *owner, enum hash_result result, const char *hash);

/* Takes as long as one hash, to know how long that is. False: out of memory. */
bool hasher_init(struct hasher *hasher, uv_loop_t *loop, const struct hasher_config *config);
/* For jobs to come. */
void hasher_configure(struct hasher *hasher, const struct hasher_config *config);
/* Those that wait are too late; those that run still come back. */
void hasher_give_up(struct hasher *hasher);
void hasher_close(struct hasher *hasher);

/* A place for as long as somebody may ask for a hash, before the database is asked anything: a crowd costs it
 * nothing. False: all places at threads and in the queue are taken. */
bool hasher_enter(struct hasher *hasher);
void hasher_leave(struct hasher *hasher);
/* Both copy the password, of at most HASHER_PASSWORD_MAX bytes, into locked memory. One at a time for each place. False: out of memory. `hash` NULL: the dummy is checked,
 * and the answer is HASH_DIFFERS whatever it says. A hash of cheaper parameters that differs comes back no
 * sooner than one of today's. */
bool hasher_check(struct hasher *hasher, const char *password, const char *hash, hash_done done, void *owner);
bool hasher_make(struct hasher *hasher, const char *password, hash_done done, void *owner);
/* Hashes nothing, answers HASH_DIFFERS: waits for its turn as the others do, and then for as long as one of the
 * last hashes ran. Its clock ticks in milliseconds, hit by chance above or below. */
bool hasher_pause(struct hasher *hasher, hash_done done, void *owner);

#endif
