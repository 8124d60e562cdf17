/* What goes wrong becomes one plain sentence that says what to do next, and an exit code. */
#ifndef CHIBO_CLIENT_ERRORS_H
#define CHIBO_CLIENT_ERRORS_H

#include "client.h"
#include "status.h"

/* All of these print to stderr (under -o json and jsonl one object) and return the exit code. */

/* EXIT_USAGE, with "See 'chibo COMMAND --help'" behind it unless `command` is NULL. */
int error_usage(struct client *client, const char *command, enum say id, ...)
	__attribute__((sentinel));
int error_say(struct client *client, enum exit_code code, enum say id, ...)
	__attribute__((sentinel));
/* `message`: type whose field was refused, for its label; may be NULL. `op_id`: of a write whose
 * outcome is unknown, else NULL; the exit code is then EXIT_UNREACHABLE. */
int error_refusal(struct client *client, const struct refusal *refusal, const char *message,
		  const char *op_id);
/* Of a write that failed and stands in the outbox nevertheless: the failure's exit code, and that nobody has to do it again. */
int error_stands(struct client *client, const struct refusal *refusal, const char *message, const char *op_id);

/* A file of this computer could not be written: errno says why. */
int error_cannot_write(struct client *client, const char *file);

/* The sentence about a refusal, without code and op_id. */
const char *error_sentence(struct client *client, const struct refusal *refusal,
			   const char *message);
enum exit_code error_exit_code(enum status status);

#endif
