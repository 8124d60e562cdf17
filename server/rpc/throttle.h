/* Who may try a password now. Asked before the hash queue, for logins, redeemed codes and changed passwords.
 *
 * Sources: a network (IPv4 /24, IPv6 /64) has a bucket of source_burst attempts that fills again by one per
 * source_interval_ms. An attempt that succeeds, or is never tried, is given back, so an office behind one
 * address pays for its typing errors alone. An empty bucket is BUSY with a time: that tells nothing of accounts.
 *
 * Names, of accounts or not, alike: from the 5th failure in a row on, the next try must wait 1, 2, 4 ... 900 s,
 * and after 100 failures nothing is tried until a new code has been given out. Attempts under way count as
 * failures, so that no number of connections tries more. Such an attempt is never hashed; it must look like a
 * wrong password, which is the caller's part: hasher_pause() waits in the same queue for as long as a hash takes,
 * and the same statements follow. A right password fails there too. Attempts refused so do not bring the name
 * nearer to 100: otherwise anybody could block anybody in a minute. (With a day's patience he still can: trust,
 * "Throttling and one answer"; an enrolled device will have a bucket of its own.)
 *
 * Nothing is forgotten: the database remembers failures (auth.failure) and tells them on first sight of a name
 * or network after a start, in ages, so that no two clocks are compared. Here, time is that of the loop. Memory
 * is bounded: when it is full, whoever is not held back is forgotten first, longest unseen first, then those
 * held back, in the same order; attempts under way never. What is forgotten is asked of the database again. */
#ifndef CHIBO_RPC_THROTTLE_H
#define CHIBO_RPC_THROTTLE_H

#include <stdbool.h>
#include <stdint.h>

enum { THROTTLE_NETWORK = 64, THROTTLE_BLOCKED_AT = 100 };

/* Times are milliseconds. */
struct throttle_config {
	unsigned source_burst;
	unsigned source_interval_ms;
	unsigned free_failures;
	unsigned wait_max_ms;
	unsigned subjects_max; /* names, and networks, in memory; only throttle_new reads it */
};

/* One attempt, embedded in its owner, between throttle_begin and throttle_end. */
struct attempt {
	char network[THROTTLE_NETWORK]; /* "127.0.0.0/24" */
	uint64_t source_key, name_key;
	enum { ATTEMPT_NONE, ATTEMPT_PAID, ATTEMPT_TRYING } stage;
	unsigned retry_after_ms; /* with THROTTLE_BUSY */
};

/* What the database remembers. */
struct throttle_record {
	unsigned failures;       /* of the name, in a row */
	uint64_t failed_ago_ms;  /* the last of them */
	unsigned cleared;        /* grows each time they are forgiven: the higher one is the newer */
	uint64_t source_owes_ms; /* until the network's bucket is full again */
};

enum throttle_verdict { THROTTLE_MAY_TRY, THROTTLE_MUST_FAIL, THROTTLE_BUSY };
enum throttle_outcome {
	THROTTLE_UNTRIED, /* nobody looked at the password: busy, lost, refused before */
	THROTTLE_PASSED,
	THROTTLE_FAILED,
	THROTTLE_DENIED,  /* THROTTLE_MUST_FAIL was carried out */
};

struct throttle;

/* NULL when memory is short. */
struct throttle *throttle_new(const struct throttle_config *config);
void throttle_configure(struct throttle *throttle, const struct throttle_config *config);
void throttle_free(struct throttle *throttle);

/* The network that an address belongs to; another text stays what it is. */
void throttle_network(const char *address, char network[static THROTTLE_NETWORK]);

/* Takes one attempt of the network's bucket: MAY_TRY or BUSY. `attempt` needs no initialisation. */
enum throttle_verdict throttle_begin(struct throttle *throttle, struct attempt *attempt, const char *address,
				     uint64_t now);
/* Once the database has been asked. After MAY_TRY the name's attempt is under way. */
enum throttle_verdict throttle_know(struct throttle *throttle, struct attempt *attempt, const char *name,
				    const struct throttle_record *record, uint64_t now);
/* Exactly once after throttle_begin, whatever it said; again it does nothing. */
void throttle_end(struct throttle *throttle, struct attempt *attempt, enum throttle_outcome outcome, uint64_t now);

#endif
