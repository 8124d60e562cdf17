/* Status is the one error vocabulary: codes by name and number of google.rpc.Code, and why. */
#ifndef CHIBO_PROTO_STATUS_H
#define CHIBO_PROTO_STATUS_H

#include <stdint.h>

#define MUST_CHECK __attribute__((warn_unused_result))

#define STATUS_LIST(X)                                                                            \
	X(OK, 0)                                                                                   \
	X(CANCELLED, 1)                                                                            \
	X(UNKNOWN, 2)                                                                              \
	X(INVALID_ARGUMENT, 3)                                                                     \
	X(DEADLINE_EXCEEDED, 4)                                                                    \
	X(NOT_FOUND, 5)                                                                            \
	X(ALREADY_EXISTS, 6)                                                                       \
	X(PERMISSION_DENIED, 7)                                                                    \
	X(RESOURCE_EXHAUSTED, 8)                                                                   \
	X(FAILED_PRECONDITION, 9)                                                                  \
	X(ABORTED, 10)                                                                             \
	X(OUT_OF_RANGE, 11)                                                                        \
	X(UNIMPLEMENTED, 12)                                                                       \
	X(INTERNAL, 13)                                                                            \
	X(UNAVAILABLE, 14)                                                                         \
	X(DATA_LOSS, 15)                                                                           \
	X(UNAUTHENTICATED, 16)

enum status {
#define X(name, number) STATUS_##name = number,
	STATUS_LIST(X)
#undef X
};

/* "NOT_FOUND"; a number outside the list is "UNKNOWN". */
const char *status_name(enum status status);

enum { REFUSAL_PARAMS = 4 };

/* Why a request was refused: what a Status on the wire says. All texts are valid UTF-8 as long as
 * those given to it were, and end in NUL. */
struct refusal {
	enum status code;
	char rule[48];  /* machine name, never a sentence */
	char field[96]; /* path of the request field, or empty */
	struct {
		char name[24];
		char value[96];
	} params[REFUSAL_PARAMS];
	unsigned n_params;
	uint32_t retry_after_ms; /* 0: says nothing about it */
};

/* Starts afresh: no params, no retry. `field` may be NULL. Cuts long texts between characters. */
void refusal_set(struct refusal *refusal, enum status code, const char *rule, const char *field);
/* Beyond REFUSAL_PARAMS it does nothing. */
void refusal_param(struct refusal *refusal, const char *name, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

#endif
