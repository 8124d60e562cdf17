-- Legal documents are named by number, suffix, issuer and day together; agendas to start from come with the schema.
begin;
\ir fixture.psql
select plan(31);

-- The rule that refuses, its field; or the constraint; '' if nothing does.
create function test.refusal(sql text) returns text language plpgsql as $$
declare
	v_rule text;
	v_field text;
	v_constraint text;
begin
	execute sql;
	return '';
exception when others then
	get stacked diagnostics v_rule = message_text, v_field = column_name, v_constraint = constraint_name;
	return coalesce(nullif(v_constraint, ''), concat_ws(' ', v_rule, nullif(v_field, '')));
end
$$;
create function test.document(name text, number text, suffix text, issued date, issuer text default 'Ban Tổ chức Trung ương',
                              title text default 'Hướng dẫn sinh hoạt chi bộ') returns void language sql as $$
	insert into chibo.legal_doc (id, feed_id, number, suffix, issuer, issued_on, title)
	values (test.id(name), auth.root_feed(), number, suffix, issuer, issued, title)
$$;
create function test.found(words text) returns text language sql as $$
	select string_agg(to_char(d.issued_on, 'YYYY'), ' ' order by d.issued_on) from chibo.legal_doc d where chibo.doc_matches(d, words)
$$;
create function test.lines(name text) returns text language sql as $$
	select string_agg(concat_ws(':', l.item_no, l.kind, l.minutes), ' ' order by l.item_no)
	from chibo.agenda_template_line l where l.template_id = test.id(name)
$$;
grant execute on all functions in schema test to public;

-- ---- Documents ----

select test.as('clerk', 'DocumentService/Create') \g /dev/null
select lives_ok(format('select test.document(%L, ''12'', ''HD/BTCTW'', %L)', day, day), 'AT-43: 12-HD/BTCTW of ' || day)
from unnest('{2012-05-17,2018-07-06,2022-01-18}'::text[]) as day;
select is(test.refusal($$ select test.document('x', '12', 'HD/BTCTW', '2018-07-06') $$), 'number__document_exists',
	'once of one day');
select is(test.refusal($$ select test.document('x', '12', 'HD/BTCTW', '2018-07-06', 'BAN TO CHUC TRUNG UONG') $$),
	'number__document_exists', 'whatever marks and capitals the issuer is written with');
select is(test.refusal($$ select test.document('other', '12', 'HD/BTCTW', '2018-07-06', 'Ban Tổ chức Tỉnh ủy') $$), '',
	'another issuer, another document');
select test.document('nq', '5', 'NQ/ĐU', '2020-03-02', 'Đảng ủy phường Mẫu', 'Nghị quyết về chuyển đổi số') \g /dev/null
select is(test.refusal($$ select test.document('x', '5', 'NQ/DU', '2020-03-02', 'Đảng ủy phường Mẫu') $$),
	'number__document_exists', 'AT-43: ĐU is DU');
select is(test.refusal($$ select test.document('nq', '6', 'NQ/ĐU', '2020-03-02') $$), 'legal_doc_id__id_taken', 'an id is taken once');

select is(test.refusal(format('select test.document(''x'', %L, ''HD/TW'', ''2020-01-01'')', number)), 'number__format', format('no number: "%s"', number))
from unnest('{"",A1,123456,12ab}'::text[]) as number;
select is(test.refusal(format('select test.document(''x'', ''7'', %L, ''2020-01-01'')', suffix)), 'suffix__format', format('no suffix: "%s"', suffix))
from unnest('{"",hd/btctw,HD/,HD/BTCTW-}'::text[]) as suffix;
select is(test.refusal($$ select test.document('x', '7', 'HD/TW', '2020-01-01', ' ') $$), 'issuer__text', 'an issuer has a name');
select is(test.refusal($$ select test.document('x', '7', 'HD/TW', '2020-01-01', 'Ban', ' ') $$), 'title__text', 'a document has a title');
select is((select chibo.doc_sign(d) from chibo.legal_doc d where d.id = test.id('2018-07-06')), '12-HD/BTCTW ngày 06/07/2018',
	'the sign as it is cited');
select is(concat_ws('; ', test.found('12-HD/BTCTW trung'), test.found('12-hd/btctw 06/07/2018 trung'), test.found('6/7/2018 tỉnh'),
	test.found('chuyen doi so'), test.found('nq/du'), test.found('%')), '2012 2018 2022; 2018; 2018; 2020; 2020',
	'each word counts, marks do not, and a pattern is no pattern');
select is(test.refusal($$ update chibo.legal_doc set title = 'x' $$), 'permission denied for table legal_doc', 'what is cited stays');

-- ---- Templates ----

select is((select string_agg(t.code || ' ' || t.kind, ', ' order by t.code) from chibo.agenda_template t where t.feed_id is null),
	'chuyen-de thematic, ket-nap regular, thuong-ky regular', 'three agendas come with the schema');
select is((select count(*) from chibo.agenda_template_line l left join chibo.code c on c.list = 'agenda_item' and c.code = l.kind
           where c.code is null), 0::bigint, 'their items are codes');
select ok((select bool_and(sum >= 90) from (select sum(l.minutes) from chibo.agenda_template_line l group by l.template_id) s),
	'and long enough for a meeting that counts');
select is((select distinct chibo.rule_number('meeting.min_minutes', '2022-06-06')), 90, 'which is ninety minutes');

insert into chibo.agenda_template (id, feed_id, code, name, kind)
values (test.id('t'), auth.root_feed(), 'hoc-tap', 'Sinh hoạt học tập', 'thematic');
select chibo.set_template_lines(test.id('t'), '{null,null,7}', '{opening,theme,conclusion}', '{Mở đầu,Chuyên đề,Kết luận}', '{5,30,null}') \g /dev/null
select is(test.lines('t'), '1:opening:5 2:theme:30 7:conclusion', 'lines without a number are numbered as they come');
select is(test.refusal($$ insert into chibo.agenda_template (id, feed_id, code, name, kind)
	values (test.id('x'), auth.root_feed(), 'thuong-ky', 'Mẫu', 'regular') $$), 'code__template_exists', 'a shipped code is taken');
select is(test.refusal($$ select chibo.set_template_lines(test.id('t'), '{8}', '{unknown}', '{A}', '{1}') $$), 'unknown_code kind', 'an unknown item');
select is(test.refusal($$ select chibo.set_template_lines(test.id('t'), '{7}', '{other}', '{A}', '{1}') $$), 'item_no__twice', 'a number twice');
select is(test.refusal($$ select chibo.set_template_lines(test.id('t'), '{51}', '{other}', '{A}', '{1}') $$), 'item_no__out_of_range', 'too many');
select is(test.refusal($$ select chibo.set_template_lines(test.id('t'), '{8}', '{other}', '{A}', '{0}') $$), 'minutes__out_of_range', 'no time at all');

select finish();
rollback;
