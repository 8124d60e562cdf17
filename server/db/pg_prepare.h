/* What a new connection proves before it serves: durable settings, known version, every statement fits. */
#ifndef CHIBO_DB_PG_PREPARE_H
#define CHIBO_DB_PG_PREPARE_H

#include <libpq-fe.h>

#include "pg_pool.h"

struct pg_prepare;

/* Enters pipeline mode and sends everything; *syncs is how many Syncs will come back. NULL: lost. */
struct pg_prepare *pg_prepare_start(PGconn *pg, const struct pg_config *config,
				    const struct statement_set *statements, unsigned *syncs);
/* The next result, in order; it stays the caller's. */
void pg_prepare_result(struct pg_prepare *prepare, const PGresult *result);
/* Something passing was in the way, a lock or a shutdown: nothing is known yet. */
bool pg_prepare_hindered(const struct pg_prepare *prepare);
/* The first misfit, or NULL; every misfit is logged. */
const char *pg_prepare_misfit(const struct pg_prepare *prepare);
void pg_prepare_free(struct pg_prepare *prepare);

#endif
