/* The route table: what each method needs and how it runs. */
#ifndef CHIBO_RPC_ROUTE_H
#define CHIBO_RPC_ROUTE_H

#include <stdbool.h>
#include <stddef.h>

#include <protobuf-c/protobuf-c.h>

struct call;

enum route_rows { ROWS_ONE, ROWS_MAYBE, ROWS_MANY, ROWS_EXEC };
enum route_kind { KIND_READ, KIND_READ_AUDITED, KIND_WRITE, KIND_SESSION, KIND_HANDLER };
/* Mirrors enum lane of db/, which this header must not show to the transport. */
enum route_lane { ROUTE_FAST, ROUTE_WRITE, ROUTE_SLOW };

struct route {
	const char *name; /* "MemberService/List" */
	const char *service, *method;
	const char *permission; /* "PUBLIC", "SELF", or one of role_permission */
	const char *targets;    /* "entity field, ..." */
	enum route_rows rows;
	enum route_kind kind;
	enum route_lane lane;
	unsigned elements;
	void (*handler)(struct call *call); /* only of KIND_HANDLER */
};

extern const struct route routes[];
extern const size_t n_routes;

/* NULL: no such method. */
const struct route *route_find(const char *name);
/* Its place in `routes`, below ROUTES_MAX. */
unsigned route_number(const struct route *route);
bool route_is_public(const struct route *route);
bool route_is_self(const struct route *route);
/* The descriptor of the route's method; NULL: the contract has none. */
const ProtobufCMethodDescriptor *route_method(const struct route *route);

#endif
