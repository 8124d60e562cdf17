/* Builds the frames of the workloads and fills their holes. */
#include "load_request.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "chibo/v1/envelope.pb-c.h"
#include "chibo/v1/member.pb-c.h"
#include "chibo/v1/person.pb-c.h"
#include "chibo/v1/session.pb-c.h"
#include "frame.h"

enum {
	ID_LEN = 16,
	BIOGRAPHY_LEN = 9,
	LINES = 1000,
	/* Request.id is the first field of the envelope: header, tag, then a varint that has five bytes for
	 * every number from ID_BASE on. */
	ID_AT = FRAME_HEADER + 1,
	ID_BYTES = 5,
};

static const uint64_t ID_BASE = 1U << 28;

const char workload_names[] = "get list create import";

enum hole_kind {
	HOLE_FRESH,     /* a new UUIDv7 */
	HOLE_PICK,      /* a seeded id */
	HOLE_BIOGRAPHY, /* a new biography number */
};

struct hole {
	size_t at;
	enum hole_kind kind;
};

/* What holes are packed as, so that they can be found in the frame; no real value looks like this. */
static uint8_t fresh_mark[] = "\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1\xf1";
static uint8_t pick_mark[] = "\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2\xf2";
static char biography_mark[] = "000000???";

static const struct mark {
	const void *bytes;
	size_t len;
} marks[] = {
	[HOLE_FRESH] = {fresh_mark, ID_LEN},
	[HOLE_PICK] = {pick_mark, ID_LEN},
	[HOLE_BIOGRAPHY] = {biography_mark, BIOGRAPHY_LEN},
};

/* ---- values ---- */

/* splitmix64; seeded once, so that two runs never make the same ids. */
static uint64_t random_bits(void)
{
	static uint64_t state;
	uint64_t z;

	while (state == 0)
		(void)!getrandom(&state, sizeof state, 0);
	z = (state += 0x9e3779b97f4a7c15U);
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
	return z ^ (z >> 31);
}

static uint64_t clock_us(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void put_big_endian(uint8_t *out, uint64_t value, unsigned n)
{
	for (unsigned i = n; i-- > 0; value >>= 8)
		out[i] = (uint8_t)value;
}

static void put_uuid7(uint8_t out[ID_LEN])
{
	put_big_endian(out, clock_us() / 1000, 6);
	put_big_endian(out + 6, random_bits(), 2);
	put_big_endian(out + 8, random_bits(), 8);
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x70);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
}

static void put_seeded_id(uint8_t out[ID_LEN], uint64_t number)
{
	for (unsigned i = ID_LEN; i-- > 0; number /= 100)
		out[i] = (uint8_t)(number / 10 % 10 << 4 | number % 10);
}

/* Six digits and three letters; starts with the clock, so that runs do not meet. */
static void put_biography(uint8_t out[BIOGRAPHY_LEN])
{
	static uint64_t next;
	uint64_t value;

	if (next == 0)
		next = clock_us();
	value = next++;
	for (unsigned i = 6; i-- > 0; value /= 10)
		out[i] = (uint8_t)('0' + value % 10);
	for (unsigned i = 6; i < BIOGRAPHY_LEN; i++, value /= 26)
		out[i] = (uint8_t)('A' + value % 26);
}

static void fill(const struct request *request, const struct hole *hole)
{
	uint8_t *out = request->frame + hole->at;

	switch (hole->kind) {
	case HOLE_FRESH: put_uuid7(out); break;
	case HOLE_PICK: put_seeded_id(out, request->pick_first + random_bits() % request->pick_count); break;
	case HOLE_BIOGRAPHY: put_biography(out); break;
	}
}

void request_renew(struct request *request, uint64_t number)
{
	uint64_t id = ID_BASE + number;

	for (unsigned i = 0; i < ID_BYTES; i++, id >>= 7)
		request->frame[ID_AT + i] = (uint8_t)((id & 0x7f) | (i + 1 < ID_BYTES ? 0x80 : 0));
	for (size_t i = 0; i < request->n_holes; i++)
		fill(request, &request->holes[i]);
}

/* ---- frames ---- */

static bool add_hole(struct request *request, size_t at, enum hole_kind kind)
{
	if ((request->n_holes & (request->n_holes - 1)) == 0) { /* full at every power of two */
		size_t room = request->n_holes ? 2 * request->n_holes : 1;
		struct hole *holes = realloc(request->holes, room * sizeof *holes);

		if (!holes)
			return false;
		request->holes = holes;
	}
	request->holes[request->n_holes++] = (struct hole){at, kind};
	return true;
}

static bool find_holes(struct request *request, enum hole_kind kind)
{
	const struct mark *mark = &marks[kind];
	const uint8_t *at = request->frame, *end = at + request->len;

	while ((at = memmem(at, (size_t)(end - at), mark->bytes, mark->len))) {
		if (!add_hole(request, (size_t)(at - request->frame), kind))
			return false;
		at += mark->len;
	}
	return true;
}

static bool pack_frame(struct request *request, const Chibo__V1__Request *envelope)
{
	size_t len = chibo__v1__request__get_packed_size(envelope);

	request->len = FRAME_HEADER + len;
	request->frame = malloc(request->len);
	if (!request->frame)
		return false;
	frame_put_length(request->frame, len);
	(void)chibo__v1__request__pack(envelope, request->frame + FRAME_HEADER);
	return find_holes(request, HOLE_FRESH) && find_holes(request, HOLE_PICK) &&
	       find_holes(request, HOLE_BIOGRAPHY);
}

static char *constant(const char *text)
{
	return (char *)(uintptr_t)text; /* generated structs have no const; packing only reads */
}

static ProtobufCBinaryData id_bytes(uint8_t *bytes)
{
	return (ProtobufCBinaryData){ID_LEN, bytes};
}

struct exchange {
	const char *method;
	const uint8_t *token; /* NULL: before login */
	bool is_write;
};

static bool build(struct request *request, const struct exchange *exchange, const ProtobufCMessage *body)
{
	Chibo__V1__Request envelope = CHIBO__V1__REQUEST__INIT;
	bool ok = false;

	envelope.has_id = 1;
	envelope.id = ID_BASE;
	envelope.method = constant(exchange->method);
	envelope.has_token = exchange->token != NULL;
	envelope.token = (ProtobufCBinaryData){TOKEN_LEN, (uint8_t *)(uintptr_t)exchange->token};
	envelope.has_op_id = exchange->is_write;
	envelope.op_id = id_bytes(fresh_mark);
	envelope.has_body = 1;
	envelope.body.len = protobuf_c_message_get_packed_size(body);
	envelope.body.data = malloc(envelope.body.len + 1);
	if (envelope.body.data) {
		(void)protobuf_c_message_pack(body, envelope.body.data);
		ok = pack_frame(request, &envelope);
	}
	free(envelope.body.data);
	return ok;
}

bool request_init_hello(struct request *request)
{
	Chibo__V1__SessionHelloRequest body = CHIBO__V1__SESSION_HELLO_REQUEST__INIT;

	*request = (struct request){0};
	body.has_protocol_min = body.has_protocol_max = 1;
	body.protocol_min = body.protocol_max = 1;
	body.program = constant("chibo_load");
	return build(request, &(struct exchange){"SessionService/Hello", NULL, false}, &body.base);
}

bool request_init_whoami(struct request *request, const uint8_t token[static TOKEN_LEN])
{
	Chibo__V1__SessionWhoAmIRequest body = CHIBO__V1__SESSION_WHO_AM_IREQUEST__INIT;

	*request = (struct request){0};
	return build(request, &(struct exchange){"SessionService/WhoAmI", token, false}, &body.base);
}

/* ---- workloads ---- */

/* One member by id. */
static bool build_get(struct request *request, const struct workload *workload)
{
	Chibo__V1__MemberGetRequest body = CHIBO__V1__MEMBER_GET_REQUEST__INIT;

	body.has_id = 1;
	body.id = id_bytes(pick_mark);
	return build(request, &(struct exchange){"MemberService/Get", workload->token, false}, &body.base);
}

/* The first hundred members of a branch. */
static bool build_list(struct request *request, const struct workload *workload)
{
	Chibo__V1__MemberListRequest body = CHIBO__V1__MEMBER_LIST_REQUEST__INIT;

	body.has_unit_id = 1;
	body.unit_id = id_bytes(pick_mark);
	body.has_limit = 1;
	body.limit = 100;
	return build(request, &(struct exchange){"MemberService/List", workload->token, false}, &body.base);
}

/* One person in some branch. */
static bool build_create(struct request *request, const struct workload *workload)
{
	Chibo__V1__PersonCreateRequest body = CHIBO__V1__PERSON_CREATE_REQUEST__INIT;

	body.has_id = body.has_unit_id = body.has_sex = 1;
	body.id = id_bytes(fresh_mark);
	body.unit_id = id_bytes(pick_mark);
	body.family_name = constant("Nguyễn");
	body.middle_name = constant("Thị");
	body.given_name = constant("Thử");
	body.sex = CHIBO__V1__SEX__SEX_FEMALE;
	body.born_on = constant("1990-05");
	return build(request, &(struct exchange){"PersonService/Create", workload->token, true}, &body.base);
}

static void set_line(Chibo__V1__MemberLine *line, int32_t row_no, const char *branch_code)
{
	chibo__v1__member_line__init(line);
	line->has_row_no = line->has_id = line->has_person_id = line->has_membership_id = 1;
	line->row_no = row_no;
	line->id = line->person_id = line->membership_id = id_bytes(fresh_mark);
	line->unit_code = constant(branch_code);
	line->family_name = constant("Trần");
	line->middle_name = constant("Văn");
	line->given_name = constant("Mẫu");
	line->has_sex = line->has_status = 1;
	line->sex = CHIBO__V1__SEX__SEX_MALE;
	line->status = CHIBO__V1__MEMBER_STATUS__MEMBER_STATUS_PROBATIONARY;
	line->born_on = constant("1991-07-12");
	line->native_place = constant("huyện Văn Chấn, Yên Bái");
	line->decision_on = constant("2025-05-19");
	line->joined_on = constant("2025-06-01");
	line->biography_no = biography_mark;
}

/* A thousand new members of one branch. */
static bool build_import(struct request *request, const struct workload *workload)
{
	Chibo__V1__MemberImportRequest body = CHIBO__V1__MEMBER_IMPORT_REQUEST__INIT;
	Chibo__V1__MemberLine *lines = calloc(LINES, sizeof *lines);
	Chibo__V1__MemberLine **pointers = calloc(LINES, sizeof(Chibo__V1__MemberLine *));
	uint8_t unit[ID_LEN];
	bool ok = false;

	put_seeded_id(unit, workload->unit);
	body.has_unit_id = 1;
	body.unit_id = id_bytes(unit);
	body.n_lines = LINES;
	body.lines = pointers;
	if (lines && pointers) {
		for (int32_t i = 0; i < LINES; i++) {
			set_line(&lines[i], i + 1, workload->branch_code);
			pointers[i] = &lines[i];
		}
		ok = build(request, &(struct exchange){"MemberService/Import", workload->token, true},
			   &body.base);
	}
	free(pointers);
	free(lines);
	return ok;
}

static const struct {
	const char *name;
	bool (*build)(struct request *request, const struct workload *workload);
} workloads[] = {
	{"get", build_get},
	{"list", build_list},
	{"create", build_create},
	{"import", build_import},
};

bool request_init(struct request *request, const struct workload *workload)
{
	*request = (struct request){.pick_first = workload->pick_first, .pick_count = workload->pick_count};
	for (size_t i = 0; i < sizeof workloads / sizeof *workloads; i++)
		if (strcmp(workloads[i].name, workload->name) == 0)
			return workloads[i].build(request, workload);
	return false;
}

void request_close(struct request *request)
{
	free(request->holes);
	free(request->frame);
	*request = (struct request){0};
}
