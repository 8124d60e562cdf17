/* What a connection has learned of its callers: which routes a token may use in a grant. */
#ifndef CHIBO_RPC_GATE_CACHE_H
#define CHIBO_RPC_GATE_CACHE_H

#include <stdbool.h>
#include <stdint.h>

enum { ROUTES_MAX = 320 };

/* Routes by their place in the table. */
struct route_set {
	uint64_t words[ROUTES_MAX / 64];
};

/* Who asks: a token, and the grant that the request names, if it names one. Zero where nothing is set. */
struct gate_key {
	uint8_t token_hash[32];
	uint8_t grant_id[16];
	uint8_t has_grant;
};

enum { GATE_ENTRIES = 4 };

struct gate_entry {
	struct gate_key key;
	struct route_set routes;
};

/* All zero is an empty one. */
struct gate_cache {
	struct gate_entry entries[GATE_ENTRIES];
	unsigned n;
	unsigned next;  /* to be overwritten once all are taken: the oldest */
	unsigned epoch; /* grows when all is forgotten: what was asked before is then not kept */
};

void route_set_add(struct route_set *set, unsigned route);
bool route_set_has(const struct route_set *set, unsigned route);

/* NULL: nothing is known. */
const struct route_set *gate_cache_find(const struct gate_cache *cache, const struct gate_key *key);
/* What was asked for in `epoch`. */
void gate_cache_put(struct gate_cache *cache, const struct gate_key *key, const struct route_set *routes,
		    unsigned epoch);
void gate_cache_forget(struct gate_cache *cache);

#endif
