/* The one place where a held result is a PGresult again; included only in this folder. */
#ifndef CHIBO_DB_PG_RESULT_H
#define CHIBO_DB_PG_RESULT_H

#include <libpq-fe.h>

#include "segment.h"

static inline PGresult *pg_result_of(const struct segment_step *step)
{
	return (PGresult *)step->result;
}

static inline void pg_result_hold(struct segment_step *step, PGresult *result)
{
	step->result = (struct pg_result *)result;
}

#endif
