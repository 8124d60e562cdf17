/* Two tables of the same kind, of names and of networks, under keyed hashes: nobody can choose a bucket. */
#include "throttle.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sodium.h>

#include "list.h"
#include "pre.h"

enum { FIRST_WAIT_MS = 1000 };

/* A name or a network. */
struct subject {
	struct list link; /* of its bucket; alone while unused */
	struct list age;  /* in calm or held, longest unseen first; alone while attempts are under way */
	uint64_t key;
	unsigned under_way;
	unsigned failures, cleared; /* of a name */
	uint64_t failed_at;         /* of a name */
	uint64_t paid_at;           /* of a network: when its bucket is full */
	bool known;                 /* of a network: what it owed before the start is in */
};

struct table {
	struct list *buckets;
	struct subject *subjects;
	unsigned n, n_used;
	struct list calm, held;
};

struct throttle {
	struct throttle_config config;
	uint8_t key[crypto_shorthash_KEYBYTES];
	struct table names, networks;
};

/* ---- tables ---- */

static bool table_init(struct table *table, unsigned n)
{
	table->n = n;
	table->buckets = calloc(n, sizeof *table->buckets);
	table->subjects = calloc(n, sizeof *table->subjects);
	list_init(&table->calm);
	list_init(&table->held);
	for (unsigned i = 0; table->buckets && i < n; i++)
		list_init(&table->buckets[i]);
	return table->buckets && table->subjects;
}

static void table_close(struct table *table)
{
	free(table->buckets);
	free(table->subjects);
}

static struct subject *table_find(const struct table *table, uint64_t key)
{
	const struct list *bucket = &table->buckets[key % table->n];
	struct list *node;

	LIST_EACH(node, bucket) {
		struct subject *subject = CONTAINER_OF(node, struct subject, link);

		if (subject->key == key)
			return subject;
	}
	return NULL;
}

/* One that was never used, or the first to be forgotten. NULL: attempts of all are under way. */
static struct subject *table_spare(struct table *table)
{
	struct list *node;

	if (table->n_used < table->n)
		return &table->subjects[table->n_used++];
	node = list_take(&table->calm);
	if (!node)
		node = list_take(&table->held);
	if (!node)
		return NULL;
	list_remove(&CONTAINER_OF(node, struct subject, age)->link);
	return CONTAINER_OF(node, struct subject, age);
}

/* Finds or makes it. NULL: there is no room. */
static struct subject *table_take(struct table *table, uint64_t key)
{
	struct subject *subject = table_find(table, key);

	if (subject)
		return subject;
	subject = table_spare(table);
	if (!subject)
		return NULL;
	*subject = (struct subject){.key = key};
	list_init(&subject->link);
	list_init(&subject->age);
	list_append(&table->buckets[key % table->n], &subject->link);
	return subject;
}

/* It was seen just now. */
static void table_age(struct table *table, struct subject *subject, bool held)
{
	list_remove(&subject->age);
	if (subject->under_way == 0)
		list_append(held ? &table->held : &table->calm, &subject->age);
}

static uint64_t key_of(const struct throttle *throttle, const char *text)
{
	uint8_t hash[crypto_shorthash_BYTES];
	uint64_t key;

	_Static_assert(sizeof hash == sizeof key, "one word");
	crypto_shorthash(hash, (const uint8_t *)text, strlen(text), throttle->key);
	memcpy(&key, hash, sizeof key);
	return key;
}

/* ---- networks ---- */

void throttle_network(const char *address, char network[static THROTTLE_NETWORK])
{
	char text[INET6_ADDRSTRLEN];
	uint8_t bytes[16] = {0};

	if (inet_pton(AF_INET, address, bytes) == 1) {
		bytes[3] = 0;
		(void)inet_ntop(AF_INET, bytes, text, sizeof text);
		(void)snprintf(network, THROTTLE_NETWORK, "%s/24", text);
	} else if (inet_pton(AF_INET6, address, bytes) == 1) {
		memset(bytes + 8, 0, 8);
		(void)inet_ntop(AF_INET6, bytes, text, sizeof text);
		(void)snprintf(network, THROTTLE_NETWORK, "%s/64", text);
	} else {
		(void)snprintf(network, THROTTLE_NETWORK, "%s", address);
	}
}

static uint64_t owes(const struct subject *network, uint64_t now)
{
	return network->paid_at > now ? network->paid_at - now : 0;
}

static uint64_t credit(const struct throttle *throttle)
{
	return (uint64_t)throttle->config.source_burst * throttle->config.source_interval_ms;
}

static enum throttle_verdict busy(struct attempt *attempt, uint64_t retry_after_ms)
{
	attempt->retry_after_ms = retry_after_ms < UINT32_MAX ? (unsigned)retry_after_ms : UINT32_MAX;
	return THROTTLE_BUSY;
}

static void age_network(struct throttle *throttle, struct subject *network, uint64_t now)
{
	table_age(&throttle->networks, network,
		  owes(network, now) + throttle->config.source_interval_ms > credit(throttle));
}

enum throttle_verdict throttle_begin(struct throttle *throttle, struct attempt *attempt, const char *address,
				     uint64_t now)
{
	uint64_t cost = throttle->config.source_interval_ms;
	struct subject *network;

	*attempt = (struct attempt){.stage = ATTEMPT_NONE};
	throttle_network(address, attempt->network);
	attempt->source_key = key_of(throttle, attempt->network);
	network = table_take(&throttle->networks, attempt->source_key);
	if (!network)
		return busy(attempt, FIRST_WAIT_MS);
	if (owes(network, now) + cost > credit(throttle)) {
		age_network(throttle, network, now);
		return busy(attempt, owes(network, now) + cost - credit(throttle));
	}
	network->paid_at = now + owes(network, now) + cost;
	network->under_way++;
	age_network(throttle, network, now);
	attempt->stage = ATTEMPT_PAID;
	return THROTTLE_MAY_TRY;
}

/* What was owed before a restart comes on top of what is owed since. */
static bool network_may(struct throttle *throttle, const struct attempt *attempt, uint64_t before, uint64_t now)
{
	struct subject *network = table_find(&throttle->networks, attempt->source_key);

	PRE(network); /* an attempt of its own is under way */
	if (network->known)
		return true;
	network->known = true;
	network->paid_at = now + owes(network, now) + before;
	return owes(network, now) <= credit(throttle);
}

static void end_network(struct throttle *throttle, const struct attempt *attempt, bool give_back, uint64_t now)
{
	struct subject *network = table_find(&throttle->networks, attempt->source_key);
	uint64_t cost = throttle->config.source_interval_ms;

	PRE(network && network->under_way > 0);
	network->under_way--;
	if (give_back)
		network->paid_at -= owes(network, now) < cost ? owes(network, now) : cost;
	age_network(throttle, network, now);
}

/* ---- names ---- */

static uint64_t wait_after(const struct throttle_config *config, unsigned failures)
{
	unsigned doublings = failures - config->free_failures;
	uint64_t wait = doublings < 32 ? (uint64_t)FIRST_WAIT_MS << doublings : UINT64_MAX;

	return wait < config->wait_max_ms ? wait : config->wait_max_ms;
}

/* The later of two memories: what was forgiven outweighs what failed before. */
static void learn(struct subject *name, const struct throttle_record *record, uint64_t now)
{
	uint64_t failed_at = record->failed_ago_ms < now ? now - record->failed_ago_ms : 0;

	if (record->cleared < name->cleared ||
	    (record->cleared == name->cleared && record->failures <= name->failures))
		return;
	name->cleared = record->cleared;
	name->failures = record->failures;
	name->failed_at = failed_at;
}

static enum throttle_verdict judge(const struct throttle_config *config, const struct subject *name,
				   struct attempt *attempt, uint64_t now)
{
	if (name->failures >= THROTTLE_BLOCKED_AT)
		return THROTTLE_MUST_FAIL;
	if (name->failures >= config->free_failures)
		return name->under_way > 0 || now < name->failed_at + wait_after(config, name->failures)
			       ? THROTTLE_MUST_FAIL
			       : THROTTLE_MAY_TRY;
	/* not held back yet: a right password must not look wrong for its fellows' sake */
	return name->failures + name->under_way >= config->free_failures ? busy(attempt, FIRST_WAIT_MS)
									   : THROTTLE_MAY_TRY;
}

static void age_name(struct throttle *throttle, struct subject *name)
{
	table_age(&throttle->names, name, name->failures >= throttle->config.free_failures);
}

enum throttle_verdict throttle_know(struct throttle *throttle, struct attempt *attempt, const char *name,
				    const struct throttle_record *record, uint64_t now)
{
	enum throttle_verdict verdict;
	struct subject *subject;

	PRE(attempt->stage == ATTEMPT_PAID);
	attempt->name_key = key_of(throttle, name);
	if (!network_may(throttle, attempt, record->source_owes_ms, now))
		return busy(attempt, record->source_owes_ms);
	subject = table_take(&throttle->names, attempt->name_key);
	if (!subject)
		return busy(attempt, FIRST_WAIT_MS);
	learn(subject, record, now);
	verdict = judge(&throttle->config, subject, attempt, now);
	if (verdict == THROTTLE_MAY_TRY) {
		subject->under_way++;
		attempt->stage = ATTEMPT_TRYING;
	}
	age_name(throttle, subject);
	return verdict;
}

static void end_name(struct throttle *throttle, const struct attempt *attempt, enum throttle_outcome outcome,
		     uint64_t now)
{
	struct subject *name = table_find(&throttle->names, attempt->name_key);

	PRE(name && name->under_way > 0);
	name->under_way--;
	if (outcome == THROTTLE_FAILED) {
		name->failures++;
		name->failed_at = now;
	} else if (outcome == THROTTLE_PASSED) {
		name->failures = 0;
	}
	age_name(throttle, name);
}

void throttle_end(struct throttle *throttle, struct attempt *attempt, enum throttle_outcome outcome, uint64_t now)
{
	if (attempt->stage == ATTEMPT_NONE)
		return;
	end_network(throttle, attempt, outcome == THROTTLE_UNTRIED || outcome == THROTTLE_PASSED, now);
	if (attempt->stage == ATTEMPT_TRYING)
		end_name(throttle, attempt, outcome, now);
	attempt->stage = ATTEMPT_NONE;
}

/* ---- the whole ---- */

struct throttle *throttle_new(const struct throttle_config *config)
{
	struct throttle *throttle = calloc(1, sizeof *throttle);

	if (!throttle)
		return NULL;
	throttle->config = *config;
	crypto_shorthash_keygen(throttle->key);
	if (table_init(&throttle->names, config->subjects_max) &&
	    table_init(&throttle->networks, config->subjects_max))
		return throttle;
	throttle_free(throttle);
	return NULL;
}

void throttle_configure(struct throttle *throttle, const struct throttle_config *config)
{
	throttle->config = *config;
}

void throttle_free(struct throttle *throttle)
{
	if (!throttle)
		return;
	table_close(&throttle->names);
	table_close(&throttle->networks);
	free(throttle);
}
