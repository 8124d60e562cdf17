/* Members by name, with or without accents, in the order of the Vietnamese alphabet: as MemberService/Search has them. */
#include <stdlib.h>
#include <string.h>

#include <utf8proc.h>

#include "clean.h"
#include "local_parts.h"
#include "replica.h"
#include "value.h"

enum { LETTERS_MIN = 2 };

/* ---- The alphabet ---- */

/* What makes a letter of its own, and tones in their order. */
static const struct {
	utf8proc_int32_t mark;
	unsigned char letter, tone;
} marks[] = {
	{0x306, 1, 0}, /* ă */
	{0x302, 2, 0}, /* â ê ô */
	{0x31b, 3, 0}, /* ơ ư */
	{0x300, 0, 1}, {0x309, 0, 2}, {0x303, 0, 3}, {0x301, 0, 4}, {0x323, 0, 5},
};

/* Four places for each letter of the Latin alphabet: itself, and those made from it. */
static unsigned char place_of(utf8proc_int32_t c)
{
	if (c == 0x111)
		return (unsigned char)(4 * ('d' - 'a') + 4 + 1);
	return c >= 'a' && c <= 'z' ? (unsigned char)(4 * (c - 'a') + 4) : 3;
}

char *search_key(struct arena *arena, const char *name)
{
	utf8proc_uint8_t *folded = NULL;
	struct text letters, tones;

	text_init(&letters, arena);
	text_init(&tones, arena);
	if (utf8proc_map((const utf8proc_uint8_t *)name, 0, &folded,
			 UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD) < 0)
		return mem_copy(arena, name, strlen(name));
	for (const utf8proc_uint8_t *at = folded; *at != '\0';) {
		utf8proc_int32_t c;
		size_t mark = 0;

		at += utf8proc_iterate(at, -1, &c);
		while (mark < sizeof(marks) / sizeof(*marks) && marks[mark].mark != c)
			mark++;
		if (mark == sizeof(marks) / sizeof(*marks)) {
			text_putc(&letters, (char)place_of(c));
			text_putc(&tones, 1);
		} else if (letters.len > 0) {
			letters.data[letters.len - 1] = (char)(letters.data[letters.len - 1] + marks[mark].letter);
			tones.data[tones.len - 1] = (char)(tones.data[tones.len - 1] + marks[mark].tone);
		}
	}
	free(folded);
	return mem_format(arena, "%s\001%s", letters.data, tones.data);
}

/* ---- Hits ---- */

struct hit {
	const ProtobufCMessage *member;
	bool is_exact; /* with the accents that were typed */
	const char *keys[3]; /* given, family and middle name */
};

struct searching {
	struct answering *a;
	const char *typed, *folded; /* both in lower case */
	const uint8_t *top;
	const ProtobufCMessage **places; /* memberships of today */
	size_t n_places, max_places;
	struct hit *hits;
	size_t n, max;
};

static const char *text_in_field(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = message == NULL ? NULL : value_field(message->descriptor, name);
	const char *text = field == NULL ? NULL : value_string(message, field);

	return text == NULL ? "" : text;
}

static char *lower(struct arena *arena, const char *text)
{
	utf8proc_uint8_t *mapped = NULL;
	char *copy;

	if (utf8proc_map((const utf8proc_uint8_t *)text, 0, &mapped,
			 UTF8PROC_NULLTERM | UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_CASEFOLD) < 0)
		return mem_copy(arena, text, strlen(text));
	copy = mem_copy(arena, (const char *)mapped, strlen((const char *)mapped));
	free(mapped);
	return copy;
}

static bool is_inside(const struct searching *s, const ProtobufCMessage *record)
{
	return s->top == NULL || units_depth(&s->a->units, local_uuid(record, "unit_id"), s->top) >= 0;
}

static bool add_place(void *owner, const ProtobufCMessage *record)
{
	struct searching *s = owner;

	if (!local_covers(s->a, "from_on until_on", record) || !is_inside(s, record))
		return true;
	s->places = mem_grow(s->a->mem, s->places, s->n_places, &s->max_places, sizeof(*s->places));
	s->places[s->n_places++] = record;
	return true;
}

/* Primary before temporary before residential: as the kinds are numbered. */
static int64_t rank_of(const ProtobufCMessage *place)
{
	return value_number(place, value_field(place->descriptor, "kind"));
}

static const ProtobufCMessage *place_of_member(const struct searching *s, const uint8_t *id)
{
	const ProtobufCMessage *best = NULL;

	for (size_t i = 0; i < s->n_places; i++) {
		const uint8_t *whose = local_uuid(s->places[i], "member_id");

		if (whose != NULL && memcmp(whose, id, UUID_SIZE) == 0 &&
		    (best == NULL || rank_of(s->places[i]) < rank_of(best)))
			best = s->places[i];
	}
	return best;
}

static bool add_hit(void *owner, const ProtobufCMessage *member)
{
	struct searching *s = owner;
	struct arena *mem = s->a->mem;
	const char *name = text_in_field(member, "full_name");
	const uint8_t *person_id = local_uuid(member, "person_id");
	const ProtobufCMessage *person;
	struct hit *hit;

	if (strstr(clean_fold(mem, name), s->folded) == NULL)
		return true;
	person = person_id == NULL ? NULL : replica_get(s->a->store, mem, "person", person_id);
	s->hits = mem_grow(mem, s->hits, s->n, &s->max, sizeof(*s->hits));
	hit = &s->hits[s->n++];
	*hit = (struct hit){.member = member};
	hit->is_exact = strcmp(s->typed, s->folded) != 0 && strstr(lower(mem, name), s->typed) != NULL;
	hit->keys[0] = search_key(mem, text_in_field(person, "given_name"));
	hit->keys[1] = search_key(mem, text_in_field(person, "family_name"));
	hit->keys[2] = search_key(mem, text_in_field(person, "middle_name"));
	return true;
}

static int by_rank(const void *a, const void *b)
{
	const struct hit *left = a, *right = b;
	int order = (int)right->is_exact - (int)left->is_exact;

	for (size_t i = 0; i < 3 && order == 0; i++)
		order = strcmp(left->keys[i], right->keys[i]);
	return order != 0 ? order : memcmp(local_uuid(left->member, "id"), local_uuid(right->member, "id"), UUID_SIZE);
}

static void keep_hit(struct searching *s, const struct hit *hit)
{
	const ProtobufCMessage *place = place_of_member(s, local_uuid(hit->member, "id"));
	struct origin origin = {.record = hit->member};

	if (place != NULL)
		origin = (struct origin){.record = place, .with = hit->member};
	else if (!is_inside(s, hit->member))
		return;
	origin.unit = units_find(&s->a->units, local_uuid(origin.record, "unit_id"));
	local_keep(s->a, local_row(s->a, &origin, place != NULL ? s->a->read->renames : NULL));
}

bool search_is_long_enough(struct answering *a)
{
	return strlen(clean_fold(a->mem, text_in_field(a->call->request, "name"))) >= LETTERS_MIN;
}

bool search_members(struct answering *a)
{
	const char *name = text_in_field(a->call->request, "name");
	struct searching s = {.a = a, .typed = lower(a->mem, name), .folded = clean_fold(a->mem, name),
			      .top = local_uuid(a->call->request, "unit_id")};

	if (!replica_each(a->store, a->mem, "membership", NULL, add_place, &s) ||
	    !replica_each(a->store, a->mem, "member", NULL, add_hit, &s))
		return false;
	if (s.n > 1)
		qsort(s.hits, s.n, sizeof(*s.hits), by_rank);
	for (size_t i = 0; i < s.n; i++)
		keep_hit(&s, &s.hits[i]);
	return true;
}
