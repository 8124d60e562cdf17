/* chibod with a bug that the tests must catch; CHIBO_PLANT names it. Never installed. */
#include <stdlib.h>
#include <string.h>

#include <libpq-fe.h>

/* The linker's names: __real_ is what libpq defines, __wrap_ what everybody else calls. */
/* NOLINTBEGIN(bugprone-reserved-identifier) */
ExecStatusType __real_PQresultStatus(const PGresult *result);
ExecStatusType __wrap_PQresultStatus(const PGresult *result);

/* Answers from the rows: what the commit itself has to say, here in the class of errors that a test raises there, is not
 * listened to. */
ExecStatusType __wrap_PQresultStatus(const PGresult *result)
{
	ExecStatusType status = __real_PQresultStatus(result);
	const char *planted = getenv("CHIBO_PLANT"), *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);

	if (status == PGRES_FATAL_ERROR && planted != NULL && strcmp(planted, "reply_before_sync") == 0 && state != NULL &&
	    strcmp(state, "ZZ001") == 0)
		return PGRES_PIPELINE_ABORTED;
	return status;
}
/* NOLINTEND(bugprone-reserved-identifier) */
