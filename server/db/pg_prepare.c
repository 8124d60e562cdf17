/* Prepares and describes every statement, each under a Sync of its own, so that every misfit is named. */
#include "pg_prepare.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "log.h"
#include "statement.h"

struct pg_prepare {
	const struct statement_set *statements;
	struct pg_enums enums;
	size_t syncs;    /* come back: 0 is the checks, i + 1 the i-th statement */
	unsigned results; /* since the last Sync */
	bool hindered;
	char misfit[512];
};

/* A server that may lose an acknowledged write is refused; so is another encoding or collation. */
static const char checks[] =
	"select name, setting from pg_settings where (name in ('fsync', 'full_page_writes') and setting <> 'on')"
	" or (name = 'synchronous_commit' and setting in ('off', 'local'))"
	" or (name = 'server_encoding' and setting <> 'UTF8')";

static const char enum_labels[] =
	"select t.oid::int4, t.typarray::int4, e.enumlabel::text from pg_enum e join pg_type t on t.oid = e.enumtypid"
	" order by t.oid, e.enumsortorder";

static void misfit(struct pg_prepare *prepare, const char *text)
{
	log_error("event=misfit text=%s", LOG_TEXT(text));
	if (!prepare->misfit[0])
		(void)snprintf(prepare->misfit, sizeof prepare->misfit, "%s", text);
}

/* ---- sending ---- */

static bool send_statement(PGconn *pg, const struct statement *statement)
{
	return PQsendPrepare(pg, statement->prepared, statement->sql, 0, NULL) &&
	       PQsendDescribePrepared(pg, statement->prepared) && PQpipelineSync(pg);
}

static bool send_all(PGconn *pg, const struct statement_set *statements)
{
	if (!PQenterPipelineMode(pg) ||
	    !PQsendQueryParams(pg, checks, 0, NULL, NULL, NULL, NULL, 1) ||
	    !PQsendQueryParams(pg, enum_labels, 0, NULL, NULL, NULL, NULL, 1) || !PQpipelineSync(pg))
		return false;
	for (size_t i = 0; i < statement_set_count(statements); i++)
		if (!send_statement(pg, statement_set_at(statements, i)))
			return false;
	return true;
}

struct pg_prepare *pg_prepare_start(PGconn *pg, const struct pg_config *config,
				    const struct statement_set *statements, unsigned *syncs)
{
	struct pg_prepare *prepare = calloc(1, sizeof *prepare);
	char text[128];

	if (!prepare)
		return NULL;
	prepare->statements = statements;
	pg_enums_init(&prepare->enums);
	if (PQserverVersion(pg) < config->server_version_min) {
		(void)snprintf(text, sizeof text, "PostgreSQL %d is older than server_version_min = %d",
			       PQserverVersion(pg), config->server_version_min);
		misfit(prepare, text);
	}
	*syncs = (unsigned)statement_set_count(statements) + 1;
	if (send_all(pg, statements))
		return prepare;
	pg_prepare_free(prepare);
	return NULL;
}

void pg_prepare_free(struct pg_prepare *prepare)
{
	if (!prepare)
		return;
	pg_enums_close(&prepare->enums);
	free(prepare);
}

/* ---- receiving ---- */

static void take_checks(struct pg_prepare *prepare, const PGresult *result)
{
	char text[160];

	for (int i = 0; i < PQntuples(result); i++) {
		(void)snprintf(text, sizeof text, "the database runs with %s = %s", PQgetvalue(result, i, 0),
			       PQgetvalue(result, i, 1));
		misfit(prepare, text);
	}
}

static pg_oid oid_at(const PGresult *result, int row, int column)
{
	uint32_t wire;

	memcpy(&wire, PQgetvalue(result, row, column), sizeof wire);
	return ntohl(wire);
}

static void take_enums(struct pg_prepare *prepare, const PGresult *result)
{
	for (int i = 0; i < PQntuples(result); i++)
		if (!pg_enums_add(&prepare->enums, oid_at(result, i, 0), oid_at(result, i, 1),
				  PQgetvalue(result, i, 2)))
			misfit(prepare, "the database has too many enum labels");
}

static pg_oid param_type(const void *source, size_t i)
{
	return PQparamtype(source, (int)i);
}

static pg_oid column_type(const void *source, size_t i)
{
	return PQftype(source, (int)i);
}

static const char *column_name(const void *source, size_t i)
{
	return PQfname(source, (int)i);
}

static void take_description(struct pg_prepare *prepare, const PGresult *result)
{
	struct statement *statement = statement_set_at(prepare->statements, prepare->syncs - 1);
	struct statement_description described = {
		.n_params = (size_t)PQnparams(result), .param_type = param_type,
		.n_columns = (size_t)PQnfields(result), .column_type = column_type,
		.column_name = column_name, .source = result,
	};
	char reason[320];

	for (; statement; statement = statement->same)
		if (!statement_fit(statement, &described, &prepare->enums, reason, sizeof reason))
			misfit(prepare, reason);
}

static bool is_passing(const char *sqlstate)
{
	static const char *const classes[] = {"40", "53", "55", "57", "58"};

	for (size_t i = 0; sqlstate && i < sizeof classes / sizeof *classes; i++)
		if (strncmp(sqlstate, classes[i], 2) == 0)
			return true;
	return false;
}

static void take_failure(struct pg_prepare *prepare, const PGresult *result, const char *place)
{
	const char *sqlstate = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
	char text[400];

	(void)snprintf(text, sizeof text, "%s: %s", place, message ? message : "failed");
	if (is_passing(sqlstate)) {
		log_warn("event=prepare_hindered sqlstate=%s text=%s", sqlstate, LOG_TEXT(text));
		prepare->hindered = true;
	} else {
		misfit(prepare, text);
	}
}

/* Of the checks, or of a text and so of every statement that has it. */
static void take_error(struct pg_prepare *prepare, const PGresult *result)
{
	if (prepare->syncs == 0) {
		take_failure(prepare, result, "start-up checks");
		return;
	}
	for (const struct statement *statement = statement_set_at(prepare->statements, prepare->syncs - 1); statement;
	     statement = statement->same)
		take_failure(prepare, result, statement->place);
}

void pg_prepare_result(struct pg_prepare *prepare, const PGresult *result)
{
	switch (PQresultStatus(result)) {
	case PGRES_PIPELINE_SYNC:
		prepare->syncs++;
		prepare->results = 0;
		return;
	case PGRES_TUPLES_OK:
		if (prepare->results == 0)
			take_checks(prepare, result);
		else
			take_enums(prepare, result);
		break;
	case PGRES_COMMAND_OK:
		if (prepare->results == 1)
			take_description(prepare, result);
		break;
	case PGRES_FATAL_ERROR:
		take_error(prepare, result);
		break;
	default:
		break;
	}
	prepare->results++;
}

bool pg_prepare_hindered(const struct pg_prepare *prepare)
{
	return prepare->hindered;
}

const char *pg_prepare_misfit(const struct pg_prepare *prepare)
{
	return prepare->misfit[0] ? prepare->misfit : NULL;
}
