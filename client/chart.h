/* Answers that have bars below their tables. */
#ifndef CHIBO_CLIENT_CHART_H
#define CHIBO_CLIENT_CHART_H

#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

#include "client.h"

/* Nothing for an answer without any. */
void chart_print(struct client *client, ProtobufCMessage *const *pages, size_t n_pages,
		 size_t width);

#endif
