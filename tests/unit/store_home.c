#include "store_home.h"

#include <check.h>
#include <dirent.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <sodium.h>

struct arena arena;
const uint8_t device[STORE_ID] = {0xde, 0x01}, other_device[STORE_ID] = {0xde, 0x02};

static char home[64];

void home_setup(void)
{
	arena_init(&arena, 256 << 20, 256 << 20);
	strcpy(home, "/dev/shm/chibo-test-XXXXXX"); /* hundreds of synced commits: in memory, if there is such a folder */
	if (mkdtemp(home) == NULL) {
		strcpy(home, "/tmp/chibo-test-XXXXXX");
		ck_assert_ptr_nonnull(mkdtemp(home));
	}
	setenv("XDG_STATE_HOME", home, 1);
	ck_assert_int_ge(sodium_init(), 0);
}

static int remove_entry(const char *path, const struct stat *st, int kind, struct FTW *walk)
{
	(void)st;
	(void)kind;
	(void)walk;
	return remove(path);
}

void home_teardown(void)
{
	ck_assert_int_eq(nftw(home, remove_entry, 8, FTW_DEPTH | FTW_PHYS), 0);
	arena_close(&arena);
}

const char *home_store(void)
{
	return store_path(&arena, "a");
}

void home_create(struct store *store)
{
	enum store_state state = store_create(store, &arena, "a", device);

	ck_assert_msg(state == STORE_OPEN, "%d: %s", (int)state, store->why);
}

void home_open(struct store *store)
{
	enum store_state state = store_open(store, &arena, "a", 0);

	ck_assert_msg(state == STORE_OPEN, "%d: %s", (int)state, store->why);
}

struct op home_op(unsigned n)
{
	struct op op = {.account = n % 2 == 0 ? "thuky" : "bithu", .method = "MeetingService/Record"};
	size_t size = 64 + n % 7 * 300; /* zero bytes are part of it */
	char *body = mem_take(&arena, size);

	snprintf(body, size, "body of operation %u", n);
	op.body = (const uint8_t *)body;
	op.body_len = size;
	memcpy(op.op_id, &n, sizeof(n));
	op.op_id[15] = 0x77;
	op.has_grant = n % 3 == 0;
	op.grant[0] = op.has_grant ? (uint8_t)(n + 1) : 0;
	return op;
}

bool home_put(struct store *store, unsigned n)
{
	struct op op = home_op(n);

	return outbox_put(store, &op);
}

char *home_read(const char *path, size_t *n)
{
	FILE *file = fopen(path, "rb");
	char *bytes;
	long size;

	ck_assert_ptr_nonnull(file);
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	rewind(file);
	bytes = mem_take(&arena, (size_t)size + 1);
	*n = fread(bytes, 1, (size_t)size, file);
	ck_assert_int_eq((long)*n, size);
	fclose(file);
	return bytes;
}

static const char *folder(void)
{
	return mem_format(&arena, "%s/chibo", home);
}

bool home_contains(const char *bytes)
{
	DIR *dir = opendir(folder());
	struct dirent *entry;
	bool found = false;

	while ((entry = readdir(dir)) != NULL) {
		size_t n;
		char *file;

		if (entry->d_name[0] == '.')
			continue;
		file = home_read(mem_format(&arena, "%s/%s", folder(), entry->d_name), &n);
		found = found || memmem(file, n, bytes, strlen(bytes)) != NULL;
	}
	closedir(dir);
	return found;
}

int home_count(const char *part)
{
	DIR *dir = opendir(folder());
	struct dirent *entry;
	int n = 0;

	while (dir != NULL && (entry = readdir(dir)) != NULL)
		n += entry->d_name[0] != '.' && strstr(entry->d_name, part) != NULL;
	if (dir != NULL)
		closedir(dir);
	return n;
}

void home_flip(const char *path, long offset, uint8_t bits)
{
	FILE *file = fopen(path, "r+b");
	int byte;

	ck_assert_ptr_nonnull(file);
	fseek(file, offset, SEEK_SET);
	byte = fgetc(file);
	ck_assert_int_ne(byte, EOF);
	fseek(file, offset, SEEK_SET);
	fputc(byte ^ bits, file);
	fclose(file);
}

int home_fork(void (*child)(void *argument), void *argument)
{
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		child(argument);
		_exit(0);
	}
	ck_assert_int_gt(pid, 0);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	return status;
}
