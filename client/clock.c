/* Clocks in wards are wrong now and then. Nothing hangs on them but what people read. */
#include "clock.h"

#include <time.h>

#include "chibo/v1/session.pb-c.h"
#include "dates.h"
#include "store.h"

enum { OFFSET_MAX_S = 300 };

int64_t clock_server_us(const struct client *client)
{
	const Chibo__V1__SessionHelloResponse *hello = (const void *)client->hello;

	if (hello == NULL || !hello->has_now_at_us || hello->now_at_us == 0)
		return store_now_us();
	return hello->now_at_us + (conn_now() - client->conn.greeted_at) * 1000;
}

void clock_warn(struct client *client)
{
	const Chibo__V1__SessionHelloResponse *hello = (const void *)client->hello;
	int64_t own_s = time(NULL);
	int64_t offset;

	if (hello == NULL || !hello->has_now_at_us || hello->now_at_us == 0)
		return;
	offset = own_s - hello->now_at_us / 1000000;
	if (offset <= OFFSET_MAX_S && offset >= -OFFSET_MAX_S)
		return;
	client_note(client, SAY_CLOCK_WRONG, "server", date_instant(&client->mem, hello->now_at_us, DATE_SHOWN),
		    "own", date_instant(&client->mem, own_s * 1000000, DATE_SHOWN), NULL);
}
