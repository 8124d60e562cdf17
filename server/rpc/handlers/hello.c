/* Hello: agrees on the protocol version and says who answers. */
#include "call.h"
#include "chibo/v1/session.pb-c.h"
#include "handlers.h"
#include "internal.pb-c.h"

enum { PROTOCOL = 1 };

static char program[] = "chibod " CHIBO_VERSION;

static void answer(struct call *call)
{
	Chibo__Internal__HelloResponse row = CHIBO__INTERNAL__HELLO_RESPONSE__INIT;
	Chibo__V1__SessionHelloResponse *hello = arena_alloc(&call->arena, sizeof *hello);

	if (!call_take(call, &row.base))
		return;
	if (!hello) {
		call_refuse(call, STATUS_RESOURCE_EXHAUSTED, "request_memory", NULL);
		return;
	}
	chibo__v1__session_hello_response__init(hello);
	hello->has_protocol = 1;
	hello->protocol = PROTOCOL;
	hello->program = program;
	hello->has_schema_level = row.has_schema_level;
	hello->schema_level = row.schema_level;
	hello->district = row.district;
	hello->has_now_at_us = row.has_now_at_us;
	hello->now_at_us = row.now_at_us;
	call_promote(call, PEER_GREETED);
	call_answer(call, &hello->base);
}

void handle_Session_Hello(struct call *call)
{
	static const Chibo__Internal__HelloRequest query = CHIBO__INTERNAL__HELLO_REQUEST__INIT;
	const Chibo__V1__SessionHelloRequest *hello = (const void *)call->input;

	if (hello->protocol_min <= PROTOCOL && hello->protocol_max >= PROTOCOL) {
		call_query(call, "Hello", &query.base, LANE_FAST, answer);
		return;
	}
	call->closes = true;
	call_refuse(call, STATUS_UNIMPLEMENTED, "protocol_version", "protocol_max");
}
