-- Deploy chibo:pilots to pg
-- Plans with themes of their own, and pilot meetings: who registered them, who was sent, what was learnt.

begin;
set local role chibo_owner;

create type chibo.plan_kind as enum ('thematic', 'development', 'other');
create type chibo.plan_state as enum ('draft', 'sent', 'ended');

-- The yearly list of themes, or a plan over any years: its period is its own, not a term's.
create table chibo.plan (
	id       uuid constraint plan_id__id_taken primary key,
	version  int not null default 1,
	unit_id  uuid not null,
	unit_pos int not null,
	feed_id  uuid not null,
	kind     chibo.plan_kind not null,
	state    chibo.plan_state not null default 'draft',
	title    text not null constraint title__text check (chibo.is_text(title, 300)),
	during   daterange not null constraint until_on__before_start check (not isempty(during)),
	basis    text constraint basis__text check (chibo.is_text(basis, 300)),
	sent_by  uuid references chibo.person,
	sent_at  timestamptz,
	check ((sent_at is null) = (state = 'draft')),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.plan (unit_pos, id);
create index on chibo.plan (unit_id);

create table chibo.plan_item (
	plan_id   uuid not null,
	item_no   int not null constraint item_no__out_of_range check (item_no between 1 and 100),
	unit_id   uuid not null,
	unit_pos  int not null,
	month     chibo.month,
	topic     text not null constraint topic__text check (chibo.is_text(topic, 300)),
	topic_tag text,   -- of code list topic
	author    text constraint author__text check (chibo.is_text(author, 100)),
	constraint item_no__twice__plan_item primary key (plan_id, item_no),
	foreign key (plan_id, unit_id) references chibo.plan (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.plan_item (unit_pos, plan_id);

create type chibo.pilot_state as enum
	('proposed', 'registered', 'delegates_assigned', 'held', 'after_action', 'lessons_published', 'withdrawn');

-- What makes a meeting a pilot. committee_id is the grassroots organisation, within which rule
-- meeting.pilots_per_month counts those that are registered or further.
create table chibo.pilot (
	id            uuid constraint pilot_id__pilot_exists primary key,   -- of the meeting
	version       int not null default 1,
	unit_id       uuid not null,
	unit_pos      int not null,
	feed_id       uuid not null,
	committee_id  uuid not null,
	period_month  chibo.month not null,
	state         chibo.pilot_state not null default 'proposed',
	rule_doc      text,   -- of the rule that was applied when it was registered
	proposed_by   uuid not null references chibo.person,
	registered_by uuid references chibo.person,
	registered_at timestamptz,
	lessons       text constraint lessons__text check (length(lessons) between 1 and 8000),
	published_by  uuid references chibo.person,
	published_at  timestamptz,
	reason        text constraint reason__text check (chibo.is_text(reason, 300)),   -- why it was withdrawn
	constraint id__own_proposal check (registered_by <> proposed_by),
	check ((published_at is null) = (state <> 'lessons_published')),
	foreign key (id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.pilot (unit_pos, id);
create index on chibo.pilot (committee_id, period_month);

-- Delegates that the district sends; one may go to several meetings, a meeting may get several.
create table chibo.pilot_delegate (
	id          uuid constraint pilot_delegate_id__id_taken primary key,
	pilot_id    uuid not null,
	unit_id     uuid not null,
	unit_pos    int not null,
	person_id   uuid not null constraint person_id__not_found references chibo.person,
	full_name   text not null,
	capacity    text not null constraint capacity__text check (chibo.is_text(capacity, 300)),   -- as worded on the day
	assigned_by uuid not null references chibo.person,
	constraint person_id__assigned unique (pilot_id, person_id),
	foreign key (pilot_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.pilot_delegate (unit_pos, pilot_id);

-- What is said at the lessons session, by its author.
create table chibo.pilot_comment (
	id          uuid constraint pilot_comment_id__id_taken primary key,
	pilot_id    uuid not null,
	unit_id     uuid not null,
	unit_pos    int not null,
	author_id   uuid not null constraint author_id__not_found references chibo.person,
	author_name text not null,
	comment     text not null constraint comment__text check (length(comment) between 1 and 4000),
	said_on     date not null,
	foreign key (pilot_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.pilot_comment (unit_pos, pilot_id);
create index on chibo.pilot_comment (pilot_id);

call meta.put_under_scope('chibo.plan', 'unit_pos');
call meta.put_under_scope('chibo.plan_item', 'unit_pos');
call meta.put_under_scope('chibo.pilot', 'unit_pos');
call meta.put_under_scope('chibo.pilot_delegate', 'unit_pos');
call meta.put_under_scope('chibo.pilot_comment', 'unit_pos');
call ledger.watch('chibo.plan', 'plan');
call ledger.watch('chibo.pilot', 'pilot');
call meta.keep_states('chibo.plan', 'plan');
call meta.keep_states('chibo.pilot', 'pilot');
grant select, insert, update on chibo.plan, chibo.pilot to chibo_app;
grant select, insert, delete on chibo.plan_item to chibo_app;
grant select, insert on chibo.pilot_delegate, chibo.pilot_comment to chibo_app;
grant select on chibo.plan, chibo.plan_item, chibo.pilot, chibo.pilot_delegate, chibo.pilot_comment to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('plan', 1, 'draft', 'sent'),
	('plan', 2, 'sent', 'ended'),
	('pilot', 1, 'proposed', 'registered'),
	('pilot', 2, 'registered', 'delegates_assigned'),
	('pilot', 3, 'registered', 'held'),
	('pilot', 4, 'delegates_assigned', 'held'),
	('pilot', 5, 'held', 'after_action'),
	('pilot', 6, 'after_action', 'lessons_published'),
	('pilot', 7, 'proposed', 'withdrawn'),
	('pilot', 8, 'registered', 'withdrawn'),
	('pilot', 9, 'delegates_assigned', 'withdrawn');

-- The positions of a unit and all below it in the caller's interval; without a unit, all of the interval.
create function chibo.positions_of(p_unit uuid, out lo int, out hi int) language plpgsql stable as $$
begin
	if p_unit is not null then
		select u.pos, u.last into lo, hi from chibo.unit u where u.id = p_unit and chibo.inside(u.pos);
		return;
	end if;
	lo := nullif(current_setting('app.lo', true), '')::int;
	hi := nullif(current_setting('app.hi', true), '')::int;
end
$$;

-- ---- Plans ----

create function chibo.lock_plan(p_id uuid, p_base_version int, p_state chibo.plan_state) returns chibo.plan
language plpgsql as $$
declare
	p chibo.plan;
begin
	select x.* into p from chibo.plan x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif p.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || p.version);
	elsif p.state <> p_state then
		perform chibo.refuse(9, case p.state when 'draft' then 'plan_draft' when 'sent' then 'plan_sent'
		                                     else 'plan_ended' end, 'id');
	end if;
	return p;
end
$$;

create function chibo.plan_period(p_from date, p_until date) returns daterange language plpgsql as $$
begin
	if p_until < p_from then
		perform chibo.refuse(3, 'before_start', 'until_on', 'from_on=' || chibo.iso(p_from));
	end if;
	return daterange(p_from, p_until + 1);
end
$$;

-- Months of a plan lie in its period, whichever of the two was changed last.
create function chibo.check_plan_months(p_plan uuid) returns void language plpgsql as $$
declare
	v_month text := (select min(i.month) from chibo.plan p join chibo.plan_item i on i.plan_id = p.id
	                 where p.id = p_plan and not chibo.month_days(i.month) && p.during);
begin
	if v_month is not null then
		perform chibo.refuse(3, 'outside_period', 'month', 'value=' || v_month);
	end if;
end
$$;

-- Lines that name no number are numbered as they come.
create function chibo.set_plan_items(p_plan uuid, p_item_nos int[], p_months text[], p_topics text[], p_topic_tags text[],
                                     p_authors text[]) returns void
language plpgsql as $$
begin
	perform chibo.require_code('topic', t.tag, 'topic_tag') from unnest(p_topic_tags) as t (tag);
	delete from chibo.plan_item i where i.plan_id = p_plan and chibo.reaches(i.unit_id, i.unit_pos);
	insert into chibo.plan_item (plan_id, item_no, unit_id, unit_pos, month, topic, topic_tag, author)
	select p.id, coalesce(l.item_no, l.n), p.unit_id, p.unit_pos, chibo.a_month(l.month, 'month'), l.topic, l.topic_tag, l.author
	from chibo.plan p
	cross join unnest(p_item_nos, p_months, p_topics, p_topic_tags, p_authors)
		with ordinality as l (item_no, month, topic, topic_tag, author, n)
	where p.id = p_plan and chibo.reaches(p.unit_id, p.unit_pos);
end
$$;

create function chibo.create_plan(p_id uuid, p_unit uuid, p_kind chibo.plan_kind, p_title text, p_from date, p_until date,
                                  p_basis text) returns void
language plpgsql as $$
declare
	u chibo.unit;
begin
	select x.* into u from chibo.unit x where x.id = p_unit and chibo.reaches(x.id, x.pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'unit_id');
	elsif u.closed_on <= chibo.today() then
		perform chibo.refuse(9, 'closed', 'unit_id', 'closed_on=' || chibo.iso(u.closed_on));
	end if;
	insert into chibo.plan (id, unit_id, unit_pos, feed_id, kind, title, during, basis)
	values (p_id, u.id, u.pos, u.feed_id, p_kind, p_title, chibo.plan_period(p_from, p_until), p_basis);
end
$$;

-- Changes of a draft the fields that the mask names.
create function chibo.update_plan(p_id uuid, p_base_version int, p_mask text[], p_kind chibo.plan_kind, p_title text,
                                  p_from date, p_until date, p_basis text) returns void
language plpgsql as $$
declare
	p chibo.plan := chibo.lock_plan(p_id, p_base_version, 'draft');
begin
	if 'from_on' = any (p_mask) and p_from is null then
		perform chibo.refuse(3, 'required', 'from_on');
	end if;
	update chibo.plan x set
		version = x.version + 1,
		kind = case when 'kind' = any (p_mask) then p_kind else x.kind end,
		title = case when 'title' = any (p_mask) then p_title else x.title end,
		during = chibo.plan_period(case when 'from_on' = any (p_mask) then p_from else lower(x.during) end,
			case when 'until_on' = any (p_mask) then p_until else upper(x.during) - 1 end),
		basis = case when 'basis' = any (p_mask) or p_basis is not null then p_basis else x.basis end
	where x.id = p.id;
end
$$;

-- Reports a plan to the level above. A list of themes names some.
create function chibo.submit_plan(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	p chibo.plan := chibo.lock_plan(p_id, p_base_version, 'draft');
begin
	if p.kind = 'thematic' and not exists (select from chibo.plan_item i where i.plan_id = p.id) then
		perform chibo.refuse(9, 'plan_empty', 'id');
	end if;
	update chibo.plan x set version = x.version + 1, state = 'sent', sent_by = chibo.caller(), sent_at = now()
	where x.id = p.id;
end
$$;

create function chibo.end_plan(p_id uuid) returns void language plpgsql as $$
declare
	p chibo.plan := chibo.lock_plan(p_id, null, 'sent');
begin
	update chibo.plan x set version = x.version + 1, state = 'ended' where x.id = p.id;
end
$$;

create type chibo.plan_row as (
	id uuid, version int, unit_id uuid, unit_path text, kind chibo.plan_kind, state chibo.plan_state, title text, from_on text,
	until_on text, basis text, sent_by text, sent_at_us timestamptz, item_count int, pos int
);

-- The name of somebody who had a hand in a record, where the caller may see names and this person's record.
create function chibo.name_of(p_person uuid) returns text language sql stable as $$
	select p.full_name from chibo.person p
	where p.id = p_person and chibo.inside(p.unit_pos) and chibo.sees_names()
$$;

create function chibo.describe_plan(p chibo.plan) returns chibo.plan_row language sql stable as $$
	select p.id, p.version, p.unit_id, auth.unit_path(p.unit_id, chibo.today()), p.kind, p.state, p.title,
	       chibo.iso(lower(p.during)), chibo.last_day(p.during), p.basis, chibo.name_of(p.sent_by), p.sent_at,
	       (select count(*)::int from chibo.plan_item i where i.plan_id = p.id), p.unit_pos
$$;

create function chibo.plan_rows(p_id uuid) returns setof chibo.plan_row language sql stable as $$
	select d.* from chibo.plan p cross join lateral chibo.describe_plan(p) d
	where p.id = p_id and chibo.reaches(p.unit_id, p.unit_pos)
$$;

create function chibo.plan_page(p_unit uuid, p_state chibo.plan_state, p_kind chibo.plan_kind, p_after_pos int, p_after_id uuid,
                                p_limit int) returns setof chibo.plan_row
language plpgsql stable as $$
declare
	v_lo int;
	v_hi int;
begin
	select i.lo, i.hi into v_lo, v_hi from chibo.positions_of(p_unit) i;
	return query
	select d.*
	from (
		select p from chibo.plan p
		where p.unit_pos between v_lo and v_hi and chibo.reaches(p.unit_id, p.unit_pos)
		  and (p_state is null or p.state = p_state) and (p_kind is null or p.kind = p_kind)
		  and (p_after_id is null or (p.unit_pos, p.id) > (p_after_pos, p_after_id))
		order by p.unit_pos, p.id
		limit least(p_limit, 500)
	) page
	cross join lateral chibo.describe_plan(page.p) d;
end
$$;

-- ---- Pilots ----

-- Locks a pilot that has come as far as one of the states, and says of any other what comes first.
create function chibo.lock_pilot(p_id uuid, p_field text, p_states chibo.pilot_state[]) returns chibo.pilot
language plpgsql as $$
declare
	p chibo.pilot;
begin
	select x.* into p from chibo.pilot x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, x.id) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', p_field);
	elsif p.state <> all (p_states) then
		perform chibo.refuse(9, case
			when p.state = 'proposed' then 'pilot_not_registered'
			when p.state = 'withdrawn' then 'pilot_withdrawn'
			when p.state = 'lessons_published' then 'lessons_published'
			when p.state in ('registered', 'delegates_assigned') then
				case when 'proposed' = any (p_states) then 'pilot_registered' else 'pilot_not_held' end
			when 'after_action' = any (p_states) then 'comment_missing'
			else 'pilot_held' end, p_field);
	end if;
	return p;
end
$$;

create function chibo.propose_pilot(p_id uuid) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{planned,prepared,notified}');
begin
	if m.kind not in ('regular', 'thematic') then
		perform chibo.refuse(9, 'pilot_kind', 'id');
	end if;
	insert into chibo.pilot (id, unit_id, unit_pos, feed_id, committee_id, period_month, proposed_by)
	values (m.id, m.unit_id, m.unit_pos, m.feed_id, m.feed_id, m.period_month, chibo.caller());
end
$$;

-- Refuses when the committee has as many pilots in the month as the rule of today allows; answers with the rule's
-- document. Of two at once the second waits here for the first, and then sees it. 2030602 is this lock's number.
create function chibo.take_pilot_place(m chibo.meeting) returns text language plpgsql as $$
declare
	r chibo.rule_param;
begin
	perform pg_advisory_xact_lock(2030602, hashtext(m.feed_id::text || m.period_month));
	select x.* into r from chibo.rule_param x
	where x.key = 'meeting.pilots_per_month' and chibo.covers(x.during, chibo.today());
	if (auth.pilots_in(m.unit_id, m.period_month) < r.value::int) is not true then
		perform chibo.refuse(9, 'pilots_per_month', 'id', format(e'month=%s\nmax=%s', m.period_month, r.value));
	end if;
	return r.legal_doc;
end
$$;

create function chibo.register_pilot(p_id uuid) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_id, 'id', null, '{planned,prepared,notified}');
	p chibo.pilot := chibo.lock_pilot(p_id, 'id', '{proposed}');
begin
	if p.proposed_by = chibo.caller() then
		perform chibo.refuse(9, 'own_proposal', 'id');
	end if;
	update chibo.pilot x set version = x.version + 1, state = 'registered', committee_id = m.feed_id,
		rule_doc = chibo.take_pilot_place(m), registered_by = chibo.caller(), registered_at = now()
	where x.id = p.id;
end
$$;

create function chibo.withdraw_pilot(p_id uuid, p_reason text) returns void language plpgsql as $$
declare
	p chibo.pilot := chibo.lock_pilot(p_id, 'id', '{proposed,registered,delegates_assigned}');
begin
	update chibo.pilot x set version = x.version + 1, state = 'withdrawn', reason = p_reason where x.id = p.id;
end
$$;

-- A delegate comes from outside: a guest by residence is none of the branch, whoever has his place in it is.
create function chibo.check_delegate(p chibo.pilot, p_person uuid) returns void language plpgsql as $$
declare
	v_day date := (select chibo.day_of(m.planned_at) from chibo.meeting m where m.id = p.id);
begin
	if exists (select from chibo.member m join chibo.membership s on s.member_id = m.id
	           where m.person_id = p_person and s.unit_id = p.unit_id and s.kind <> 'residential'
	             and chibo.covers(s.during, v_day)) then
		perform chibo.refuse(9, 'own_branch', 'person_id');
	end if;
end
$$;

create function chibo.assign_delegate(p_id uuid, p_pilot uuid, p_person uuid, p_capacity text) returns void
language plpgsql as $$
declare
	p chibo.pilot := chibo.lock_pilot(p_pilot, 'pilot_id', '{registered,delegates_assigned}');
	v_name text := auth.full_name_of(p_person, 'person_id');
begin
	perform chibo.check_delegate(p, p_person);
	insert into chibo.pilot_delegate (id, pilot_id, unit_id, unit_pos, person_id, full_name, capacity, assigned_by)
	values (p_id, p.id, p.unit_id, p.unit_pos, p_person, v_name, p_capacity, chibo.caller());
	update chibo.pilot x set version = x.version + 1, state = 'delegates_assigned' where x.id = p.id;
end
$$;

-- Who speaks: a delegate acting in the grant of this meeting for himself; whoever writes it down for him names one
-- that was assigned.
create function chibo.comment_author(p chibo.pilot, p_author uuid, out author_id uuid, out author_name text)
language plpgsql as $$
begin
	author_id := coalesce(p_author, chibo.caller());
	if current_setting('app.reach', true) = 'meeting' then
		if author_id <> chibo.caller() then
			perform chibo.refuse(9, 'author_self', 'author_id');
		end if;
		author_name := auth.own_name();
		return;
	end if;
	select d.full_name into author_name from chibo.pilot_delegate d
	where d.pilot_id = p.id and d.person_id = comment_author.author_id;
	if not found then
		perform chibo.refuse(9, 'not_delegate', 'author_id');
	end if;
end
$$;

create function chibo.comment_pilot(p_id uuid, p_pilot uuid, p_author uuid, p_comment text, p_said_on date) returns void
language plpgsql as $$
declare
	p chibo.pilot := chibo.lock_pilot(p_pilot, 'pilot_id', '{held,after_action}');
	v_held date := (select m.held_on from chibo.meeting m where m.id = p.id);
	a record;
begin
	if p_said_on > chibo.today() then
		perform chibo.refuse(3, 'not_future', 'said_on', 'value=' || chibo.iso(p_said_on));
	elsif p_said_on < v_held then
		perform chibo.refuse(3, 'before_start', 'said_on', 'from_on=' || chibo.iso(v_held));
	end if;
	select x.* into a from chibo.comment_author(p, p_author) x;
	insert into chibo.pilot_comment (id, pilot_id, unit_id, unit_pos, author_id, author_name, comment, said_on)
	values (p_id, p.id, p.unit_id, p.unit_pos, a.author_id, a.author_name, p_comment, p_said_on);
	update chibo.pilot x set version = x.version + 1, state = 'after_action' where x.id = p.id;
end
$$;

create function chibo.publish_lessons(p_id uuid, p_lessons text) returns void language plpgsql as $$
declare
	p chibo.pilot := chibo.lock_pilot(p_id, 'id', '{after_action}');
begin
	update chibo.pilot x set version = x.version + 1, state = 'lessons_published', lessons = p_lessons,
		published_by = chibo.caller(), published_at = now()
	where x.id = p.id;
end
$$;

-- A pilot follows its meeting. What was registered is held when the meeting closes; with a meeting that is cancelled,
-- or closed before anybody registered it, it is withdrawn. Once registered it counts in its month, which then stays.
create function chibo.follow_meeting() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
begin
	update pilot p set version = p.version + 1,
		state = case when new.state = 'closed' and p.state <> 'proposed' then 'held' else 'withdrawn' end::pilot_state
	where p.id = new.id and p.state in ('proposed', 'registered', 'delegates_assigned')
	  and new.state in ('closed', 'cancelled');
	update pilot p set version = p.version + 1, period_month = new.period_month
	where p.id = new.id and p.state = 'proposed' and p.period_month <> new.period_month;
	if exists (select from pilot p
	           where p.id = new.id and p.state <> 'withdrawn' and p.period_month <> new.period_month) then
		perform refuse(9, 'pilot_registered', 'period_month');
	elsif new.kind not in ('regular', 'thematic')
	      and exists (select from pilot p where p.id = new.id and p.state <> 'withdrawn') then
		perform refuse(9, 'pilot_kind', 'kind');
	end if;
	return null;
end
$$;
create trigger pilot_follows after update of state, period_month, kind on chibo.meeting for each row
	when ((old.state, old.period_month, old.kind) is distinct from (new.state, new.period_month, new.kind))
	execute function chibo.follow_meeting();

create type chibo.pilot_row as (
	id uuid, version int, unit_id uuid, unit_path text, kind chibo.meeting_kind, period_month text, planned_at_us timestamptz,
	held_on text, topic text, topic_tag text, state chibo.pilot_state, rule_doc text, proposed_by text, registered_by text,
	registered_at_us timestamptz, delegate_count int, comment_count int, lessons text, published_by text,
	published_at_us timestamptz, reason text, pos int
);

create function chibo.describe_pilot(p chibo.pilot) returns chibo.pilot_row language sql stable as $$
	select p.id, p.version, p.unit_id, auth.unit_path(p.unit_id, chibo.today()), m.kind, p.period_month, m.planned_at,
	       chibo.iso(m.held_on), m.topic, m.topic_tag, p.state, p.rule_doc, chibo.name_of(p.proposed_by),
	       chibo.name_of(p.registered_by), p.registered_at,
	       (select count(*)::int from chibo.pilot_delegate d where d.pilot_id = p.id),
	       (select count(*)::int from chibo.pilot_comment c where c.pilot_id = p.id),
	       p.lessons, chibo.name_of(p.published_by), p.published_at, p.reason, p.unit_pos
	from chibo.meeting m where m.id = p.id
$$;

create function chibo.pilot_rows(p_id uuid) returns setof chibo.pilot_row language sql stable as $$
	select d.* from chibo.pilot p cross join lateral chibo.describe_pilot(p) d
	where p.id = p_id and chibo.reaches(p.unit_id, p.unit_pos, p.id)
$$;

create function chibo.pilot_page(p_unit uuid, p_month text, p_state chibo.pilot_state, p_after_pos int, p_after_id uuid,
                                 p_limit int) returns setof chibo.pilot_row
language plpgsql stable as $$
declare
	v_lo int;
	v_hi int;
begin
	select i.lo, i.hi into v_lo, v_hi from chibo.positions_of(p_unit) i;
	return query
	select d.*
	from (
		select p from chibo.pilot p
		where p.unit_pos between v_lo and v_hi and chibo.reaches(p.unit_id, p.unit_pos, p.id)
		  and (p_month is null or p.period_month = p_month) and (p_state is null or p.state = p_state)
		  and (p_after_id is null or (p.unit_pos, p.id) > (p_after_pos, p_after_id))
		order by p.unit_pos, p.id
		limit least(p_limit, 500)
	) page
	cross join lateral chibo.describe_pilot(page.p) d;
end
$$;

grant execute on function chibo.positions_of, chibo.lock_plan, chibo.plan_period, chibo.check_plan_months,
	chibo.set_plan_items, chibo.create_plan,
	chibo.update_plan, chibo.submit_plan, chibo.end_plan, chibo.name_of, chibo.describe_plan, chibo.plan_rows, chibo.plan_page,
	chibo.lock_pilot, chibo.propose_pilot, chibo.take_pilot_place, chibo.register_pilot, chibo.withdraw_pilot,
	chibo.check_delegate, chibo.assign_delegate, chibo.comment_author, chibo.comment_pilot, chibo.publish_lessons,
	chibo.describe_pilot, chibo.pilot_rows, chibo.pilot_page to chibo_app;
grant execute on function chibo.follow_meeting to chibo_app, chibo_auth;

set local role chibo_auth;

-- How many pilots the grassroots organisation of the unit has in a month that are registered or further. The caller
-- may see less than all of it: the figure counts, their names do not come out. Null for a unit out of his scope.
create function auth.pilots_in(p_unit uuid, p_month text) returns int
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return case when in_scope(p_unit) then (
		select count(*)::int from tree t join pilot p on p.committee_id = t.feed_id
		where t.unit_id = p_unit and p.period_month = p_month and p.state not in ('proposed', 'withdrawn')) end;
end
$$;
grant execute on function auth.pilots_in to chibo_app;

commit;
