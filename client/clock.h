/* This computer's clock against the server's. */
#ifndef CHIBO_CLIENT_CLOCK_H
#define CHIBO_CLIENT_CLOCK_H

#include "client.h"

/* Both times on stderr, if they differ by more than five minutes; after Hello. */
void clock_warn(struct client *client);

#endif
