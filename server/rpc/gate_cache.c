/* A handful of entries, looked through one by one: a connection has one caller, seldom more. */
#include "gate_cache.h"

#include <string.h>

_Static_assert(sizeof(struct gate_key) == 49, "keys are compared as bytes");

void route_set_add(struct route_set *set, unsigned route)
{
	set->words[route / 64] |= UINT64_C(1) << route % 64;
}

bool route_set_has(const struct route_set *set, unsigned route)
{
	return (set->words[route / 64] >> route % 64 & 1) != 0;
}

static unsigned place_of(const struct gate_cache *cache, const struct gate_key *key)
{
	unsigned i = 0;

	while (i < cache->n && memcmp(&cache->entries[i].key, key, sizeof *key) != 0)
		i++;
	return i;
}

const struct route_set *gate_cache_find(const struct gate_cache *cache, const struct gate_key *key)
{
	unsigned place = place_of(cache, key);

	return place < cache->n ? &cache->entries[place].routes : NULL;
}

void gate_cache_put(struct gate_cache *cache, const struct gate_key *key, const struct route_set *routes,
		    unsigned epoch)
{
	unsigned place = place_of(cache, key);

	if (epoch != cache->epoch)
		return;
	if (place == GATE_ENTRIES) {
		place = cache->next;
		cache->next = (cache->next + 1) % GATE_ENTRIES;
	} else if (place == cache->n) {
		cache->n++;
	}
	cache->entries[place] = (struct gate_entry){*key, *routes};
}

void gate_cache_forget(struct gate_cache *cache)
{
	*cache = (struct gate_cache){.epoch = cache->epoch + 1};
}
