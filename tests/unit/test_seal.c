/* Sealed values open in their own place alone; bad key files are refused by line; what a plain value must
 * look like. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <sodium.h>

#include "plain.h"
#include "seal.h"
#include "sealed_field.h"

enum { ROOM = 256 };

static const char plain[] = "số 12, ngõ 3, đường Mẫu";
static const uint8_t lan[SEAL_ID] = "lan-lan-lan-lan", nam[SEAL_ID] = "nam-nam-nam-nam";
static const struct seal_place address = {"person_sealed", "address", lan};

static char directory[] = "/tmp/chibo-seal-XXXXXX", path[80];
static struct seal_error error;
static struct seal_keys *keys;

static void setup(void)
{
	ck_assert_int_ge(sodium_init(), 0);
	ck_assert_ptr_nonnull(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/seal.key", directory);
	keys = seal_keys_new();
}

static void teardown(void)
{
	seal_keys_free(keys);
	unlink(path);
	ck_assert_int_eq(rmdir(directory), 0);
}

static void write_file(const char *text, mode_t mode)
{
	FILE *file = fopen(path, "w");

	ck_assert_ptr_nonnull(file);
	fputs(text, file);
	fclose(file);
	chmod(path, mode);
}

static void make_key(uint32_t expected)
{
	uint32_t id = 0;

	ck_assert_msg(seal_keys_make(path, &id, &error), "%s", error.text);
	ck_assert_uint_eq(id, expected);
}

static void load(void)
{
	ck_assert_msg(seal_keys_load(keys, path, &error), "%s", error.text);
}

static size_t seal(uint8_t out[static ROOM])
{
	ck_assert(seal_bytes(keys, &address, plain, strlen(plain), out));
	return strlen(plain) + SEAL_EXTRA;
}

static void expect_plain(const uint8_t *sealed, size_t len)
{
	uint8_t opened[ROOM] = {0};

	ck_assert(seal_open(keys, &address, sealed, len, opened));
	ck_assert_str_eq((const char *)opened, plain);
}

static void expect_closed(const struct seal_place *place, const uint8_t *sealed, size_t len, const char *why)
{
	uint8_t opened[ROOM];

	ck_assert_msg(!seal_open(keys, place, sealed, len, opened), "%s", why);
}

START_TEST(opens_what_it_sealed)
{
	uint8_t sealed[ROOM], again[ROOM];
	size_t len;

	make_key(1);
	load();
	len = seal(sealed);
	ck_assert_uint_eq(seal_key_id(sealed, len), 1);
	ck_assert_mem_eq(sealed, "\0\0\0\1", 4);
	ck_assert_ptr_null(memmem(sealed, len, plain, 8));
	expect_plain(sealed, len);
	ck_assert_uint_eq(seal(again), len);
	ck_assert_mem_ne(sealed, again, len); /* a nonce of its own */
}
END_TEST

START_TEST(opens_nowhere_else)
{
	const struct seal_place others[] = {
		{"person_sealed", "address", nam},
		{"person_sealed", "phone", lan},
		{"account", "address", lan},
		/* the same letters, divided otherwise */
		{"person_seale", "daddress", lan},
	};
	uint8_t sealed[ROOM];
	size_t len;

	make_key(1);
	load();
	len = seal(sealed);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		expect_closed(&others[i], sealed, len, others[i].column);
	expect_plain(sealed, len);
}
END_TEST

START_TEST(opens_nothing_that_was_touched)
{
	uint8_t sealed[ROOM];
	size_t len;

	make_key(1);
	make_key(2);
	load();
	len = seal(sealed);
	for (size_t i = 0; i < len; i++) {
		sealed[i] ^= 3; /* the last byte of the key id becomes 1, which is a key as well */
		expect_closed(&address, sealed, len, "a byte changed");
		sealed[i] ^= 3;
		expect_closed(&address, sealed, i, "cut");
	}
	expect_plain(sealed, len);
}
END_TEST

START_TEST(an_empty_text_is_a_value)
{
	uint8_t sealed[SEAL_EXTRA], opened[1] = {7};

	make_key(1);
	load();
	ck_assert(seal_bytes(keys, &address, "", 0, sealed));
	ck_assert(seal_open(keys, &address, sealed, sizeof sealed, opened));
	ck_assert_uint_eq(opened[0], 7);
	ck_assert_uint_eq(seal_key_id(sealed, sizeof sealed - 1), 0);
}
END_TEST

START_TEST(the_newest_key_seals_and_all_open)
{
	uint8_t old[ROOM], fresh[ROOM];
	struct stat about;
	size_t len;

	make_key(1);
	load();
	len = seal(old);
	make_key(2);
	ck_assert_uint_eq(seal_keys_newest(keys), 1);
	load();
	ck_assert_uint_eq(seal_keys_newest(keys), 2);
	ck_assert_uint_eq(seal(fresh), len);
	ck_assert_uint_eq(seal_key_id(fresh, len), 2);
	expect_plain(old, len);
	expect_plain(fresh, len);
	ck_assert_int_eq(stat(path, &about), 0);
	ck_assert_uint_eq(about.st_mode & 0777, 0600);
}
END_TEST

START_TEST(another_file_opens_nothing)
{
	uint8_t sealed[ROOM], hash[SEAL_HASH], other[SEAL_HASH];
	size_t len;

	make_key(1);
	load();
	len = seal(sealed);
	ck_assert(seal_hash(keys, &address, plain, strlen(plain), hash));
	unlink(path);
	make_key(1);
	load();
	expect_closed(&address, sealed, len, "another key of the same id");
	ck_assert(seal_hash(keys, &address, plain, strlen(plain), other));
	ck_assert_mem_ne(hash, other, SEAL_HASH);
}
END_TEST

START_TEST(without_keys_nothing_works)
{
	uint8_t sealed[ROOM] = {0, 0, 0, 1}, hash[SEAL_HASH];

	ck_assert(!seal_bytes(keys, &address, plain, 4, sealed));
	ck_assert(!seal_hash(keys, &address, plain, 4, hash));
	expect_closed(&address, sealed, ROOM, "no keys");
}
END_TEST

START_TEST(hashes_are_equal_for_equals_of_one_column)
{
	const struct seal_place same = {"person_sealed", "address", nam}, other = {"person_sealed", "phone", lan};
	uint8_t a[SEAL_HASH], b[SEAL_HASH], c[SEAL_HASH], d[SEAL_HASH];

	make_key(1);
	load();
	ck_assert(seal_hash(keys, &address, "001", 3, a) && seal_hash(keys, &same, "001", 3, b));
	ck_assert(seal_hash(keys, &other, "001", 3, c) && seal_hash(keys, &address, "002", 3, d));
	ck_assert_mem_eq(a, b, SEAL_HASH);
	ck_assert_mem_ne(a, c, SEAL_HASH);
	ck_assert_mem_ne(a, d, SEAL_HASH);
	make_key(2);
	load();
	ck_assert(seal_hash(keys, &address, "001", 3, b));
	ck_assert_mem_eq(a, b, SEAL_HASH); /* a new key seals, and duplicates are still found */
}
END_TEST

/* ---- the file ---- */

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static const struct {
	const char *name, *text, *why;
	mode_t mode;
} refused[] = {
	{"for the group", "hash " HEX "\nkey 1 " HEX "\n", ": not a regular file, or open to others", 0640},
	{"for others", "hash " HEX "\nkey 1 " HEX "\n", ": not a regular file, or open to others", 0604},
	{"empty", "", ": needs a 'key' and a 'hash' line", 0600},
	{"no hash", "key 1 " HEX "\n", ": needs a 'key' and a 'hash' line", 0600},
	{"no key", "hash " HEX "\n", ": needs a 'key' and a 'hash' line", 0600},
	{"word", "hash " HEX "\nkeys 1 " HEX "\n", ":2: neither", 0600},
	{"short", "# x\nhash " HEX "\nkey 1 0011\n", ":3: a key is 64 hexadecimal digits", 0600},
	{"not hex", "hash g" HEX "\n", ":1: a key is 64 hexadecimal digits", 0600},
	{"long", "hash " HEX "0\n", ":1: a key is 64 hexadecimal digits", 0600},
	{"zero", "hash " HEX "\nkey 0 " HEX "\n", ":2: a key has an id", 0600},
	{"no id", "hash " HEX "\nkey " HEX "\n", ":2: a key has an id", 0600},
	{"negative", "hash " HEX "\nkey -1 " HEX "\n", ":2: a key has an id", 0600},
	{"huge", "hash " HEX "\nkey 4294967297 " HEX "\n", ":2: a key has an id", 0600},
	{"the same id", "hash " HEX "\nkey 1 " HEX "\nkey 1 " HEX "\n", ":3: key ids must grow", 0600},
	{"two hashes", "hash " HEX "\nhash " HEX "\n", ":2: a second hash key", 0600},
	{"a cut line", "hash " HEX "\nkey 1 " HEX "\nkey 2 00", ":3: a key is 64 hexadecimal digits", 0600},
};

START_TEST(bad_files_are_refused_by_line)
{
	char expected[160];
	uint32_t id;

	make_key(1);
	load();
	write_file(refused[_i].text, refused[_i].mode);
	snprintf(expected, sizeof expected, "%s%s", path, refused[_i].why);
	ck_assert_msg(!seal_keys_load(keys, path, &error), "%s", refused[_i].name);
	ck_assert_msg(strncmp(error.text, expected, strlen(expected)) == 0, "%s: %s", refused[_i].name, error.text);
	ck_assert_msg(!strstr(error.text, "0011"), "%s: %s", refused[_i].name, error.text);
	ck_assert_uint_eq(seal_keys_newest(keys), 1); /* as before */
	ck_assert(!seal_keys_make(path, &id, &error));
}
END_TEST

START_TEST(an_absent_file_and_a_directory_are_refused)
{
	ck_assert(!seal_keys_load(keys, path, &error));
	ck_assert(!seal_keys_load(keys, directory, &error));
}
END_TEST

START_TEST(comments_and_a_missing_last_newline_are_fine)
{
	write_file("# one\n\nhash " HEX "\nkey 7 " HEX, 0600);
	load();
	ck_assert_uint_eq(seal_keys_newest(keys), 7);
	make_key(8);
	load();
	ck_assert_uint_eq(seal_keys_newest(keys), 8);
}
END_TEST

/* ---- plain values ---- */

static const struct {
	const char *field, *text;
	const char *rule; /* NULL: it passes */
} plains[] = {
	{"national_id", "001185012345", NULL},
	{"national_id", "123456789", NULL},
	{"national_id", "00118501234", "format"},
	{"national_id", "0011850123456", "format"},
	{"national_id", "001 185 012345", "format"},
	{"national_id", "00118501234x", "format"},
	{"national_id", "001485012345", "format"},
	{"national_id", "", "format"},
	{"phone", "+84912345678", NULL},
	{"phone", "+842438123456", NULL},
	{"phone", "0912345678", "format"},
	{"phone", "+84112345678", "format"},
	{"phone", "+8491234567", "format"},
	{"phone", "+849123456789", "format"},
	{"phone", "+84", "format"},
	{"phone", "+1912345678", "format"},
	{"address", "số 12, ngõ 3, đường Mẫu", NULL},
	{"address", "", "text"},
	{"address", " số 12", "text"},
	{"address", "số 12 ", "text"},
	{"address", "số\n12", "text"},
	{"address", "số\xc2\xa0" "12", "text"},
	{"address", "số\xe2\x80\x8b" "12", "text"},
	{"address", "so\xcc\x82\xcc\x81 12", "text"}, /* not composed */
	{"address", "số 12\xe3\x80\x80", "text"},
	{"address", "\xf0\x80", "text"},
};

START_TEST(plain_values_have_one_form)
{
	const struct sealed_field *field = sealed_field_find(plains[_i].field);
	const char *rule = field->check(plains[_i].text);

	ck_assert_msg((rule == NULL) == (plains[_i].rule == NULL), "%s", plains[_i].text);
	if (rule)
		ck_assert_str_eq(rule, plains[_i].rule);
}
END_TEST

START_TEST(texts_are_counted_in_characters)
{
	char text[3 * 2001 + 1] = "";

	for (int i = 0; i < 300; i++)
		strcat(text, "ố");
	ck_assert_ptr_null(plain_address(text));
	strcat(text, "ố");
	ck_assert_str_eq(plain_address(text), "text");
	for (int i = 301; i < 2000; i++)
		strcat(text, "ố");
	ck_assert_ptr_null(plain_notes(text));
	strcat(text, "ố");
	ck_assert_str_eq(plain_notes(text), "text");
}
END_TEST

static const struct {
	const char *text, *told;
} tellings[] = {
	{"001185012345", "female 1985 known"},
	{"096099012345", "male 1999 known"},
	{"001201012345", "male 2001 known"},
	{"079399012345", "female 2099 known"},
	{"003085012345", "male 1985 unknown"},
	{"123456789", NULL},
};

START_TEST(a_number_tells_sex_year_and_place)
{
	char told[PLAIN_TOLD];

	if (!tellings[_i].told) {
		ck_assert(!plain_national_id_tells(tellings[_i].text, told));
		return;
	}
	ck_assert(plain_national_id_tells(tellings[_i].text, told));
	ck_assert_str_eq(told, tellings[_i].told);
}
END_TEST

START_TEST(there_are_63_places)
{
	char told[PLAIN_TOLD], text[16];
	unsigned n = 0;

	for (unsigned i = 0; i < 1000; i++) {
		snprintf(text, sizeof text, "%03u085012345", i);
		ck_assert(plain_national_id_tells(text, told));
		n += strcmp(strrchr(told, ' '), " known") == 0;
	}
	ck_assert_uint_eq(n, 63);
}
END_TEST

START_TEST(a_field_is_found_in_its_own_table_alone)
{
	ck_assert_ptr_nonnull(sealed_field_in("person_sealed", "phone"));
	ck_assert_ptr_null(sealed_field_in("person", "phone"));
	ck_assert_ptr_null(sealed_field_in("person_sealed", "full_name"));
	ck_assert_ptr_null(sealed_field_find(""));
}
END_TEST

#define COUNT(table) (int)(sizeof(table) / sizeof *(table))

int main(void)
{
	Suite *suite = suite_create("seal");
	TCase *tc = tcase_create("values"), *file = tcase_create("file"), *rules = tcase_create("rules");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, setup, teardown);
	tcase_add_test(tc, opens_what_it_sealed);
	tcase_add_test(tc, opens_nowhere_else);
	tcase_add_test(tc, opens_nothing_that_was_touched);
	tcase_add_test(tc, an_empty_text_is_a_value);
	tcase_add_test(tc, the_newest_key_seals_and_all_open);
	tcase_add_test(tc, another_file_opens_nothing);
	tcase_add_test(tc, without_keys_nothing_works);
	tcase_add_test(tc, hashes_are_equal_for_equals_of_one_column);
	suite_add_tcase(suite, tc);
	tcase_add_checked_fixture(file, setup, teardown);
	tcase_add_loop_test(file, bad_files_are_refused_by_line, 0, COUNT(refused));
	tcase_add_test(file, an_absent_file_and_a_directory_are_refused);
	tcase_add_test(file, comments_and_a_missing_last_newline_are_fine);
	suite_add_tcase(suite, file);
	tcase_add_loop_test(rules, plain_values_have_one_form, 0, COUNT(plains));
	tcase_add_test(rules, texts_are_counted_in_characters);
	tcase_add_loop_test(rules, a_number_tells_sex_year_and_place, 0, COUNT(tellings));
	tcase_add_test(rules, there_are_63_places);
	tcase_add_test(rules, a_field_is_found_in_its_own_table_alone);
	suite_add_tcase(suite, rules);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
