/* The table made from routes.def. */
#include "route.h"

#include <string.h>

#include "gate_cache.h"
#include "handlers/handlers.h"
#include "services.h"

#define HANDLER_OF_READ(service, method) NULL
#define HANDLER_OF_READ_AUDITED(service, method) NULL
#define HANDLER_OF_WRITE(service, method) NULL
#define HANDLER_OF_SESSION(service, method) NULL
#define HANDLER_OF_HANDLER(service, method) handle_##service##_##method

const struct route routes[] = {
#define ROUTE(service, method, permission, targets, rows, kind, lane, elements)                          \
	{#service "Service/" #method, #service "Service", #method, #permission, targets, ROWS_##rows,             \
	 KIND_##kind, ROUTE_##lane, elements, HANDLER_OF_##kind(service, method)},
#include "routes.def"
#undef ROUTE
};

const size_t n_routes = sizeof routes / sizeof *routes;

_Static_assert(sizeof routes / sizeof *routes <= ROUTES_MAX, "a route_set holds them all");

unsigned route_number(const struct route *route)
{
	return (unsigned)(route - routes);
}

const struct route *route_find(const char *name)
{
	for (size_t i = 0; i < n_routes; i++)
		if (strcmp(routes[i].name, name) == 0)
			return &routes[i];
	return NULL;
}

bool route_is_public(const struct route *route)
{
	return strcmp(route->permission, "PUBLIC") == 0;
}

bool route_is_self(const struct route *route)
{
	return strcmp(route->permission, "SELF") == 0;
}

const ProtobufCMethodDescriptor *route_method(const struct route *route)
{
	for (size_t i = 0; i < chibo_n_services; i++)
		if (strcmp(chibo_services[i]->short_name, route->service) == 0)
			return protobuf_c_service_descriptor_get_method_by_name(chibo_services[i], route->method);
	return NULL;
}
