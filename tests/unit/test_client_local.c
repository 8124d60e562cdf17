/* Reads that the replica answers: every line of the table against the messages, and questions to a small ward. */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "chibo/v1/sync.pb-c.h"
#include "dates.h"
#include "local.h"
#include "local_note.h"
#include "local_parts.h"
#include "replica.h"
#include "store_home.h"
#include "value.h"

enum { WORDS = 40 };

static struct client client;
static struct store store;
static const uint8_t feed[STORE_ID] = {0xfe};

/* ---- Messages, written down as "name=value; name=value"; @21 is an id ---- */

static const char *id_text(const char *short_one)
{
	return mem_format(&client.mem, "00000000-0000-7000-8000-0000000000%s", short_one);
}

static const uint8_t *id_of(const char *short_one)
{
	uint8_t *id = mem_take(&client.mem, UUID_SIZE);

	ck_assert(value_parse_uuid(id_text(short_one), id));
	return id;
}

static void fill(ProtobufCMessage *message, const char *text)
{
	while (*text != '\0') {
		size_t n = strcspn(text, ";");
		char *pair = mem_copy(&client.mem, text, n), *value = strchr(pair, '=');
		const ProtobufCFieldDescriptor *field;
		struct refusal refusal;

		ck_assert_msg(value != NULL, "%s", pair);
		*value++ = '\0';
		field = value_field(message->descriptor, pair);
		ck_assert_msg(field != NULL, "%s", pair);
		if (*value == '@')
			value_set_uuid(&client.mem, message, field, id_of(value + 1));
		else
			ck_assert_msg(value_set(&client.mem, message, field, value, &refusal), "%s %s", pair, refusal.rule);
		text += n;
		text += strspn(text, "; ");
	}
}

static ProtobufCMessage *append(ProtobufCMessage *page, const char *list)
{
	const ProtobufCFieldDescriptor *field = value_field(page->descriptor, list);
	size_t n = value_count(page, field);
	ProtobufCMessage **rows = mem_take(&client.mem, (n + 1) * sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		rows[i] = (ProtobufCMessage *)(uintptr_t)value_message(page, field, i);
	rows[n] = value_new(&client.mem, field->descriptor);
	value_set_messages(page, field, rows, n + 1);
	return rows[n];
}

static const uint8_t *uuid_in(const ProtobufCMessage *message, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(message->descriptor, name);

	return field == NULL ? NULL : value_uuid(message, field);
}

static const struct replica_entity *entity_of(const char *name)
{
	for (size_t i = 0; i < replica_n_entities; i++)
		if (strcmp(replica_entities[i].entity, name) == 0)
			return &replica_entities[i];
	ck_abort_msg("%s", name);
	return NULL;
}

/* A record with its mark; parts have none. */
static void add(ProtobufCMessage *page, const char *entity, const char *text)
{
	const struct replica_entity *line = entity_of(entity);
	ProtobufCMessage *record = append(page, line->field), *mark;
	const uint8_t *unit;

	fill(record, text);
	if (uuid_in(record, "id") == NULL)
		return;
	mark = append(page, "marks");
	fill(mark, mem_format(&client.mem, "entity=%s; version=1; kind=changed; digest=7; position=1", entity));
	value_set_uuid(&client.mem, mark, value_field(mark->descriptor, "id"), uuid_in(record, "id"));
	unit = uuid_in(record, strcmp(entity, "unit") == 0 ? "id" : "unit_id");
	if (unit != NULL)
		value_set_uuid(&client.mem, mark, value_field(mark->descriptor, "unit_id"), unit);
}

static const char *day(int from_today)
{
	return mem_copy(&client.mem, date_instant(&client.mem, ((int64_t)time(NULL) + from_today * 86400) * 1000000, DATE_ISO), 10);
}

/* A grassroots organisation 10 with the branches 11 and 12; positions are not in the order of ids. */
static void fill_ward(void)
{
	struct cursor cursor = {.position = 1, .pulled_at_us = (int64_t)time(NULL) * 1000000 - 7200000000};
	ProtobufCMessage *page = value_new(&client.mem, &chibo__v1__sync_pull_response__descriptor);

	memcpy(cursor.feed, feed, STORE_ID);
	add(page, "unit", "id=@10; version=1; code=DBP; name=Đảng bộ phường; path=Đảng bộ phường; kind=ward; pos=10");
	add(page, "unit",
	    "id=@11; version=1; parent_id=@10; code=CB1; name=Chi bộ 1; path=Đảng bộ phường / Chi bộ 1; kind=branch; pos=30");
	add(page, "unit",
	    "id=@12; version=1; parent_id=@10; code=CB2; name=Chi bộ 2; path=Đảng bộ phường / Chi bộ 2; kind=branch; pos=20");
	add(page, "unit", "id=@13; version=1; parent_id=@10; code=CB3; name=Chi bộ 3; kind=branch; pos=40; closed_on=2020-01-01");
	add(page, "member", "id=@21; version=3; person_id=@31; full_name=Nguyễn Văn An; status=full; unit_id=@11; unit_path=cũ");
	add(page, "member", "id=@22; version=1; person_id=@32; full_name=Trần Thị Bình; status=probationary; unit_id=@12");
	add(page, "person", "id=@31; version=1; full_name=Nguyễn Văn An; family_name=Nguyễn; middle_name=Văn; given_name=An");
	add(page, "person", "id=@32; version=1; full_name=Trần Thị Bình; family_name=Trần; middle_name=Thị; given_name=Bình");
	add(page, "membership", "id=@41; version=1; member_id=@21; unit_id=@11; kind=primary; from_on=2015-03-01");
	add(page, "membership", "id=@42; version=1; member_id=@22; unit_id=@12; kind=primary; from_on=2020-03-01");
	add(page, "membership", "id=@43; version=1; member_id=@21; unit_id=@12; kind=primary; from_on=2010-01-01; until_on=2015-02-28");
	add(page, "membership", "id=@44; version=1; member_id=@22; unit_id=@11; kind=residential; from_on=2021-01-01");
	add(page, "meeting",
	    "id=@51; version=2; unit_id=@11; unit_path=Tên ngày họp; kind=regular; state=planned; period_month=2026-10; topic=Tháng 10");
	add(page, "meeting", "id=@52; version=1; unit_id=@12; kind=regular; state=planned; period_month=2026-11; topic=Tháng 11");
	add(page, "meeting", "id=@53; version=1; unit_id=@11; kind=regular; state=planned; period_month=2026-11; topic=Chuyên đề");
	add(page, "agenda_item", "meeting_id=@51; item_no=1; kind=topic; title=Mở đầu");
	add(page, "agenda_item", "meeting_id=@51; item_no=2; kind=topic; title=Kết thúc");
	add(page, "attendance", "meeting_id=@51; member_id=@21; full_name=Nguyễn Văn An; state=present");
	add(page, "task",
	    mem_format(&client.mem, "id=@71; version=1; unit_id=@11; title=Quá hạn; state=assigned; due_on=%s; overdue=no", day(-1)));
	add(page, "task",
	    mem_format(&client.mem, "id=@72; version=1; unit_id=@11; title=Còn hạn; state=assigned; due_on=%s; overdue=yes", day(1)));
	add(page, "task", mem_format(&client.mem, "id=@73; version=1; unit_id=@12; title=Xong; state=confirmed; due_on=%s", day(-1)));
	add(page, "rule", "id=@81; version=1; key=probation.months; value=12; valid_from_on=2010-01-01; valid_until_on=2019-12-31");
	add(page, "rule", "id=@82; version=1; key=probation.months; value=10; valid_from_on=2020-01-01");
	ck_assert(replica_narrow(&store, local_owner(&client), feed, 1));
	ck_assert_msg(replica_apply(&store, page, &cursor), "%s", store.why);
}

static void setup(void)
{
	home_setup();
	client_init(&client);
	client.globals.quiet = true;
	home_create(&store);
	fill_ward();
}

static void teardown(void)
{
	store_close(&store);
	client_close(&client);
	home_teardown();
}

/* ---- Questions ---- */

static bool ask(struct call *call, const char *service, const char *method, const char *text)
{
	ProtobufCMessage *request;
	struct verb verb;

	command_known_verb(&client.mem, service, method, &verb);
	request = value_new(&client.mem, verb.method->input);
	fill(request, text);
	call_init(&client, call, &verb, request);
	return local_read(&client, &store, call);
}

/* The values of one field over all rows of the first list, with commas. */
static const char *values(const struct call *call, const char *list, const char *name)
{
	const ProtobufCFieldDescriptor *field = value_field(call->response->descriptor, list);
	struct text out;

	text_init(&out, &client.mem);
	for (size_t i = 0; i < value_count(call->response, field); i++) {
		const ProtobufCMessage *row = value_message(call->response, field, i);
		const ProtobufCFieldDescriptor *of = value_field(row->descriptor, name);
		const char *value = value_has(row, of) ? value_machine(&client.mem, row, of) : "-";

		if (value_is_uuid(of) && value_has(row, of))
			value += UUID_TEXT - 3;
		text_printf(&out, "%s%s", i > 0 ? "," : "", value);
	}
	return out.data;
}

static void check_values(const char *service, const char *method, const char *request, const char *list, const char *name,
			 const char *wanted)
{
	struct call call;

	ck_assert_msg(ask(&call, service, method, request), "%s/%s: %s %s", service, method, call.refusal.rule, call.refusal.field);
	ck_assert_str_eq(values(&call, list, name), wanted);
}

static void check_refused(const char *service, const char *method, const char *request, const char *rule, const char *field)
{
	struct call call;

	ck_assert(!ask(&call, service, method, request));
	ck_assert_str_eq(call.refusal.rule, rule);
	ck_assert_str_eq(call.refusal.field, field);
}

START_TEST(a_unit_means_all_below_it)
{
	check_values("Member", "List", "unit_id=@10", "members", "full_name", "Trần Thị Bình,Nguyễn Văn An");
	check_values("Member", "List", "unit_id=@11", "members", "full_name", "Nguyễn Văn An");
	check_values("Member", "List", "", "members", "id", "22,21");
	check_refused("Member", "List", "unit_id=@19", "not_in_copy", "unit_id");
}
END_TEST

START_TEST(rows_have_the_names_of_the_unit_as_it_is_now)
{
	check_values("Member", "List", "unit_id=@11", "members", "unit_name", "Chi bộ 1");
	check_values("Member", "List", "", "members", "pos", "20,30");
	check_values("Member", "Get", "id=@21", "member", "unit_path", "Đảng bộ phường / Chi bộ 1");
	check_values("Meeting", "Get", "id=@51", "meeting", "unit_path", "Tên ngày họp");
}
END_TEST

START_TEST(only_what_covers_today_is_listed)
{
	check_values("Member", "List", "unit_id=@12", "members", "id", "22");
	check_values("Member", "List", "unit_id=@11; kind=residential", "members", "id", "22");
	check_values("Rule", "List", "", "rules", "value", "10");
	check_values("Unit", "List", "", "units", "code", "DBP,CB2,CB1");
}
END_TEST

START_TEST(another_day_needs_the_line)
{
	check_refused("Member", "List", "as_of_on=2020-01-01", "needs_line_for", "as_of_on");
	check_values("Member", "List", mem_format(&client.mem, "as_of_on=%s; status=full", day(0)), "members", "id", "21");
	check_refused("Task", "List", "mine=yes", "needs_line_for", "mine");
	check_refused("Report", "Structure", "", "needs_line", "");
	check_refused("Member", "Get", "id=@29", "not_in_copy", "id");
}
END_TEST

START_TEST(a_copy_answers_its_owner_alone)
{
	struct context other = {.name = "a", .account = "thuky"};

	client.session = (struct session){.contexts = &other, .n = 1, .current = "a"};
	check_refused("Member", "List", "", "no_copy", "");
	check_refused("Member", "Get", "id=@21", "no_copy", "");
	client.session = (struct session){0};
	client.globals.grant = "e6b39eb2-3ee2-4a44-a9b5-5cbd45f04bd3";
	check_refused("Member", "List", "", "no_copy", "");
	client.globals.grant = NULL;
	check_values("Member", "List", "", "members", "id", "22,21");
}
END_TEST

START_TEST(rows_stand_in_the_servers_order)
{
	check_values("Meeting", "List", "", "meetings", "id", "52,53,51");
	check_values("Meeting", "List", "from_month=2026-11", "meetings", "id", "52,53");
	check_values("Meeting", "List", "until_month=2026-10; unit_id=@10", "meetings", "id", "51");
	check_values("Unit", "List", "unit_id=@10; depth=0", "units", "code", "DBP");
	check_values("Unit", "List", "", "units", "depth", "0,1,1");
}
END_TEST

START_TEST(pages_go_on_behind_the_last_row)
{
	check_values("Member", "List", "limit=1", "members", "id", "22");
	check_values("Member", "List", "limit=1; after_pos=20; after_id=@22", "members", "id", "21");
	check_values("Member", "List", "after_pos=30; after_id=@21", "members", "id", "");
	check_values("Unit", "List", "after_pos=20; limit=5", "units", "code", "CB1");
}
END_TEST

START_TEST(a_record_brings_its_parts)
{
	check_values("Meeting", "Get", "id=@51", "agenda", "title", "Mở đầu,Kết thúc");
	check_values("Meeting", "Get", "id=@51", "agenda", "item_no", "1,2");
	check_values("Meeting", "Get", "id=@51", "attendance", "state", "present");
	check_values("Meeting", "Get", "id=@52", "agenda", "title", "");
	check_values("Member", "Get", "id=@21", "memberships", "from_on", "2015-03-01,2010-01-01");
	check_values("Member", "Get", "id=@21", "memberships", "kind", "primary,primary");
}
END_TEST

START_TEST(what_depends_on_the_day_is_of_today)
{
	check_values("Task", "List", "", "tasks", "overdue", "false,true,false");
	check_values("Task", "List", "overdue=yes", "tasks", "id", "71");
	check_values("Task", "Get", "id=@72", "task", "overdue", "false");
}
END_TEST

START_TEST(a_name_is_found_with_or_without_accents)
{
	check_values("Member", "Search", "name=binh", "members", "full_name", "Trần Thị Bình");
	check_refused("Member", "Search", "name=n", "too_short", "name");
	check_values("Member", "Search", "name=an", "members", "id", "21,22"); /* An, Trần */
	check_values("Member", "Search", "name=an; unit_id=@11", "members", "kind", "primary,residential");
	check_values("Member", "Search", "name=an", "members", "unit_name", "Chi bộ 1,Chi bộ 2");
	check_values("Member", "Search", "name=an; limit=1", "members", "id", "21");
}
END_TEST

/* As "vi-x-icu" has them: letters first, then tones. */
START_TEST(names_are_in_the_order_of_the_alphabet)
{
	static const char *const names[] = {"An", "Ân", "Bình", "Dũng", "Đào", "Đạt", "Hà", "Hạ", "Hằng", "Hồng",
					    "Hương", "Tâm", "Tấn", "Thanh", "Thành", "Thảnh", "Thãnh", "Thánh", "Thạnh",
					    "Ước"};

	for (size_t i = 1; i < sizeof(names) / sizeof(*names); i++)
		ck_assert_msg(strcmp(search_key(&client.mem, names[i - 1]), search_key(&client.mem, names[i])) < 0, "%s %s",
			      names[i - 1], names[i]);
}
END_TEST

/* ---- The outbox beside it ---- */

static void queue(const char *service, const char *method, const char *text, const char *op_id)
{
	struct op op = {.account = "thuky"};
	ProtobufCMessage *request;
	struct verb verb;
	uint8_t *body;

	command_known_verb(&client.mem, service, method, &verb);
	request = value_new(&client.mem, verb.method->input);
	fill(request, text);
	body = mem_take(&client.mem, 1024);
	op.body_len = protobuf_c_message_pack(request, body);
	op.body = body;
	op.method = verb.route;
	memcpy(op.op_id, id_of(op_id), STORE_ID);
	ck_assert(outbox_put(&store, &op));
}

START_TEST(a_queued_update_builds_on_those_before_it)
{
	ck_assert_int_eq(note_waiting(&client, &store, id_of("51")), 0);
	queue("Meeting", "Update", "id=@51; base_version=2; topic=Mới", "91");
	queue("Meeting", "Update", "id=@52; base_version=1; topic=Mới", "92");
	queue("Meeting", "Create", "id=@59; unit_id=@11", "93");
	ck_assert_int_eq(note_waiting(&client, &store, id_of("51")), 1);
	ck_assert_int_eq(note_waiting(&client, &store, id_of("59")), 1);
	ck_assert_int_eq(note_waiting(&client, &store, id_of("11")), 0); /* named, and not changed */
}
END_TEST

static void save(int64_t seq, int64_t position)
{
	struct op op;

	ck_assert(outbox_get(&store, &client.mem, seq, &op));
	op.state = OP_SAVED;
	op.position = position;
	ck_assert(outbox_settle(&store, &op));
}

/* The copy is at position 1. */
START_TEST(what_was_saved_counts_until_the_copy_shows_it)
{
	queue("Meeting", "Update", "id=@51; base_version=2; topic=Mới", "91");
	queue("Meeting", "Cancel", "id=@51; reason=Mưa", "92");
	queue("Meeting", "Create", "id=@59; unit_id=@11", "93");
	ck_assert_int_eq(note_unseen(&client, &store, id_of("51"), 2), 2);
	save(1, 2);
	save(2, 3);
	save(3, 4);
	ck_assert_int_eq(note_waiting(&client, &store, id_of("51")), 0);
	ck_assert_int_eq(note_unseen(&client, &store, id_of("51"), 2), 2);
	ck_assert_int_eq(note_unseen(&client, &store, id_of("51"), 3), 1); /* a page was ahead of its position */
	ck_assert_int_eq(note_unseen(&client, &store, id_of("59"), 0), 1);
	queue("Meeting", "Update", "id=@52; base_version=1; topic=Mới", "94");
	save(4, 1);
	ck_assert_int_eq(note_unseen(&client, &store, id_of("52"), 1), 0);
}
END_TEST

/* ---- The table ---- */

static const ProtobufCMessageDescriptor *record_type(const char *entity)
{
	return value_field(&chibo__v1__sync_pull_response__descriptor, entity_of(entity)->field)->descriptor;
}

static bool listed(const char *list, const char *name)
{
	return list != NULL && command_listed(list, ' ', name);
}

static void check_row(const char *method, const ProtobufCMessageDescriptor *type, const char *entity, const char *with,
		      const char *renames, const char *without)
{
	const ProtobufCMessageDescriptor *second =
		with == NULL ? NULL : record_type(mem_copy(&client.mem, with, strlen(with) - strlen("_id")));

	for (unsigned i = 0; i < type->n_fields; i++)
		ck_assert_msg(listed(without, type->fields[i].name) ||
				      row_can_fill(&client.mem, entity, &type->fields[i], record_type(entity), second, renames),
			      "%s: no record of the replica fills %s", method, type->fields[i].name);
}

static bool is_part(const struct local_read *read, const char *field)
{
	const struct local_part *part;

	for (size_t i = 0; (part = local_part_at(i)) != NULL; i++)
		if (strcmp(part->service, read->service) == 0 && strcmp(part->method, read->method) == 0 &&
		    strcmp(part->field, field) == 0)
			return true;
	return false;
}

/* Whatever stands in an answer online is filled, or told apart as missing. */
START_TEST(every_field_of_an_answer_is_filled_or_told)
{
	const struct local_read *read;
	const struct local_part *part;
	struct verb verb;

	for (size_t i = 0; (read = local_read_at(i)) != NULL; i++) {
		command_known_verb(&client.mem, read->service, read->method, &verb);
		check_row(verb.route, verb.method->output->fields[0].descriptor, read->entity, read->with, read->renames,
			  read->without);
		for (unsigned f = 1; f < verb.method->output->n_fields; f++)
			ck_assert_msg(is_part(read, verb.method->output->fields[f].name) ||
					      listed(read->without, verb.method->output->fields[f].name),
				      "%s: %s", verb.route, verb.method->output->fields[f].name);
	}
	for (size_t i = 0; (part = local_part_at(i)) != NULL; i++) {
		command_known_verb(&client.mem, part->service, part->method, &verb);
		check_row(verb.route, value_field(verb.method->output, part->field)->descriptor, part->entity, NULL,
			  part->renames, part->without);
	}
}
END_TEST

/* A name that is in no message would be skipped in silence. */
START_TEST(every_name_in_the_table_is_one_of_the_messages)
{
	const struct local_read *read;
	struct verb verb;

	for (size_t i = 0; (read = local_read_at(i)) != NULL; i++) {
		const ProtobufCMessageDescriptor *row;

		command_known_verb(&client.mem, read->service, read->method, &verb);
		row = verb.method->output->fields[0].descriptor;
		for (const char *at = read->filters; *at != '\0'; at += strspn(at, " ")) {
			ck_assert_msg(value_field(verb.method->input, mem_copy(&client.mem, at, strcspn(at, " <>~^"))) != NULL,
				      "%s: filter %s", verb.route, at);
			at += strcspn(at, " ");
		}
		for (const char *at = read->order == NULL ? "" : read->order; *at != '\0'; at += strspn(at, " ")) {
			at += *at == '-';
			ck_assert_msg(value_field(row, mem_copy(&client.mem, at, strcspn(at, " "))) != NULL, "%s: order %s",
				      verb.route, at);
			at += strcspn(at, " ");
		}
		for (const char *at = read->without == NULL ? "" : read->without; *at != '\0'; at += strspn(at, " ")) {
			const char *name = mem_copy(&client.mem, at, strcspn(at, " "));

			ck_assert_msg(value_field(row, name) != NULL || value_field(verb.method->output, name) != NULL,
				      "%s: without %s", verb.route, name);
			at += strcspn(at, " ");
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("client_local");
	TCase *tcase = tcase_create("replica");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tcase, setup, teardown);
	tcase_add_test(tcase, a_unit_means_all_below_it);
	tcase_add_test(tcase, rows_have_the_names_of_the_unit_as_it_is_now);
	tcase_add_test(tcase, only_what_covers_today_is_listed);
	tcase_add_test(tcase, another_day_needs_the_line);
	tcase_add_test(tcase, a_copy_answers_its_owner_alone);
	tcase_add_test(tcase, rows_stand_in_the_servers_order);
	tcase_add_test(tcase, pages_go_on_behind_the_last_row);
	tcase_add_test(tcase, a_record_brings_its_parts);
	tcase_add_test(tcase, what_depends_on_the_day_is_of_today);
	tcase_add_test(tcase, a_name_is_found_with_or_without_accents);
	tcase_add_test(tcase, names_are_in_the_order_of_the_alphabet);
	tcase_add_test(tcase, a_queued_update_builds_on_those_before_it);
	tcase_add_test(tcase, what_was_saved_counts_until_the_copy_shows_it);
	tcase_add_test(tcase, every_field_of_an_answer_is_filled_or_told);
	tcase_add_test(tcase, every_name_in_the_table_is_one_of_the_messages);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 0 ? 0 : 1;
}
