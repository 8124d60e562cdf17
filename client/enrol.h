/* A computer that becomes known to a server: "host:port#server-key-pin#one-time-code". */
#ifndef CHIBO_CLIENT_ENROL_H
#define CHIBO_CLIENT_ENROL_H

#include "client.h"

/* What the clerk at the new computer pastes: the server and its pin as this context has them, and the code. */
const char *enrol_invitation(struct client *client, const char *code);

#endif
