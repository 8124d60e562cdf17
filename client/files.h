/* Files of the user: configuration and secrets, written whole or not at all. */
#ifndef CHIBO_CLIENT_FILES_H
#define CHIBO_CLIENT_FILES_H

#include <stdbool.h>
#include <stddef.h>

#include "mem.h"
#include "status.h"

enum file_state {
	FILE_READ,
	FILE_ABSENT,
	FILE_TOO_OPEN, /* a secret that others may read */
	FILE_FAILED,   /* errno tells why */
};

/* $XDG_CONFIG_HOME/chibo/NAME and $XDG_STATE_HOME/chibo/NAME. */
char *file_config_path(struct arena *arena, const char *name);
char *file_state_path(struct arena *arena, const char *name);

/* Whole file, with a NUL behind it that `len` does not count. */
enum file_state file_read(struct arena *arena, const char *path, size_t max, char **data,
			  size_t *len) MUST_CHECK;
/* The same, for files that must be 0600 and ours. */
enum file_state file_read_secret(struct arena *arena, const char *path, size_t max, char **data,
				 size_t *len) MUST_CHECK;
/* Holds the file for one program at a time; -1: errno tells why. */
int file_lock(struct arena *arena, const char *path) MUST_CHECK;
void file_unlock(int lock);
/* Those above the file, 0700, where they are missing. */
void file_make_folders(struct arena *arena, const char *path);
/* In place of what was there; on disk when it returns. */
bool file_rename(struct arena *arena, const char *from, const char *path) MUST_CHECK;
/* 0600, flushed to disk, in place of what was there; makes missing folders 0700. */
bool file_write(struct arena *arena, const char *path, const char *data, size_t len) MUST_CHECK;

#endif
