-- Deploy chibo:clocks to pg
-- Legal deadlines: a clock for each, started under the rule of its first day, until what it waits for has happened.

begin;
set local role chibo_owner;

-- Who has to act before it runs out: the branch, its grassroots committee, or the unit that decides.
create type chibo.clock_actor as enum ('branch', 'grassroots', 'decider');

create table chibo.clock_kind (
	code      text primary key check (code ~ '^[a-z][a-z_]{1,39}$'),
	name      text not null,
	order_no  int not null,
	rule_key  text not null,      -- of rule_param, in working_days, days or months
	extra_key text,               -- by how much it may be extended, once
	actor     chibo.clock_actor not null,
	permission text not null      -- of whoever acts
);
grant select on chibo.clock_kind to chibo_app, chibo_auth;

insert into chibo.clock_kind (code, name, order_no, rule_key, extra_key, actor, permission) values
	('certificate',   'Giấy chứng nhận bồi dưỡng nhận thức về Đảng hết hạn', 10, 'awareness_cert.valid_months', null, 'branch', 'admission_branch'),
	('consider_file', 'Chi bộ xét hồ sơ xin vào Đảng',                       20, 'admission_file.redo_after_months', null, 'branch', 'admission_branch'),
	('decide',        'Quyết định kết nạp',                                  30, 'admission.decide_days', 'admission.decide_extra_days', 'decider', 'admission_decide'),
	('ceremony',      'Tổ chức lễ kết nạp',                                  40, 'admission.ceremony_days', null, 'branch', 'admission_branch'),
	('probation',     'Hết thời gian dự bị',                                 50, 'probation.months', null, 'branch', 'admission_branch'),
	('consider_full', 'Chi bộ xét công nhận chính thức',                     60, 'full_recognition.consider_days', null, 'branch', 'admission_branch'),
	('decide_full',   'Quyết định công nhận chính thức',                     70, 'full_recognition.decide_days', 'full_recognition.decide_extra_days', 'decider', 'admission_decide');

-- The row of the rule that was applied is kept with it: a later rule moves no clock that runs. It lies where its
-- candidate or member lies and runs on when they move.
create table chibo.clock (
	id           uuid primary key default gen_random_uuid(),
	kind         text not null references chibo.clock_kind,
	candidate_id uuid,
	member_id    uuid,              -- of a probation
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	started_on   date not null,
	due_on       date not null check (due_on >= started_on),
	rule_key     text not null,
	rule_value   int not null,
	rule_unit    text not null,
	rule_doc     text not null,
	extra_value  int,               -- by which it was extended
	extra_unit   text,
	extra_reason text constraint reason__text__clock check (chibo.is_text(extra_reason, 300)),
	stopped_on   date,
	check (num_nonnulls(candidate_id, member_id) = 1),
	check ((extra_value is null) = (extra_unit is null)),
	foreign key (candidate_id, unit_id, unit_pos, feed_id) references chibo.candidate (id, unit_id, unit_pos, feed_id)
		on update cascade,
	foreign key (member_id, unit_id, unit_pos, feed_id) references chibo.probation (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create unique index clock_runs_once on chibo.clock (kind, coalesce(candidate_id, member_id)) where stopped_on is null;
create index on chibo.clock (unit_pos, id);
create index clock_running on chibo.clock (unit_pos, due_on) include (kind, unit_id) where stopped_on is null;
create index on chibo.clock (candidate_id) where candidate_id is not null;
create index on chibo.clock (member_id) where member_id is not null;

call meta.put_under_scope('chibo.clock', 'unit_pos');
grant select, insert, update on chibo.clock to chibo_app, chibo_auth;

-- The last day of so many of a rule's units from a day on; the day itself does not count. The end of a month that is
-- too short is its last day: 29/02/2020 and 12 months give 28/02/2021.
create function chibo.day_after(p_day date, p_value int, p_unit text) returns date language sql stable as $$
	select case p_unit
		when 'working_days' then chibo.working_day_after(p_day, p_value)
		when 'days' then p_day + p_value
		when 'months' then (p_day + make_interval(months => p_value))::date
	end
$$;

create function chibo.rule_on(p_key text, p_day date) returns chibo.rule_param language plpgsql stable as $$
declare
	r chibo.rule_param;
begin
	select x.* into r from chibo.rule_param x where x.key = p_key and x.during @> p_day;
	if not found then
		perform chibo.refuse(9, 'no_rule_on_day', null, format(e'key=%s\nday=%s', p_key, chibo.iso(p_day)));
	end if;
	return r;
end
$$;

-- Of a candidate or a member, never both. One that runs already is stopped: what it waited for happens anew.
create function chibo.start_clock(p_kind text, p_candidate uuid, p_member uuid, p_from date) returns void language plpgsql as $$
declare
	r chibo.rule_param := chibo.rule_on((select k.rule_key from chibo.clock_kind k where k.code = p_kind), p_from);
begin
	perform chibo.stop_clock(p_kind, p_candidate, p_member, p_from);
	insert into chibo.clock (kind, candidate_id, member_id, unit_id, unit_pos, feed_id, started_on, due_on, rule_key,
		rule_value, rule_unit, rule_doc)
	select p_kind, p_candidate, p_member, x.unit_id, x.unit_pos, x.feed_id, p_from,
	       chibo.day_after(p_from, r.value::int, r.unit), r.key, r.value::int, r.unit, r.legal_doc
	from (select c.unit_id, c.unit_pos, c.feed_id from chibo.candidate c where c.id = p_candidate
	      union all
	      select p.unit_id, p.unit_pos, p.feed_id from chibo.probation p where p.id = p_member) x;
end
$$;

-- Stops the clock of a kind, or all of a candidate or member where p_kind is null.
create function chibo.stop_clock(p_kind text, p_candidate uuid, p_member uuid, p_on date) returns void language sql as $$
	update chibo.clock c set stopped_on = p_on
	where c.stopped_on is null and (p_kind is null or c.kind = p_kind)
	  and (c.candidate_id = p_candidate or c.member_id = p_member)
$$;

create function chibo.extend_clock(p_kind text, p_candidate uuid, p_member uuid, p_on date, p_reason text) returns void
language plpgsql as $$
declare
	c chibo.clock;
	r chibo.rule_param;
begin
	select x.* into c from chibo.clock x
	where x.kind = p_kind and x.stopped_on is null and (x.candidate_id = p_candidate or x.member_id = p_member);
	if not found then
		perform chibo.refuse(9, 'no_clock', 'id', 'kind=' || p_kind);
	elsif c.extra_value is not null then
		perform chibo.refuse(9, 'extended_before', 'id', 'due_on=' || chibo.iso(c.due_on));
	end if;
	r := chibo.rule_on((select k.extra_key from chibo.clock_kind k where k.code = p_kind), p_on);
	update chibo.clock x set due_on = chibo.day_after(c.due_on, r.value::int, r.unit), extra_value = r.value::int,
		extra_unit = r.unit, extra_reason = p_reason
	where x.id = c.id;
end
$$;

-- The last day of a clock, by its own rule and today's calendar.
create function chibo.clock_due(c chibo.clock) returns date language sql stable as $$
	select case when c.extra_value is null then d.due_on else chibo.day_after(d.due_on, c.extra_value, c.extra_unit) end
	from (select chibo.day_after(c.started_on, c.rule_value, c.rule_unit) as due_on) d
$$;

-- The calendar has changed: clocks in working days that run over the day are counted anew, under their own rule. A day
-- after the last one of a clock moves nothing.
create function chibo.recount_clocks(p_day date) returns int language plpgsql as $$
declare
	v_n int;
begin
	update chibo.clock c set due_on = d.due_on
	from chibo.clock x cross join lateral (select chibo.clock_due(x) as due_on) d
	where c.id = x.id and x.stopped_on is null and 'working_days' in (x.rule_unit, x.extra_unit)
	  and p_day > x.started_on and p_day <= x.due_on and d.due_on <> x.due_on;
	get diagnostics v_n = row_count;
	return v_n;
end
$$;

-- What holds for the whole district is written for the whole district: elsewhere no clock would move.
create function chibo.require_root() returns void language plpgsql as $$
begin
	if chibo.acting_unit() is distinct from auth.root_feed() then
		perform chibo.refuse(7, 'root_only');
	end if;
end
$$;

create function chibo.set_day(p_id uuid, p_day date, p_is_working boolean, p_name text, p_basis text) returns void
language plpgsql as $$
begin
	perform chibo.require_root();
	update chibo.calendar_day c set
		version = c.version + 1, feed_id = coalesce(c.feed_id, auth.root_feed()), is_working = p_is_working, name = p_name,
		basis = p_basis
	where c.day = p_day;
	if not found then
		insert into chibo.calendar_day (id, feed_id, day, is_working, name, basis)
		values (p_id, auth.root_feed(), p_day, p_is_working, p_name, p_basis);
	end if;
	update chibo.calendar_day c set clocks_moved = chibo.recount_clocks(p_day) where c.day = p_day;
end
$$;

-- Whether code can read the value. Numbers in lists are of the rules that have one.
create function chibo.rule_fits(p_key text, p_unit text, p_value text) returns boolean language sql stable as $$
	select case
		when p_key in ('badge.years', 'full_recognition.remind_days') then
			p_value ~ '^(0|-?[1-9][0-9]{0,2})(,(0|-?[1-9][0-9]{0,2})){0,19}$'
		when p_key = 'admission.min_education' then
			exists (select from chibo.code c where c.list = 'education_level' and c.code = p_value)
		when p_key = 'admission.count_basis' then p_value in ('ceremony', 'decision')
		when p_unit = 'code' then p_value ~ '^[a-z][a-z_]{1,39}$'
		when p_unit in ('ratio', 'ratio_over') then
			p_value ~ '^[1-9][0-9]?/[1-9][0-9]?$'
			and split_part(p_value, '/', 1)::int <= split_part(p_value, '/', 2)::int
		when p_value !~ '^(0|[1-9][0-9]{0,3})$' then false
		when p_unit = 'percent' then p_value::int <= 100
		when p_unit = 'day_of_next_month' then p_value::int between 1 and 28
		else true
	end
$$;

-- Code that reads a number takes its unit for granted, unless it is a deadline in days or a ratio.
create function chibo.rule_unit_fits(p_key text, p_before text, p_unit text) returns boolean language sql stable as $$
	select p_unit = p_before
	       or (p_before in ('ratio', 'ratio_over') and p_unit in ('ratio', 'ratio_over'))
	       or (p_before in ('days', 'working_days') and p_unit in ('days', 'working_days')
	           and exists (select from chibo.clock_kind k where p_key in (k.rule_key, k.extra_key)))
$$;

-- The row before ends the day before. Clocks that run keep the row that they were started under.
create function chibo.create_rule(p_id uuid, p_key text, p_value text, p_unit text, p_from date, p_until date, p_doc text)
returns void language plpgsql as $$
declare
	r chibo.rule_param;
begin
	perform chibo.require_root();
	perform from chibo.rule_param x where x.key = p_key for update;
	select x.* into r from chibo.rule_param x where x.key = p_key order by lower(x.during) desc nulls last limit 1;
	if not found then
		perform chibo.refuse(3, 'unknown_rule', 'key', 'key=' || left(p_key, 60));
	elsif lower(r.during) >= p_from then
		perform chibo.refuse(9, 'later_rule', 'valid_from_on', 'from_on=' || chibo.iso(lower(r.during)));
	elsif p_until < p_from then
		perform chibo.refuse(3, 'before_start', 'valid_until_on', 'from_on=' || chibo.iso(p_from));
	elsif not chibo.rule_unit_fits(p_key, r.unit, coalesce(p_unit, r.unit)) then
		perform chibo.refuse(3, 'rule_unit', 'unit', 'unit=' || r.unit);
	elsif not chibo.rule_fits(p_key, coalesce(p_unit, r.unit), p_value) then
		perform chibo.refuse(3, 'value_format', 'value', format(e'value=%s\nunit=%s', left(p_value, 40), coalesce(p_unit, r.unit)));
	end if;
	update chibo.rule_param x set
		version = x.version + 1, feed_id = coalesce(x.feed_id, auth.root_feed()), during = daterange(lower(x.during), p_from)
	where x.id = r.id and coalesce(upper(x.during) > p_from, true);
	insert into chibo.rule_param (id, feed_id, key, value, unit, during, legal_doc)
	values (p_id, auth.root_feed(), p_key, p_value, coalesce(p_unit, r.unit), daterange(p_from, p_until, '[]'), p_doc);
end
$$;

-- A probationary member has a probation from his first day here, with its clocks; whoever stops being one has none
-- that runs. A guest's own unit watches over his.
create function chibo.begin_probation() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	r rule_param := rule_on('probation.months', new.joined_on);
	v_due date := day_after(new.joined_on, r.value::int, r.unit);
begin
	insert into probation (id, unit_id, unit_pos, feed_id, joined_on, due_on)
	values (new.id, new.unit_id, new.unit_pos, new.feed_id, new.joined_on, v_due);
	perform start_clock('probation', null, new.id, new.joined_on), start_clock('consider_full', null, new.id, v_due);
	return null;
end
$$;
create trigger begin_probation after insert on chibo.member
	for each row when (new.status = 'probationary' and not new.is_guest) execute function chibo.begin_probation();
create trigger begin_probation_of_guest after update of is_guest on chibo.member
	for each row when (old.is_guest and not new.is_guest and new.status = 'probationary') execute function chibo.begin_probation();

create function chibo.end_probation() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
begin
	update probation p set version = p.version + 1, state = 'ended'
	where p.id = new.id and new.status <> 'full' and p.state <> 'ended';
	perform stop_clock(null, null, new.id, coalesce(new.status_on, today()));
	return null;
end
$$;
create trigger end_probation after update of status on chibo.member
	for each row when (old.status = 'probationary' and new.status <> 'probationary') execute function chibo.end_probation();

-- Only what has a record of its own is named by id: an admission by its case, a recognition by the member. The record belongs to the unit of the meeting; for a committee's vote to one below.
create function chibo.require_vote_subject(p_meeting uuid, p_purpose chibo.vote_purpose, p_subject_id uuid)
returns void language plpgsql as $$
declare
	m chibo.meeting;
	v_unit uuid;
begin
	if p_subject_id is null then
		return;
	elsif p_purpose in ('ordinary', 'minutes', 'score', 'election') then
		perform chibo.refuse(3, 'no_such_subject', 'subject_id');
	end if;
	select x.* into m from chibo.meeting x where x.id = p_meeting;
	v_unit := case
		when p_purpose = 'resolution' then (select r.unit_id from chibo.resolution r where r.id = p_subject_id)
		when p_purpose = 'proposal' then (select p.unit_id from chibo.proposal p where p.id = p_subject_id)
		when p_purpose in ('admission', 'admission_committee') then
			(select x.unit_id from chibo.admission_case x where x.id = p_subject_id and x.outcome is null)
		else (select x.unit_id from chibo.probation x where x.id = p_subject_id) end;
	if not exists (
		select from chibo.unit top join chibo.unit u on u.pos between top.pos and top.last
		where top.id = m.unit_id and u.id = v_unit
		  and (u.id = top.id or p_purpose in ('admission_committee', 'recognition_committee'))) then
		perform chibo.refuse(5, 'not_found', 'subject_id');
	end if;
end
$$;

grant execute on function chibo.require_vote_subject, chibo.day_after, chibo.rule_on, chibo.start_clock, chibo.stop_clock, chibo.extend_clock,
	chibo.clock_due, chibo.recount_clocks, chibo.begin_probation, chibo.end_probation to chibo_app, chibo_auth;
grant execute on function chibo.require_root, chibo.set_day, chibo.rule_fits, chibo.rule_unit_fits, chibo.create_rule to chibo_app;

commit;
