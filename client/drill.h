/* From a figure of a report to the list behind it: --drill GROUP=CODE. */
#ifndef CHIBO_CLIENT_DRILL_H
#define CHIBO_CLIENT_DRILL_H

#include <stdbool.h>

#include "args.h"
#include "client.h"
#include "command.h"

/* The method that lists what a figure of this report counts, if --drill asks for it. */
bool drill_asked(struct client *client, const struct verb *report, const struct args *args,
		 struct verb *list);
/* Its request: the parameters of the report's, and which figure. */
ProtobufCMessage *drill_request(struct client *client, const struct verb *report,
				const struct verb *list, const struct args *args,
				const ProtobufCMessage *of);
/* Tells people how, below the answer of a report that can be asked so. */
void drill_tell(struct client *client, const struct verb *report, const ProtobufCMessage *response);

#endif
