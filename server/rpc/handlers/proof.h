/* A proof is a password or a code that a call brings: throttled, hashed and recorded in the same way by all
 * methods that take one, so that none of them is the easier way in.
 *
 *   proof_begin ──► the handler's statement ──► proof_judge ──► a hash, or a pause ──► right: the handler's own
 *       │ busy                                      │ busy             │ wrong, denied
 *       ▼                                           ▼                  ▼
 *    refused                                     refused           proof_fail: recorded, then refused
 */
#ifndef CHIBO_RPC_PROOF_H
#define CHIBO_RPC_PROOF_H

#include <stdbool.h>
#include <stdint.h>

#include "throttle.h"

struct call;

/* First member of a handler's data, which is zeroed and is the call's handler_data. */
struct proof {
	struct attempt attempt;
	enum throttle_outcome outcome;  /* what the throttle will hear when the call ends; at first: untried */
	bool denied;                    /* whatever it is, it will be refused */
	const char *login_name;         /* from proof_judge on */
	void (*refuse)(struct call *call); /* the one answer for all that is wrong */
};

/* False: the call was refused. Its deadline is the server's from here on: a short one of the client's must
 * not keep a failure off the record. */
bool proof_begin(struct call *call, void (*refuse)(struct call *call));
/* BUSY: the call was refused. MUST_FAIL: pause, then fail. `login_name` lives as long as the call. */
enum throttle_verdict proof_judge(struct call *call, const char *login_name, const struct throttle_record *record);
/* It was wrong, or denied. */
void proof_fail(struct call *call);
/* It was right, and what it was for is done. */
void proof_pass(struct call *call);

#endif
