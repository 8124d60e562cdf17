/* One round with the server: what waits here goes there, what changed there comes here, and both are compared. */
#ifndef CHIBO_CLIENT_SYNC_H
#define CHIBO_CLIENT_SYNC_H

#include "client.h"

/* The exit code; what happened is told on stderr. The store is open. */
int sync_once(struct client *client);
/* What would go and come; nothing is changed. */
int sync_preview(struct client *client);
/* Pulls and compares, and sends nothing. */
int sync_verify(struct client *client);

#endif
