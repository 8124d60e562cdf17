/* The other end of the admin socket: one command, one answer, blocking; and one-time codes. */
#include "admin_ask.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <sysexits.h>
#include <unistd.h>

#include <sodium.h>

#include "admin.h"
#include "chibo/v1/envelope.pb-c.h"
#include "constant.h"
#include "frame.h"
#include "internal.pb-c.h"
#include "notice.h"
#include "wire_check.h"

enum {
	CODE_BYTES = 15, /* 120 bits */
	ANSWER_TIMEOUT_S = 60,
};

/* Base32 of Crockford, which has no I, L, O and U. The server knows the hash of this very text. */
static void make_code(char text[static ADMIN_CODE])
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	uint8_t code[CODE_BYTES];
	char *out = text;

	randombytes_buf(code, sizeof code);
	for (unsigned bit = 0; bit < CODE_BYTES * 8; bit += 5) {
		/* Five bits may reach into the next byte. */
		unsigned next = bit / 8 + 1 < CODE_BYTES ? code[bit / 8 + 1] : 0;
		unsigned window = (unsigned)code[bit / 8] << 8 | next;

		if (bit > 0 && bit % 20 == 0)
			*out++ = '-';
		*out++ = digits[window >> (11 - bit % 8) & 31];
	}
	*out = '\0';
	sodium_memzero(code, sizeof code);
}

/* ---- The exchange, blocking ---- */

static int connect_to(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct timeval patience = {.tv_sec = ANSWER_TIMEOUT_S};
	int fd = -1;

	if (strlen(path) >= sizeof address.sun_path) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
	if (connect(fd, (struct sockaddr *)&address, sizeof address) != 0) {
		int saved = errno;

		close(fd);
		errno = saved;
		return -1;
	}
	return fd;
}

static bool write_all(int fd, const uint8_t *bytes, size_t n)
{
	while (n > 0) {
		ssize_t written = send(fd, bytes, n, MSG_NOSIGNAL);

		if (written < 0 && errno != EINTR)
			return false;
		if (written > 0) {
			bytes += written;
			n -= (size_t)written;
		}
	}
	return true;
}

static bool read_frame(int fd, struct frame_reader *reader)
{
	enum frame_state state = FRAME_PARTIAL;
	uint8_t bytes[NOTICE_MAX];
	size_t used;

	while (state == FRAME_PARTIAL) {
		ssize_t n = read(fd, bytes, sizeof bytes);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		state = frame_push(reader, bytes, (size_t)n, &used);
	}
	return state == FRAME_READY;
}

/* Returns the length of the frame, or 0 if it is too long. */
static size_t pack(uint8_t frame[static ADMIN_FRAME_MAX], const char *command,
		   const ProtobufCMessage *request)
{
	Chibo__Internal__AdminRequest envelope = CHIBO__INTERNAL__ADMIN_REQUEST__INIT;
	uint8_t body[ADMIN_FRAME_MAX];
	size_t len = protobuf_c_message_get_packed_size(request);

	if (len > sizeof body)
		return 0;
	protobuf_c_message_pack(request, body);
	envelope.command = constant(command);
	envelope.has_body = 1;
	envelope.body = (ProtobufCBinaryData){len, body};
	len = chibo__internal__admin_request__get_packed_size(&envelope);
	if (len > ADMIN_FRAME_MAX - FRAME_HEADER)
		return 0;
	frame_put_length(frame, len);
	chibo__internal__admin_request__pack(&envelope, frame + FRAME_HEADER);
	return FRAME_HEADER + len;
}

/* ---- The answer ---- */

static int print_status(const Chibo__V1__Status *status)
{
	fprintf(stderr, "chibod: refused: %s %s", status_name((enum status)status->code),
		status->rule ? status->rule : "");
	if (status->field)
		fprintf(stderr, " (%s)", status->field);
	for (size_t i = 0; i < status->n_params; i++)
		fprintf(stderr, " %s=%s", status->params[i]->name ? status->params[i]->name : "",
			status->params[i]->value ? status->params[i]->value : "");
	fputc('\n', stderr);
	return status->code == STATUS_INVALID_ARGUMENT ? EX_USAGE : EX_UNAVAILABLE;
}

static void keep_params(struct refusal *answer, const Chibo__V1__Status *status)
{
	refusal_set(answer, STATUS_OK, "", NULL);
	for (size_t i = 0; i < status->n_params; i++)
		refusal_param(answer, status->params[i]->name, "%s", status->params[i]->value);
}

static int judge(const struct frame_reader *reader, struct refusal *answer)
{
	const struct wire_limits limits = {.depth = 4, .elements = 64, .unknown = 16};
	Chibo__V1__Reply *reply = NULL;
	struct refusal malformed;
	int code = EX_OK;

	if (wire_check(&chibo__v1__reply__descriptor, reader->data, reader->len, &limits,
		       &malformed))
		reply = chibo__v1__reply__unpack(NULL, reader->len, reader->data);
	if (!reply) {
		fputs("chibod: the answer is no message of ours\n", stderr);
		return EX_PROTOCOL;
	}
	if (reply->status && reply->status->code == STATUS_OK && answer)
		keep_params(answer, reply->status);
	else if (reply->status)
		code = print_status(reply->status);
	chibo__v1__reply__free_unpacked(reply, NULL);
	return code;
}

static int exchange(const char *path, const uint8_t *frame, size_t len, struct refusal *answer)
{
	struct frame_reader reader;
	int code = EX_IOERR;
	int fd = connect_to(path);

	if (fd < 0) {
		fprintf(stderr, "chibod: %s: %s (is the server running?)\n", path, strerror(errno));
		return EX_UNAVAILABLE;
	}
	frame_reader_init(&reader, NOTICE_MAX);
	if (write_all(fd, frame, len) && read_frame(fd, &reader))
		code = judge(&reader, answer);
	else
		fputs("chibod: the server closed the connection; its log says why\n", stderr);
	frame_reader_close(&reader);
	close(fd);
	return code;
}

int admin_ask_for(const char *path, const char *command, const ProtobufCMessage *request, struct refusal *answer)
{
	uint8_t frame[ADMIN_FRAME_MAX];
	size_t len = pack(frame, command, request);

	if (len > 0)
		return exchange(path, frame, len, answer);
	fputs("chibod: the texts are too long\n", stderr);
	return EX_USAGE;
}

int admin_ask(const char *path, const char *command, const ProtobufCMessage *request)
{
	return admin_ask_for(path, command, request, NULL);
}

/* ---- One-time codes ---- */

void admin_code_make(char code[static ADMIN_CODE], uint8_t hash[static ADMIN_CODE_HASH])
{
	make_code(code);
	crypto_hash_sha256(hash, (const uint8_t *)code, strlen(code));
}

int admin_code_show(char code[static ADMIN_CODE], const char *login_name, int result)
{
	if (result == EX_OK) {
		printf("%s\n", code);
		fprintf(stderr, "This code is shown once and works once: chibo login --redeem %s\n", login_name);
	}
	sodium_memzero(code, ADMIN_CODE);
	return result;
}
