/* Jobs own copies of what they need, so nothing on the loop is touched from a thread. */
#include "hasher.h"

#include <string.h>

#include "pre.h"

enum job_kind { JOB_CHECK, JOB_CHECK_DUMMY, JOB_MAKE };

/* Lives in sodium_malloc memory, zeroed when freed. */
struct hash_job {
	struct list link;
	uv_work_t work;
	struct hasher *hasher;
	struct hasher_config config;
	enum job_kind kind;
	enum hash_result result;
	uint64_t deadline;
	hash_done done;
	void *owner;
	char hash[crypto_pwhash_STRBYTES];
	size_t password_len;
	char password[];
};

static void start_waiting(struct hasher *hasher);

/* On a thread. */
static void work(uv_work_t *request)
{
	struct hash_job *job = request->data;
	int rc;

	if (job->kind == JOB_MAKE) {
		rc = crypto_pwhash_str_alg(job->hash, job->password, job->password_len, job->config.ops,
					   job->config.bytes, crypto_pwhash_ALG_ARGON2ID13);
		job->result = rc == 0 ? HASH_MADE : HASH_FAILED;
		return;
	}
	rc = crypto_pwhash_str_verify(job->hash, job->password, job->password_len);
	job->result = rc == 0 && job->kind == JOB_CHECK ? HASH_MATCHES : HASH_DIFFERS;
}

static void finish(struct hash_job *job)
{
	job->done(job->owner, job->result, job->result == HASH_MADE ? job->hash : NULL);
	sodium_free(job);
}

static void work_done(uv_work_t *request, int status)
{
	struct hash_job *job = request->data;
	struct hasher *hasher = job->hasher;

	if (status != 0)
		job->result = HASH_FAILED;
	hasher->n_running--;
	finish(job);
	start_waiting(hasher);
}

static void start(struct hash_job *job)
{
	struct hasher *hasher = job->hasher;

	hasher->n_running++;
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

static struct hash_job *job_new(struct hasher *hasher, enum job_kind kind, const char *password)
{
	size_t len = strlen(password);
	size_t size = (sizeof(struct hash_job) + len + 1 + 15) & ~(size_t)15; /* sodium aligns the end */
	struct hash_job *job = sodium_malloc(size);

	if (!job)
		return NULL;
	memset(job, 0, size);
	list_init(&job->link);
	job->hasher = hasher;
	job->config = hasher->config;
	job->kind = kind;
	job->password_len = len;
	memcpy(job->password, password, len);
	return job;
}

static bool submit(struct hasher *hasher, struct hash_job *job, uint64_t deadline, hash_done done, void *owner)
{
	if (!job)
		return false;
	job->deadline = deadline;
	job->done = done;
	job->owner = owner;
	if (hasher->n_running < hasher->config.at_once) {
		start(job);
		return true;
	}
	if (hasher->n_waiting >= hasher->config.waiting_max) {
		sodium_free(job);
		return false;
	}
	list_append(&hasher->waiting, &job->link);
	hasher->n_waiting++;
	return true;
}

bool hasher_check(struct hasher *hasher, const char *password, const char *hash, uint64_t deadline,
		  hash_done done, void *owner)
{
	struct hash_job *job = job_new(hasher, hash ? JOB_CHECK : JOB_CHECK_DUMMY, password);
	const char *checked = hash ? hash : hasher->dummy;

	if (job)
		memcpy(job->hash, checked, strnlen(checked, sizeof job->hash - 1));
	return submit(hasher, job, deadline, done, owner);
}

bool hasher_make(struct hasher *hasher, const char *password, uint64_t deadline, hash_done done, void *owner)
{
	return submit(hasher, job_new(hasher, JOB_MAKE, password), deadline, done, owner);
}

bool hasher_init(struct hasher *hasher, uv_loop_t *loop)
{
	char random[32];

	hasher->loop = loop;
	list_init(&hasher->waiting);
	randombytes_buf(random, sizeof random);
	return crypto_pwhash_str_alg(hasher->dummy, random, sizeof random, hasher->config.ops,
				     hasher->config.bytes, crypto_pwhash_ALG_ARGON2ID13) == 0;
}

void hasher_close(struct hasher *hasher)
{
	PRE(hasher->n_running == 0 && hasher->n_waiting == 0);
}
