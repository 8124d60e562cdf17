/* Jobs own copies of what they need, so nothing on the loop is touched from a thread. */
#include "hasher.h"

#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "pre.h"

enum job_kind { JOB_CHECK, JOB_CHECK_DUMMY, JOB_MAKE, JOB_PAUSE };

enum { NS_PER_MS = 1000000, NICE = 5 };

/* Lives in sodium_malloc memory, which is locked and fenced. Used again and again, wiped each time: mapping memory
 * waits for threads that are just being given theirs, 64 MiB each, and the loop must not. */
struct hash_job {
	struct list link;
	uv_work_t work;
	uv_timer_t timer; /* of a pause, or of a check that was too quick */
	struct hasher *hasher;
	unsigned long long ops;
	size_t bytes;
	enum job_kind kind;
	enum hash_result result;
	uint64_t deadline;
	uint64_t started_ns;
	hash_done done;
	void *owner;
	char hash[crypto_pwhash_STRBYTES];
	size_t password_len;
	char password[HASHER_PASSWORD_MAX];
};

static void start_waiting(struct hasher *hasher);

/* ---- how long a hash takes ---- */

static void remember_time(struct hasher *hasher, uint64_t ns)
{
	if (hasher->times_stale)
		hasher->n_times = hasher->next_time = 0;
	hasher->times_stale = false;
	hasher->times_ns[hasher->next_time] = ns;
	hasher->next_time = (hasher->next_time + 1) % HASHER_TIMES;
	if (hasher->n_times < HASHER_TIMES)
		hasher->n_times++;
}

/* One of the last times: their spread is imitated as well. */
static uint64_t some_time(const struct hasher *hasher)
{
	PRE(hasher->n_times > 0);
	return hasher->times_ns[randombytes_uniform(hasher->n_times)];
}

/* ---- the work, on a thread ---- */

/* A login may wait; whoever is logged in should not. 5 is a third of the others' share: more of it would starve
 * logins where all processors are busy, and gains nothing. Without the right to it nothing is lost. */
static void step_back(void)
{
	static _Thread_local bool done;

	if (!done)
		(void)setpriority(PRIO_PROCESS, (id_t)gettid(), NICE);
	done = true;
}

static void work(uv_work_t *request)
{
	struct hash_job *job = request->data;
	int rc;

	step_back();
	if (job->kind == JOB_MAKE) {
		rc = crypto_pwhash_str_alg(job->hash, job->password, job->password_len, job->ops, job->bytes,
					   crypto_pwhash_ALG_ARGON2ID13);
		job->result = rc == 0 ? HASH_MADE : HASH_FAILED;
		return;
	}
	rc = crypto_pwhash_str_verify(job->hash, job->password, job->password_len);
	job->result = rc == 0 && job->kind == JOB_CHECK ? HASH_MATCHES : HASH_DIFFERS;
}

/* ---- the end of a job ---- */

static void finish(struct hash_job *job)
{
	struct hasher *hasher = job->hasher;

	job->done(job->owner, job->result, job->result == HASH_MADE ? job->hash : NULL);
	sodium_memzero(job, sizeof *job);
	list_init(&job->link);
	list_append(&hasher->spare, &job->link);
}

static void leave(struct hash_job *job)
{
	struct hasher *hasher = job->hasher;

	hasher->n_running--;
	finish(job);
	start_waiting(hasher);
}

static void on_timer_closed(uv_handle_t *handle)
{
	leave(handle->data);
}

static void on_time(uv_timer_t *timer)
{
	uv_close((uv_handle_t *)timer, on_timer_closed);
}

static void sleep_for(struct hash_job *job, uint64_t ns)
{
	uint64_t ms = (ns + randombytes_uniform(NS_PER_MS)) / NS_PER_MS;

	job->timer.data = job;
	uv_update_time(job->hasher->loop);
	(void)uv_timer_init(job->hasher->loop, &job->timer);
	(void)uv_timer_start(&job->timer, on_time, ms, 0);
}

/* Made when hashes cost less: its owner has not logged in since. */
static bool is_outdated(const struct hash_job *job)
{
	return job->kind == JOB_CHECK &&
	       crypto_pwhash_str_needs_rehash(job->hash, job->ops, job->bytes) != 0;
}

static void work_done(uv_work_t *request, int status)
{
	struct hash_job *job = request->data;
	uint64_t took = uv_hrtime() - job->started_ns, usual = took;

	if (status != 0)
		job->result = HASH_FAILED;
	if (!is_outdated(job))
		remember_time(job->hasher, took);
	else if (job->result == HASH_DIFFERS)
		usual = some_time(job->hasher);
	if (took < usual)
		sleep_for(job, usual - took);
	else
		leave(job);
}

/* ---- the queue ---- */

static void start(struct hash_job *job)
{
	struct hasher *hasher = job->hasher;

	hasher->n_running++;
	if (hasher->n_running > hasher->counters.running_max)
		hasher->counters.running_max = hasher->n_running;
	job->started_ns = uv_hrtime();
	if (job->kind == JOB_PAUSE) {
		hasher->counters.paused++;
		job->result = HASH_DIFFERS;
		sleep_for(job, some_time(hasher));
		return;
	}
	hasher->counters.hashed++;
	job->work.data = job;
	if (uv_queue_work(hasher->loop, &job->work, work, work_done) == 0)
		return;
	hasher->n_running--;
	job->result = HASH_FAILED;
	finish(job);
}

static struct hash_job *take_waiting(struct hasher *hasher)
{
	struct list *node = list_take(&hasher->waiting);

	if (!node)
		return NULL;
	hasher->n_waiting--;
	return CONTAINER_OF(node, struct hash_job, link);
}

static void too_late(struct hash_job *job)
{
	job->hasher->counters.too_late++;
	job->result = HASH_TOO_LATE;
	finish(job);
}

static void start_waiting(struct hasher *hasher)
{
	struct hash_job *job;

	while (hasher->n_running < hasher->config.at_once && (job = take_waiting(hasher)) != NULL) {
		if (uv_now(hasher->loop) < job->deadline)
			start(job);
		else
			too_late(job);
	}
}

void hasher_give_up(struct hasher *hasher)
{
	struct hash_job *job;

	while ((job = take_waiting(hasher)) != NULL)
		too_late(job);
}

bool hasher_enter(struct hasher *hasher)
{
	if (hasher->n_inside >= hasher->config.at_once + hasher->config.waiting_max) {
		hasher->counters.full++;
		return false;
	}
	hasher->n_inside++;
	return true;
}

void hasher_leave(struct hasher *hasher)
{
	PRE(hasher->n_inside > 0);
	hasher->n_inside--;
}

static void line_up(struct hasher *hasher, struct hash_job *job)
{
	list_append(&hasher->waiting, &job->link);
	hasher->n_waiting++;
	if (hasher->n_waiting > hasher->counters.waiting_max)
		hasher->counters.waiting_max = hasher->n_waiting;
}

static struct hash_job *job_new(struct hasher *hasher, enum job_kind kind, const char *password)
{
	struct list *node = list_take(&hasher->spare);
	struct hash_job *job = node ? CONTAINER_OF(node, struct hash_job, link) : sodium_malloc(sizeof *job);
	size_t len = strlen(password);

	PRE(len <= HASHER_PASSWORD_MAX);
	if (!job)
		return NULL;
	memset(job, 0, sizeof *job);
	list_init(&job->link);
	job->hasher = hasher;
	job->ops = hasher->config.ops;
	job->bytes = hasher->config.bytes;
	job->kind = kind;
	job->password_len = len;
	memcpy(job->password, password, len);
	return job;
}

static bool submit(struct hasher *hasher, enum job_kind kind, const char *password, const char *hash,
		   hash_done done, void *owner)
{
	struct hash_job *job = job_new(hasher, kind, password);

	if (!job)
		return false;
	memcpy(job->hash, hash, strnlen(hash, sizeof job->hash - 1));
	job->deadline = uv_now(hasher->loop) + hasher->config.wait_ms;
	job->done = done;
	job->owner = owner;
	if (hasher->n_running < hasher->config.at_once)
		start(job);
	else
		line_up(hasher, job);
	return true;
}

bool hasher_check(struct hasher *hasher, const char *password, const char *hash, hash_done done, void *owner)
{
	return submit(hasher, hash ? JOB_CHECK : JOB_CHECK_DUMMY, password, hash ? hash : hasher->dummy, done, owner);
}

bool hasher_make(struct hasher *hasher, const char *password, hash_done done, void *owner)
{
	return submit(hasher, JOB_MAKE, password, "", done, owner);
}

bool hasher_pause(struct hasher *hasher, hash_done done, void *owner)
{
	return submit(hasher, JOB_PAUSE, "", "", done, owner);
}

/* ---- the whole ---- */

/* The hash of nothing: random bytes under today's parameters. */
static void make_dummy(struct hasher *hasher)
{
	enum { SALT = 16, DIGEST = 32, VARIANT = sodium_base64_VARIANT_ORIGINAL_NO_PADDING };
	uint8_t random[SALT + DIGEST];
	char salt[sodium_base64_ENCODED_LEN(SALT, VARIANT)], digest[sodium_base64_ENCODED_LEN(DIGEST, VARIANT)];

	randombytes_buf(random, sizeof random);
	sodium_bin2base64(salt, sizeof salt, random, SALT, VARIANT);
	sodium_bin2base64(digest, sizeof digest, random + SALT, DIGEST, VARIANT);
	memset(hasher->dummy, 0, sizeof hasher->dummy);
	(void)snprintf(hasher->dummy, sizeof hasher->dummy, "$argon2id$v=19$m=%zu,t=%llu,p=1$%s$%s",
		       hasher->config.bytes / 1024, hasher->config.ops, salt, digest);
}

bool hasher_init(struct hasher *hasher, uv_loop_t *loop, const struct hasher_config *config)
{
	char hash[crypto_pwhash_STRBYTES];
	uint64_t before = uv_hrtime();

	*hasher = (struct hasher){.loop = loop, .config = *config};
	list_init(&hasher->waiting);
	list_init(&hasher->spare);
	make_dummy(hasher);
	if (crypto_pwhash_str_alg(hash, "", 0, config->ops, config->bytes, crypto_pwhash_ALG_ARGON2ID13) != 0)
		return false;
	remember_time(hasher, uv_hrtime() - before);
	return true;
}

void hasher_configure(struct hasher *hasher, const struct hasher_config *config)
{
	bool same = config->ops == hasher->config.ops && config->bytes == hasher->config.bytes;

	hasher->config = *config;
	if (same)
		return;
	make_dummy(hasher);
	hasher->times_stale = true; /* until one has run */
}

void hasher_close(struct hasher *hasher)
{
	struct list *node;

	PRE(hasher->n_inside == 0 && hasher->n_running == 0 && hasher->n_waiting == 0);
	while ((node = list_take(&hasher->spare)) != NULL)
		sodium_free(CONTAINER_OF(node, struct hash_job, link));
}
