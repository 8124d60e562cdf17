/* The server's database was restored from a backup, or moved: it says so by another history_id. */
#ifndef CHIBO_CLIENT_RESTORED_H
#define CHIBO_CLIENT_RESTORED_H

#include "chibo/v1/sync.pb-c.h"
#include "client.h"

/* Holds what SyncService/Open said against the history that is known here, and takes it over: receipts of the one that ended
 * are set aside, and operations that the server has lost will be sent again. The store is open. False: it cannot be written. */
bool restored_learn(struct client *client, const Chibo__V1__SyncOpenResponse *open) MUST_CHECK;
/* Asks first. That it cannot be asked changes nothing. */
void restored_ask(struct client *client);

#endif
