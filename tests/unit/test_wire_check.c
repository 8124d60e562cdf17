/* The pre-scan refuses each attack of pitfalls W by rule and field, and what it lets through
 * unpacks. */
#include <stdlib.h>
#include <string.h>

#include <check.h>

#include "arena.h"
#include "chibo/v1/account.pb-c.h"
#include "chibo/v1/catalogue.pb-c.h"
#include "chibo/v1/envelope.pb-c.h"
#include "chibo/v1/grant.pb-c.h"
#include "chibo/v1/member.pb-c.h"
#include "chibo/v1/person.pb-c.h"
#include "chibo/v1/report.pb-c.h"
#include "chibo/v1/role.pb-c.h"
#include "chibo/v1/session.pb-c.h"
#include "chibo/v1/unit.pb-c.h"
#include "kinds.pb-c.h"
#include "wire_check.h"

static const struct wire_limits limits = { WIRE_DEPTH, WIRE_ELEMENTS, WIRE_UNKNOWN };

/* Bytes in the source: the text of a literal without its NUL. */
#define WIRE(literal) (const uint8_t *)(literal), sizeof(literal) - 1

static void expect(const char *name, const ProtobufCMessageDescriptor *message,
		   const uint8_t *bytes, size_t len, const char *rule, const char *field)
{
	struct refusal refusal = { .rule = "none" };
	/* An exact copy on the heap: reading beyond it is an error that the sanitizer sees. */
	uint8_t *exact = malloc(len + (len == 0));
	bool fine;

	memcpy(exact, bytes, len);
	fine = wire_check(message, exact, len, &limits, &refusal);
	free(exact);
	ck_assert_msg(fine == (rule == NULL), "%s: %s %s", name, refusal.rule, refusal.field);
	if (fine)
		return;
	ck_assert_msg(strcmp(refusal.rule, rule) == 0, "%s: %s", name, refusal.rule);
	ck_assert_msg(strcmp(refusal.field, field) == 0, "%s: %s", name, refusal.field);
	ck_assert_uint_eq(refusal.code, STATUS_INVALID_ARGUMENT);
}

struct example {
	const char *name;
	const uint8_t *bytes;
	size_t len;
	const char *rule; /* NULL: let through */
	const char *field;
};

static const struct example examples[] = {
	{ "empty", WIRE(""), NULL, NULL },
	{ "int32", WIRE("\x08\x05"), NULL, NULL },
	{ "int32 -1", WIRE("\x08\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), NULL, NULL },
	{ "int32 least", WIRE("\x08\x80\x80\x80\x80\xF8\xFF\xFF\xFF\xFF\x01"), NULL, NULL },
	{ "int32 below", WIRE("\x08\xFF\xFF\xFF\xFF\xF7\xFF\xFF\xFF\xFF\x01"), "varint", "int32" },
	{ "int32 of five bytes", WIRE("\x08\xFF\xFF\xFF\xFF\x0F"), "varint", "int32" },
	{ "int64 of five bytes", WIRE("\x20\xFF\xFF\xFF\xFF\x0F"), NULL, NULL },
	{ "sint32 greatest", WIRE("\x10\xFF\xFF\xFF\xFF\x0F"), NULL, NULL },
	{ "sint32 above", WIRE("\x10\x80\x80\x80\x80\x10"), "varint", "sint32" },
	{ "uint32 above", WIRE("\x38\x80\x80\x80\x80\x10"), "varint", "uint32" },
	{ "uint64 greatest", WIRE("\x48\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), NULL, NULL },
	{ "uint64 above", WIRE("\x48\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x02"), "varint",
	  "uint64" },
	{ "eleven bytes", WIRE("\x48\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), "varint",
	  "uint64" },
	{ "zero in two bytes", WIRE("\x08\x80\x00"), "varint", "int32" },
	{ "five in three bytes", WIRE("\x08\x85\x80\x00"), "varint", "int32" },
	{ "tag in two bytes", WIRE("\x88\x00\x05"), "varint", "" },
	{ "tag above 32 bits", WIRE("\x88\x80\x80\x80\x10\x05"), "varint", "" },
	{ "length in two bytes", WIRE("\x7A\x81\x00x"), "varint", "string" },
	{ "bool 1", WIRE("\x68\x01"), NULL, NULL },
	{ "bool 2", WIRE("\x68\x02"), "varint", "bool" },
	{ "fixed", WIRE("\x1D\1\2\3\4\x31\1\2\3\4\5\6\7\x08\x5D\1\2\3\4\x61\1\2\3\4\5\6\7\x08"),
	  NULL, NULL },
	{ "fixed32 cut", WIRE("\x1D\1\2\3"), "truncated", "sfixed32" },
	{ "fixed64 cut", WIRE("\x31\1\2\3\4\5\6\7"), "truncated", "sfixed64" },
	{ "varint cut", WIRE("\x08\x80"), "truncated", "int32" },
	{ "tag cut", WIRE("\x08\x05\x80"), "truncated", "" },
	{ "value missing", WIRE("\x08"), "truncated", "int32" },
	{ "string cut", WIRE("\x7A\x05xyzt"), "truncated", "string" },
	{ "length of 2^64-1", WIRE("\x7A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), "truncated",
	  "string" },
	{ "sub-message cut", WIRE("\x8A\x01\x02\x10"), "truncated", "line" },
	{ "cut in a sub-message", WIRE("\x8A\x01\x01\x10\x00"), "truncated", "line.number" },
	{ "field number 0", WIRE("\x00\x05"), "wire_type", "" },
	{ "wire type 6", WIRE("\x0E\x05"), "wire_type", "int32" },
	{ "wire type 7", WIRE("\x0F\x05"), "wire_type", "int32" },
	{ "string as varint", WIRE("\x78\x05"), "wire_type", "string" },
	{ "int32 as bytes", WIRE("\x0A\x01\x05"), "wire_type", "int32" },
	{ "int32 as fixed32", WIRE("\x0D\1\2\3\4"), "wire_type", "int32" },
	{ "message as fixed64", WIRE("\x89\x01\1\2\3\4\5\6\7\x08"), "wire_type", "line" },
	{ "group", WIRE("\x0B\x0C"), "group", "int32" },
	{ "end of a group", WIRE("\x0C"), "group", "int32" },
	{ "unknown group", WIRE("\xA3\x1F\xA4\x1F"), "group", "500" },
	{ "unknown field", WIRE("\xA2\x1F\x01x"), NULL, NULL },
	{ "unknown field cut", WIRE("\xA2\x1F\x02x"), "truncated", "500" },
	{ "enum", WIRE("\x70\x07"), NULL, NULL },
	{ "enum -3", WIRE("\x70\xFD\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"), NULL, NULL },
	{ "enum 2^32 + 7", WIRE("\x70\x87\x80\x80\x80\x10"), "enum_value", "colour" },
	{ "packed", WIRE("\xA2\x01\x03\x05\xAC\x02"), NULL, NULL },
	{ "packed, but one by one", WIRE("\xA0\x01\x05\xA0\x01\x06"), NULL, NULL },
	{ "one by one, but packed", WIRE("\x9A\x01\x02\x05\x06"), NULL, NULL },
	{ "packed, nothing in it", WIRE("\xA2\x01\x00"), NULL, NULL },
	{ "packed varint cut", WIRE("\xA2\x01\x02\x05\x80\x01"), "truncated", "packed_int32s[0]" },
	{ "packed twice, second bad", WIRE("\xA2\x01\x01\x05\xA2\x01\x02\x85\x00"), "varint",
	  "packed_int32s[1]" },
	{ "packed fixed32", WIRE("\xAA\x01\x08\1\2\3\4\5\6\7\x08"), NULL, NULL },
	{ "packed fixed32 cut", WIRE("\xAA\x01\x06\1\2\3\4\5\6"), "truncated",
	  "packed_fixed32s[0]" },
	{ "packed enum", WIRE("\xB2\x01\x02\x01\x02"), "enum_value", "packed_colours[0]" },
	{ "packed bool", WIRE("\xBA\x01\x02\x01\x03"), "varint", "bools[0]" },
	{ "oneof", WIRE("\xC2\x01\x01x"), NULL, NULL },
	{ "oneof twice", WIRE("\xC2\x01\x01x\xD0\x01\x05"), "oneof", "code" },
	{ "oneof, same member", WIRE("\xD0\x01\x05\xD0\x01\x05"), "duplicate_field", "code" },
	{ "character cut where the next tag would complete it",
	  WIRE("\x7A\x02\xE1\xBB\x92\x01\x00"), "utf8", "string" },
	{ "path", WIRE("\x92\x01\x00\x08\x05\x92\x01\x07\x1A\x01x\x1A\x02\xF0\x80"), "utf8",
	  "lines[1].words[1]" },
	{ "path to a number", WIRE("\x92\x01\x00\x92\x01\x00\x92\x01\x02\x10\x80"), "truncated",
	  "lines[2].number" },
	{ "C0 characters are the binder's affair", WIRE("\x7A\x03x\ty"), NULL, NULL },
};

START_TEST(each_rule_names_its_field)
{
	size_t i;

	for (i = 0; i < sizeof examples / sizeof *examples; i++) {
		const struct example *example = &examples[i];
		expect(example->name, &test__kinds__descriptor, example->bytes, example->len,
		       example->rule, example->field);
	}
}
END_TEST

/* Loops nested `depth` deep, built from the inside out at the end of out[0..size). Returns its
 * length. */
static size_t nest(uint8_t *out, size_t size, unsigned depth)
{
	size_t at = size;

	while (--depth > 0) {
		size_t len = size - at;
		if (len >= 0x4000)
			out[--at] = (uint8_t)(len >> 14);
		if (len >= 0x80)
			out[--at] = (uint8_t)((len >> 7 & 0x7F) | (len >= 0x4000 ? 0x80 : 0));
		out[--at] = (uint8_t)((len & 0x7F) | (len >= 0x80 ? 0x80 : 0));
		out[--at] = 0x0A; /* next */
	}
	memmove(out, out + at, size - at);
	return size - at;
}

START_TEST(w1_depth)
{
	static uint8_t bytes[40000];
	struct refusal refusal;
	size_t len;

	ck_assert(wire_check(&test__loop__descriptor, bytes, nest(bytes, sizeof bytes, WIRE_DEPTH),
			     &limits, &refusal));
	expect("depth", &test__loop__descriptor, bytes, nest(bytes, sizeof bytes, WIRE_DEPTH + 1),
	       "depth",
	       "next.next.next.next.next.next.next.next.next.next.next.next.next.next.next.next");
	len = nest(bytes, sizeof bytes, 9000);
	ck_assert_uint_gt(len, 30000);
	ck_assert(!wire_check(&test__loop__descriptor, bytes, len, &limits, &refusal));
	ck_assert_str_eq(refusal.rule, "depth");
	ck_assert_str_eq(refusal.params[0].value, "16");
}
END_TEST

START_TEST(w2_a_singular_field_twice)
{
	expect("scalar", &test__kinds__descriptor, WIRE("\x08\x05\x08\x05"), "duplicate_field",
	       "int32");
	expect("merge bomb", &test__kinds__descriptor,
	       WIRE("\x8A\x01\x03\x1A\x01x\x8A\x01\x03\x1A\x01x"), "duplicate_field", "line");
	expect("below", &test__kinds__descriptor, WIRE("\x92\x01\x04\x10\x01\x10\x02"),
	       "duplicate_field", "lines[0].number");
	expect("apart", &test__kinds__descriptor, WIRE("\x92\x01\x02\x10\x01\x92\x01\x02\x10\x01"),
	       NULL, NULL);
	/* Field number 2000 has another index than number: the bit must be that of the index. */
	expect("repeated", &test__kinds__descriptor, WIRE("\x82\x7D\x01x\x82\x7D\x01x"), NULL,
	       NULL);
}
END_TEST

/* `n` times the same bytes. */
static size_t repeat(uint8_t *out, const char *bytes, size_t len, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		memcpy(out + i * len, bytes, len);
	return n * len;
}

START_TEST(w3_elements)
{
	static uint8_t bytes[16 * 1024];
	size_t len = repeat(bytes, "\x92\x01\x00", 3, WIRE_ELEMENTS);

	expect("as many as allowed", &test__kinds__descriptor, bytes, len, NULL, NULL);
	len = repeat(bytes, "\x92\x01\x00", 3, WIRE_ELEMENTS + 1);
	expect("one more", &test__kinds__descriptor, bytes, len, "elements", "lines[2000]");
	len = repeat(bytes, "\x92\x01\x02\x10\x05", 5, WIRE_ELEMENTS / 2);
	expect("all levels count", &test__kinds__descriptor, bytes, len, NULL, NULL);
	memcpy(bytes + len, "\x08\x05", 2);
	expect("one more at the top", &test__kinds__descriptor, bytes, len + 2, "elements",
	       "int32");
}
END_TEST

START_TEST(w3_the_limit_is_a_parameter)
{
	static const struct wire_limits two = { .depth = 16, .elements = 2, .unknown = 16 };
	struct refusal refusal;

	ck_assert(wire_check(&test__kinds__descriptor, WIRE("\x08\x05\x10\x05"), &two, &refusal));
	ck_assert(!wire_check(&test__kinds__descriptor, WIRE("\x08\x05\x10\x05\x20\x05"), &two,
			      &refusal));
	ck_assert_str_eq(refusal.params[0].name, "limit");
	ck_assert_str_eq(refusal.params[0].value, "2");
}
END_TEST

START_TEST(w4_packed_values_count)
{
	static uint8_t bytes[4096] = { 0xBA, 0x01, 0xCF, 0x0F }; /* bools, 1999 bytes */
	size_t len = 4 + 1999;

	expect("as many as allowed", &test__kinds__descriptor, bytes, len, NULL, NULL);
	bytes[2] = 0xD0;
	expect("one more", &test__kinds__descriptor, bytes, len + 1, "elements", "bools[0]");
}
END_TEST

START_TEST(w4_unknown_fields)
{
	uint8_t bytes[256];
	size_t len = repeat(bytes, "\xA2\x1F\x00", 3, WIRE_UNKNOWN);

	expect("as many as allowed", &test__kinds__descriptor, bytes, len, NULL, NULL);
	len = repeat(bytes, "\xA2\x1F\x00", 3, WIRE_UNKNOWN + 1);
	expect("one more", &test__kinds__descriptor, bytes, len, "unknown_fields", "500");
	len = repeat(bytes, "\x92\x01\x03\xA0\x1F\x05", 6, WIRE_UNKNOWN + 1);
	expect("all levels count", &test__kinds__descriptor, bytes, len, "unknown_fields",
	       "lines[16].500");
}
END_TEST

START_TEST(w5_nul)
{
	expect("inside", &test__kinds__descriptor, WIRE("\x7A\x03x\0y"), "nul", "string");
	expect("at the end", &test__kinds__descriptor, WIRE("\x7A\x02x\0"), "nul", "string");
	expect("bytes may", &test__kinds__descriptor, WIRE("\x82\x01\x03x\0y"), NULL, NULL);
}
END_TEST

/* Every text of up to four bytes from this alphabet against the definition by decoding. */
static bool is_utf8(const uint8_t *s, size_t n)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };

	while (n > 0) {
		unsigned width = s[0] < 0x80   ? 1
				 : s[0] < 0xC0 ? 0
				 : s[0] < 0xE0 ? 2
				 : s[0] < 0xF0 ? 3
					       : 4;
		uint32_t code = width == 1 ? s[0] : s[0] & (0x7Fu >> width);
		unsigned i;
		if (width == 0 || width > n || s[0] >= 0xF8)
			return false;
		for (i = 1; i < width; i++) {
			if (s[i] < 0x80 || s[i] > 0xBF)
				return false;
			code = code << 6 | (s[i] & 0x3F);
		}
		if (code < least[width] || code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF))
			return false;
		s += width;
		n -= width;
	}
	return true;
}

START_TEST(w6_utf8)
{
	static const uint8_t alphabet[] = { 0x41, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0,
					    0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF,
					    0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xF8, 0xFF };
	enum { N = sizeof alphabet };
	uint8_t bytes[6] = { 0x7A, 4 };
	struct refusal refusal;
	unsigned i, valid = 0;

	for (i = 0; i < N * N * N * N; i++) {
		bool fine;
		bytes[2] = alphabet[i % N];
		bytes[3] = alphabet[i / N % N];
		bytes[4] = alphabet[i / N / N % N];
		bytes[5] = alphabet[i / N / N / N];
		fine = wire_check(&test__kinds__descriptor, bytes, sizeof bytes, &limits, &refusal);
		ck_assert_msg(fine == is_utf8(bytes + 2, 4), "%02x %02x %02x %02x", bytes[2],
			      bytes[3], bytes[4], bytes[5]);
		valid += fine;
	}
	ck_assert_uint_gt(valid, 100);
	expect("overlong", &test__kinds__descriptor, WIRE("\x7A\x02\xF0\x80"), "utf8", "string");
	expect("surrogate", &test__kinds__descriptor, WIRE("\x7A\x03\xED\xA0\x80"), "utf8",
	       "string");
	expect("Vietnamese", &test__kinds__descriptor,
	       WIRE("\x7A\x0F" "Chi b\xE1\xBB\x99 Th\xE1\xBB\xA7y"),
	       NULL, NULL);
}
END_TEST

START_TEST(w7_enum_numbers)
{
	expect("99", &test__kinds__descriptor, WIRE("\x70\x63"), "enum_value", "colour");
	expect("in a gap", &test__kinds__descriptor, WIRE("\x70\x02"), "enum_value", "colour");
	expect("sex 9", &chibo__v1__member_create_request__descriptor, WIRE("\x48\x09"),
	       "enum_value", "sex");
}
END_TEST

/* Why a NULL inside a repeated string has to be an error before packing: packing it would crash. */
START_TEST(w8_null_in_a_repeated_string)
{
	char *strings[] = { (char[]){ "a" }, NULL };
	Test__Kinds kinds = TEST__KINDS__INIT;

	kinds.n_strings = 2;
	kinds.strings = strings;
	ck_assert(!protobuf_c_message_check(&kinds.base));
	kinds.n_strings = 1;
	ck_assert(protobuf_c_message_check(&kinds.base));
}
END_TEST

START_TEST(long_paths_are_cut)
{
	static const struct wire_limits deep = { .depth = 40, .elements = 100, .unknown = 0 };
	uint8_t bytes[128];
	struct refusal refusal;
	size_t len = nest(bytes, sizeof bytes, 41);

	ck_assert(!wire_check(&test__loop__descriptor, bytes, len, &deep, &refusal));
	ck_assert_uint_eq(strlen(refusal.field), sizeof refusal.field - 1);
	ck_assert(strncmp(refusal.field, "next.next.", 10) == 0);
}
END_TEST

/* A message with something in every kind of field. */
static size_t pack_sample(uint8_t *out, size_t size)
{
	char *words[] = { (char[]){ "một" }, (char[]){ "hai" } };
	int32_t numbers[] = { -1, 0, 300 };
	Test__Line line = TEST__LINE__INIT;
	Test__Line *lines[] = { &line, &line };
	Test__Kinds kinds = TEST__KINDS__INIT;
	size_t len;

	line.text = words[0];
	line.has_number = 1;
	line.number = INT32_MIN;
	line.n_words = 2;
	line.words = words;
	kinds.has_int32 = kinds.has_sint64 = kinds.has_double_ = kinds.has_bool_ =
		kinds.has_colour = 1;
	kinds.int32 = -5;
	kinds.sint64 = INT64_MIN;
	kinds.double_ = 0.5;
	kinds.bool_ = 1;
	kinds.colour = TEST__COLOUR__COLOUR_BELOW;
	kinds.line = &line;
	kinds.n_lines = 2;
	kinds.lines = lines;
	kinds.n_int32s = kinds.n_packed_int32s = 3;
	kinds.int32s = kinds.packed_int32s = numbers;
	kinds.choice_case = TEST__KINDS__CHOICE_NAME;
	kinds.name = words[1];
	kinds.n_strings = 2;
	kinds.strings = words;
	len = test__kinds__get_packed_size(&kinds);
	ck_assert_uint_lt(len, size);
	return test__kinds__pack(&kinds, out);
}

/* Scan ok means unpack ok; true if so. */
static bool check_and_unpack(const uint8_t *bytes, size_t len)
{
	struct refusal refusal;
	struct arena arena;
	Test__Kinds *kinds;

	if (!wire_check(&test__kinds__descriptor, bytes, len, &limits, &refusal))
		return false;
	arena_init(&arena, 1 << 20, 4 << 20);
	kinds = test__kinds__unpack(arena_allocator(&arena), len, bytes);
	ck_assert_ptr_nonnull(kinds);
	arena_close(&arena);
	return true;
}

START_TEST(what_is_packed_passes_and_every_cut_agrees_with_unpack)
{
	uint8_t bytes[512];
	size_t len = pack_sample(bytes, sizeof bytes);
	size_t cut, byte, passed = 0;

	ck_assert(check_and_unpack(bytes, len));
	for (cut = 0; cut < len; cut++)
		passed += check_and_unpack(bytes, cut);
	ck_assert_uint_gt(passed, 10); /* cuts between fields */
	for (byte = 0; byte < len; byte++) {
		int value;
		uint8_t kept = bytes[byte];
		for (value = 0; value < 256; value++) {
			bytes[byte] = (uint8_t)value;
			check_and_unpack(bytes, len);
		}
		bytes[byte] = kept;
	}
}
END_TEST

START_TEST(cycles_and_required_fields_are_found)
{
	ck_assert(!wire_acyclic(&test__loop__descriptor));
	ck_assert(!wire_acyclic(&test__required__descriptor));
	ck_assert(wire_acyclic(&test__kinds__descriptor));
}
END_TEST

static void check_service(const ProtobufCServiceDescriptor *service)
{
	unsigned i;

	for (i = 0; i < service->n_methods; i++) {
		ck_assert_msg(wire_acyclic(service->methods[i].input), "%s",
			      service->methods[i].input->name);
		ck_assert_msg(wire_acyclic(service->methods[i].output), "%s",
			      service->methods[i].output->name);
	}
}

START_TEST(the_contract_itself_is_acyclic)
{
	ck_assert(wire_acyclic(&chibo__v1__request__descriptor));
	ck_assert(wire_acyclic(&chibo__v1__reply__descriptor));
	check_service(&chibo__v1__account_service__descriptor);
	check_service(&chibo__v1__grant_service__descriptor);
	check_service(&chibo__v1__member_service__descriptor);
	check_service(&chibo__v1__person_service__descriptor);
	check_service(&chibo__v1__report_service__descriptor);
	check_service(&chibo__v1__role_service__descriptor);
	check_service(&chibo__v1__rule_service__descriptor);
	check_service(&chibo__v1__scheme_service__descriptor);
	check_service(&chibo__v1__sector_service__descriptor);
	check_service(&chibo__v1__session_service__descriptor);
	check_service(&chibo__v1__unit_service__descriptor);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("wire_check");
	TCase *tests = tcase_create("wire_check");
	SRunner *runner = srunner_create(suite);
	int failed;

	suite_add_tcase(suite, tests);
	tcase_add_test(tests, each_rule_names_its_field);
	tcase_add_test(tests, w1_depth);
	tcase_add_test(tests, w2_a_singular_field_twice);
	tcase_add_test(tests, w3_elements);
	tcase_add_test(tests, w3_the_limit_is_a_parameter);
	tcase_add_test(tests, w4_packed_values_count);
	tcase_add_test(tests, w4_unknown_fields);
	tcase_add_test(tests, w5_nul);
	tcase_add_test(tests, w6_utf8);
	tcase_add_test(tests, w7_enum_numbers);
	tcase_add_test(tests, w8_null_in_a_repeated_string);
	tcase_add_test(tests, long_paths_are_cut);
	tcase_add_test(tests, what_is_packed_passes_and_every_cut_agrees_with_unpack);
	tcase_add_test(tests, cycles_and_required_fields_are_found);
	tcase_add_test(tests, the_contract_itself_is_acyclic);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
