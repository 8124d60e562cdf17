/* The services of the contract, in one list. */
#ifndef CHIBO_RPC_SERVICES_H
#define CHIBO_RPC_SERVICES_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

struct statement_set;

extern const ProtobufCServiceDescriptor *const chibo_services[];
extern const size_t chibo_n_services;

/* Service methods, lines of routes.def and statement files must be the same set, and no message may
 * contain itself. False: `reason` names what is missing or too much. */
bool services_check(const struct statement_set *statements, char *reason, size_t reason_size);

#endif
