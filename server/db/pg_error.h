/* What a database error means for the caller: SQLSTATE and constraint name become a refusal. */
#ifndef CHIBO_DB_PG_ERROR_H
#define CHIBO_DB_PG_ERROR_H

#include "segment.h"

struct pg_diagnostics {
	const char *sqlstate, *message, *constraint, *column, *detail; /* NULL: absent */
};

/* Our own class is "CB": CB0nn is google.rpc code nn, message the rule, column the field, detail the
 * params as "name=value" lines. DETAIL of any other error never leaves the process (pitfalls R8). */
enum segment_outcome pg_error_outcome(const struct pg_diagnostics *error, struct refusal *out);

/* Adds params that are lines of name=value, as refuse() of the schema takes them. */
void pg_error_params(const char *detail, struct refusal *out);

/* The plan or the statement is gone: this connection must be made anew (pitfalls R1). */
bool pg_error_needs_reconnect(const char *sqlstate);

#endif
