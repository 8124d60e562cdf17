/* The key file: lines "hash HEX", once, and "key ID HEX", ids growing; # begins a comment. */
#include "seal_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

enum { FILE_SIZE_MAX = 16 * 1024, HEX = 2 * SEAL_KEY, LINE_MAX_LEN = 16 + HEX };

static const char header[] = "# Keys of the sealed fields. Whoever has this file and the database reads everything;\n"
			     "# without it nobody does. Keep a copy apart from the backups of the database.\n";

static bool fail(struct seal_error *error, const char *path, const char *what)
{
	(void)snprintf(error->text, sizeof error->text, "%.180s: %.70s", path, what);
	return false;
}

/* ---- reading; the text lies in guarded memory from the first byte on ---- */

struct reader {
	const char *path;
	struct seal_error *error;
	struct seal_ring *ring;
	unsigned line;
	bool has_hash;
};

static bool fail_line(struct reader *reader, const char *what)
{
	(void)snprintf(reader->error->text, sizeof reader->error->text, "%s:%u: %s", reader->path, reader->line,
		       what);
	return false;
}

static bool is_private(int fd, const char *path, struct seal_error *error)
{
	struct stat about;

	if (fstat(fd, &about) != 0)
		return fail(error, path, strerror(errno));
	if (!S_ISREG(about.st_mode) || (about.st_mode & 077) != 0)
		return fail(error, path, "not a regular file, or open to others: chmod 600");
	return true;
}

static bool read_all(int fd, char *text, size_t *len)
{
	ssize_t n;

	*len = 0;
	while (*len < FILE_SIZE_MAX && (n = read(fd, text + *len, FILE_SIZE_MAX - *len)) != 0) {
		if (n > 0)
			*len += (size_t)n;
		else if (errno != EINTR)
			return false;
	}
	text[*len] = '\0';
	errno = EFBIG;
	return *len < FILE_SIZE_MAX;
}

/* NULL: the error says why. */
static char *read_text(const char *path, size_t *len, struct seal_error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *text = NULL;

	if (fd < 0) {
		(void)fail(error, path, strerror(errno));
		return NULL;
	}
	if (is_private(fd, path, error)) {
		text = sodium_malloc(FILE_SIZE_MAX + 1);
		if (!text || !read_all(fd, text, len)) {
			(void)fail(error, path, text ? strerror(errno) : "out of memory");
			sodium_free(text);
			text = NULL;
		}
	}
	(void)close(fd);
	return text;
}

static bool read_hex(struct reader *reader, const char *hex, uint8_t bytes[static SEAL_KEY])
{
	size_t n;

	if (strlen(hex) != HEX || sodium_hex2bin(bytes, SEAL_KEY, hex, HEX, NULL, &n, NULL) != 0 || n != SEAL_KEY)
		return fail_line(reader, "a key is 64 hexadecimal digits");
	return true;
}

static bool read_key(struct reader *reader, const char *text)
{
	struct seal_ring *ring = reader->ring;
	struct seal_key *key = &ring->keys[ring->n];
	char *end;
	unsigned long id = *text >= '1' && *text <= '9' ? strtoul(text, &end, 10) : 0;

	if (id == 0 || id > INT32_MAX || *end != ' ')
		return fail_line(reader, "a key has an id from 1 on");
	if (ring->n == SEAL_KEYS_MAX)
		return fail_line(reader, "too many keys");
	if (ring->n > 0 && id <= ring->keys[ring->n - 1].id)
		return fail_line(reader, "key ids must grow");
	key->id = (uint32_t)id;
	if (!read_hex(reader, end + 1, key->bytes))
		return false;
	ring->n++;
	return true;
}

static bool read_line(struct reader *reader, const char *line)
{
	if (*line == '\0' || *line == '#')
		return true;
	if (strncmp(line, "key ", 4) == 0)
		return read_key(reader, line + 4);
	if (strncmp(line, "hash ", 5) != 0)
		return fail_line(reader, "neither 'key ID HEX' nor 'hash HEX'");
	if (reader->has_hash)
		return fail_line(reader, "a second hash key");
	reader->has_hash = true;
	return read_hex(reader, line + 5, reader->ring->hash_key);
}

static bool read_lines(struct reader *reader, char *text, size_t len)
{
	if (strlen(text) != len)
		return fail(reader->error, reader->path, "not a text");
	for (char *line = text, *next; line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		reader->line++;
		if (!read_line(reader, line))
			return false;
	}
	if (reader->ring->n == 0 || !reader->has_hash)
		return fail(reader->error, reader->path, "needs a 'key' and a 'hash' line: chibod make-seal-key");
	return true;
}

/* Uses up the text. */
static struct seal_ring *parse(char *text, size_t len, const char *path, struct seal_error *error)
{
	struct seal_ring *ring = sodium_malloc(sizeof *ring);
	struct reader reader = {.path = path, .error = error, .ring = ring};

	if (ring) {
		memset(ring, 0, sizeof *ring);
		if (read_lines(&reader, text, len)) {
			(void)sodium_mprotect_readonly(ring);
			return ring;
		}
	} else {
		(void)fail(error, path, "out of memory");
	}
	sodium_free(ring);
	return NULL;
}

struct seal_ring *seal_ring_read(const char *path, struct seal_error *error)
{
	size_t len;
	char *text = read_text(path, &len, error);
	struct seal_ring *ring = text ? parse(text, len, path, error) : NULL;

	sodium_free(text);
	return ring;
}

/* ---- writing ---- */

static size_t add_text(char *text, size_t len, const char *more)
{
	size_t n = strlen(more);

	memcpy(text + len, more, n + 1);
	return len + n;
}

static size_t add_random(char *text, size_t len)
{
	uint8_t bytes[SEAL_KEY];

	randombytes_buf(bytes, sizeof bytes);
	sodium_bin2hex(text + len, HEX + 1, bytes, sizeof bytes);
	sodium_memzero(bytes, sizeof bytes);
	return add_text(text, len + HEX, "\n");
}

/* Puts the next key behind `text`, which has room for it. */
static size_t add_key(char *text, size_t len, uint32_t id)
{
	char start[24];

	(void)snprintf(start, sizeof start, "key %u ", id);
	return add_random(text, add_text(text, len, start));
}

static size_t first_text(char *text)
{
	size_t len = add_text(text, 0, header);

	len = add_random(text, add_text(text, len, "hash "));
	return add_key(text, len, 1);
}

/* The old text with one more key; 0: the error says why. */
static size_t next_text(char *text, const char *path, uint32_t *id, struct seal_error *error)
{
	struct seal_ring *ring = seal_ring_read(path, error);
	size_t len = 0;
	char *old;

	if (!ring)
		return 0;
	*id = ring->keys[ring->n - 1].id + 1;
	if (ring->n == SEAL_KEYS_MAX)
		(void)fail(error, path, "too many keys");
	else if ((old = read_text(path, &len, error)) != NULL) {
		memcpy(text, old, len);
		len = text[len - 1] == '\n' ? len : add_text(text, len, "\n");
		len = add_key(text, len, *id);
		sodium_free(old);
	}
	sodium_free(ring);
	return len;
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno != EINTR)
			return false;
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
	return fsync(fd) == 0;
}

/* The owner stays who he was: root may add a key to the server's file. */
static bool keep_owner(int fd, const char *path)
{
	struct stat old;

	if (stat(path, &old) != 0)
		return errno == ENOENT;
	return old.st_uid == geteuid() || fchown(fd, old.st_uid, old.st_gid) == 0;
}

/* A new name is on disk once its directory is. */
static bool sync_directory(const char *path)
{
	const char *slash = strrchr(path, '/');
	char directory[4096];
	int fd;
	bool ok;

	(void)snprintf(directory, sizeof directory, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : ".");
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ok = fd >= 0 && fsync(fd) == 0;
	if (fd >= 0)
		(void)close(fd);
	return ok;
}

/* Beside the file first: O_EXCL keeps two of us apart. */
static bool replace(const char *path, const char *text, size_t len, struct seal_error *error)
{
	char fresh[4096];
	int fd, why;
	bool ok;

	(void)snprintf(fresh, sizeof fresh, "%s.new", path);
	fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0)
		return fail(error, fresh, strerror(errno));
	ok = keep_owner(fd, path) && write_all(fd, text, len);
	ok = close(fd) == 0 && ok && rename(fresh, path) == 0 && sync_directory(path);
	if (ok)
		return true;
	why = errno;
	(void)unlink(fresh);
	return fail(error, path, strerror(why));
}

bool seal_keys_make(const char *path, uint32_t *id, struct seal_error *error)
{
	char *text = sodium_malloc(FILE_SIZE_MAX + LINE_MAX_LEN + 2);
	size_t len;
	bool ok;

	if (!text)
		return fail(error, path, "out of memory");
	*id = 1;
	len = access(path, F_OK) == 0 ? next_text(text, path, id, error) : first_text(text);
	ok = len > 0 && replace(path, text, len, error);
	sodium_free(text);
	return ok;
}
