/* Files of the user: configuration and secrets, written whole or not at all. */
#include "files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static char *below(struct arena *arena, const char *variable, const char *fallback,
		   const char *name)
{
	const char *base = getenv(variable);
	const char *home = getenv("HOME");

	if (base != NULL && base[0] == '/')
		return mem_format(arena, "%s/chibo/%s", base, name);
	return mem_format(arena, "%s/%s/chibo/%s", home != NULL ? home : "", fallback, name);
}

char *file_config_path(struct arena *arena, const char *name)
{
	return below(arena, "XDG_CONFIG_HOME", ".config", name);
}

char *file_state_path(struct arena *arena, const char *name)
{
	return below(arena, "XDG_STATE_HOME", ".local/state", name);
}

static enum file_state read_all(struct arena *arena, int fd, size_t max, char **data, size_t *len)
{
	struct text all;
	char piece[16384];
	ssize_t n;

	text_init(&all, arena);
	while ((n = read(fd, piece, sizeof(piece))) > 0) {
		text_add(&all, piece, (size_t)n);
		if (all.len > max) {
			errno = EFBIG;
			return FILE_FAILED;
		}
	}
	*data = all.data;
	*len = all.len;
	return n == 0 ? FILE_READ : FILE_FAILED;
}

static enum file_state read_file(struct arena *arena, const char *path, size_t max, bool secret,
				 char **data, size_t *len)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	enum file_state state;
	struct stat st;
	int error;

	if (fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? FILE_ABSENT : FILE_FAILED;
	if (secret && (fstat(fd, &st) != 0 || (st.st_mode & 077) != 0 || st.st_uid != geteuid()))
		state = FILE_TOO_OPEN;
	else
		state = read_all(arena, fd, max, data, len);
	error = errno;
	close(fd);
	errno = error;
	return state;
}

enum file_state file_read(struct arena *arena, const char *path, size_t max, char **data,
			  size_t *len)
{
	return read_file(arena, path, max, false, data, len);
}

enum file_state file_read_secret(struct arena *arena, const char *path, size_t max, char **data,
				 size_t *len)
{
	return read_file(arena, path, max, true, data, len);
}

void file_make_folders(struct arena *arena, const char *path)
{
	char *copy = mem_copy(arena, path, strlen(path));

	for (char *slash = strchr(copy + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		mkdir(copy, 0700); /* what is missing in the end shows when the file is opened */
		*slash = '/';
	}
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return fsync(fd) == 0;
}

static void flush_folder(struct arena *arena, const char *path)
{
	const char *slash = strrchr(path, '/');
	int fd = open(mem_copy(arena, path, slash == NULL ? 0 : (size_t)(slash - path)),
		      O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return;
	fsync(fd);
	close(fd);
}

bool file_rename(struct arena *arena, const char *from, const char *path)
{
	if (rename(from, path) != 0)
		return false;
	flush_folder(arena, path);
	return true;
}

bool file_write(struct arena *arena, const char *path, const char *data, size_t len)
{
	char *next = mem_format(arena, "%s.XXXXXX", path);
	bool done;
	int fd;

	file_make_folders(arena, path);
	fd = mkostemp(next, O_CLOEXEC);
	if (fd < 0)
		return false;
	done = write_all(fd, data, len);
	close(fd);
	done = done && rename(next, path) == 0;
	if (!done)
		unlink(next);
	else
		flush_folder(arena, path);
	return done;
}

/* The file itself is replaced at each write: what is locked stands beside it. */
int file_lock(struct arena *arena, const char *path)
{
	const char *beside = mem_format(arena, "%s.lock", path);
	int fd, error;

	file_make_folders(arena, path);
	fd = open(beside, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (fd < 0 || flock(fd, LOCK_EX) == 0)
		return fd;
	error = errno;
	close(fd);
	errno = error;
	return -1;
}

void file_unlock(int lock)
{
	close(lock);
}
