/* This computer's clock against the server's. */
#ifndef CHIBO_CLIENT_CLOCK_H
#define CHIBO_CLIENT_CLOCK_H

#include "client.h"

/* The server's clock, counted on from Hello by the monotonic one, in microseconds; our own where nobody was greeted. What is
 * kept for a number of days is counted by it: a ward's clock may be a year off. */
int64_t clock_server_us(const struct client *client);
/* Both times on stderr, if they differ by more than five minutes; after Hello. */
void clock_warn(struct client *client);

#endif
