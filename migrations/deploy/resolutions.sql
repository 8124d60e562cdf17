-- Deploy chibo:resolutions to pg
-- Resolutions and where they were sent; tasks that follow from them.

begin;
set local role chibo_owner;

create type chibo.resolution_kind as enum ('monthly', 'thematic', 'annual', 'congress', 'conclusion');
create type chibo.resolution_state as enum
	('draft', 'discussed', 'voted', 'issued', 'in_force', 'reviewed', 'completed', 'superseded');

create table chibo.resolution (
	id            uuid constraint resolution_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,
	unit_pos      int not null,
	feed_id       uuid not null,
	kind          chibo.resolution_kind not null,
	state         chibo.resolution_state not null default 'draft',
	number        text constraint number__format check (number ~ '^[0-9]{1,5}[a-zA-Z]?$'),
	suffix        text constraint suffix__format check (suffix ~ '^[[:upper:]]{2,5}(/[[:upper:]]{2,12}(-[[:upper:]]{2,12})?)?$'),
	issuer        text constraint issuer__text check (chibo.is_text(issuer, 200)),
	issued_on     date,
	subject       text not null constraint subject__text check (chibo.is_text(subject, 500)),
	period_month  chibo.month,                 -- of a monthly one
	during        daterange constraint until_on__before_start check (not isempty(during)),   -- the term it is for
	-- the one that it makes concrete: of this unit, or one that was sent to it
	parent_id     uuid references chibo.resolution,
	superseded_by uuid references chibo.resolution,
	meeting_id    uuid,
	vote_id       uuid,
	body          text constraint body__text check (length(body) between 1 and 40000),
	-- whom it was sent to besides units: boards, mass organisations
	other_recipients text constraint other_recipients__text check (chibo.is_text(other_recipients, 500)),
	drafted_by    uuid not null references chibo.person,
	issued_by     uuid references chibo.person,
	constraint vote_id__vote_used__resolution unique (vote_id),
	constraint period_month__required check (kind <> 'monthly' or period_month is not null),
	check (state in ('draft', 'discussed', 'voted') or num_nonnulls(number, suffix, issuer, issued_on, issued_by) = 5),
	unique (id, unit_id),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (vote_id, meeting_id) references chibo.vote_item (id, meeting_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.resolution (unit_pos, id);
create index on chibo.resolution (unit_id);
create index on chibo.resolution (meeting_id);
create index on chibo.resolution (parent_id);
create unique index number__resolution_exists on chibo.resolution (unit_id, number, chibo.fold(suffix), issued_on)
	where number is not null;

-- What a unit was sent: a row of its own, so that it sees nothing else of those above it.
create table chibo.resolution_copy (
	id            uuid constraint resolution_copy_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,   -- the receiver
	unit_pos      int not null,
	feed_id       uuid not null,
	resolution_id uuid not null references chibo.resolution,
	sender_path   text not null,
	kind          chibo.resolution_kind not null,
	number        text not null,
	suffix        text not null,
	issuer        text not null,
	issued_on     date not null,
	subject       text not null,
	body          text,
	sent_at       timestamptz not null,
	received_at   timestamptz,
	received_by   uuid references chibo.person,
	constraint unit_ids__sent unique (resolution_id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.resolution_copy (unit_pos, id);
create index on chibo.resolution_copy (unit_id);

create type chibo.task_source as enum ('resolution', 'conclusion', 'proposal', 'other');
create type chibo.task_state as enum ('assigned', 'accepted', 'in_progress', 'reported', 'confirmed', 'cancelled');

-- Kept where it is done, so that the assigner above sees it as well as who does it. Overdue is computed.
create table chibo.task (
	id            uuid constraint task_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,   -- the assignee, or the branch of the member who is
	unit_pos      int not null,
	feed_id       uuid not null,
	source        chibo.task_source not null,
	source_id     uuid,            -- a resolution, a meeting, a proposal
	category      text not null,   -- of code list task_category; file_review opens a campaign later
	title         text not null constraint title__text check (chibo.is_text(title, 500)),
	assigner_id   uuid not null,   -- the unit that assigned it
	assigner_name text,            -- as of the day: who does it does not see the units above
	assigned_by   uuid not null references chibo.person,
	assigned_at   timestamptz not null default now(),
	member_id     uuid constraint member_id__not_found references chibo.member,
	person_id     uuid references chibo.person,   -- of the member
	assignee_name text not null,   -- of the member or the unit, as of the day
	due_on        date not null,
	state         chibo.task_state not null default 'assigned',
	progress      int not null default 0 constraint percent__out_of_range check (progress between 0 and 100),
	result        text constraint result__text check (length(result) between 1 and 4000),
	reported_by   uuid references chibo.person,
	reported_at   timestamptz,
	confirmed_by  uuid references chibo.person,
	confirmed_at  timestamptz,
	reason        text constraint reason__text check (chibo.is_text(reason, 300)),
	constraint id__own_proposal check (state <> 'confirmed' or confirmed_by <> reported_by),
	check ((member_id is null) = (person_id is null)),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.task (unit_pos, id);
create index on chibo.task (unit_id, due_on);
create index on chibo.task (person_id) where person_id is not null;
create index on chibo.task (source_id);

call meta.put_under_scope('chibo.resolution', 'unit_pos');
call meta.put_under_scope('chibo.resolution_copy', 'unit_pos');
call meta.put_under_scope('chibo.task', 'unit_pos');
call ledger.watch('chibo.resolution', 'resolution');
call ledger.watch('chibo.resolution_copy', 'resolution_copy');
call ledger.watch('chibo.task', 'task');
call meta.keep_states('chibo.resolution', 'resolution');
call meta.keep_states('chibo.task', 'task');
grant select, insert, update on chibo.resolution, chibo.resolution_copy, chibo.task to chibo_app;
grant select on chibo.resolution, chibo.resolution_copy, chibo.task to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('resolution', 1, 'draft', 'discussed'),
	('resolution', 2, 'discussed', 'voted'),
	('resolution', 3, 'voted', 'issued'),
	('resolution', 4, 'issued', 'in_force'),
	('resolution', 5, 'in_force', 'reviewed'),
	('resolution', 6, 'reviewed', 'completed'),
	('resolution', 7, 'issued', 'superseded'),
	('resolution', 8, 'in_force', 'superseded'),
	('resolution', 9, 'reviewed', 'superseded'),
	('resolution', 10, 'discussed', 'draft'),
	('task', 1, 'assigned', 'accepted'),
	('task', 2, 'accepted', 'in_progress'),
	('task', 3, 'in_progress', 'reported'),
	('task', 4, 'accepted', 'reported'),
	('task', 5, 'reported', 'confirmed'),
	('task', 6, 'reported', 'in_progress'),   -- returned with a reason
	('task', 7, 'assigned', 'cancelled'),
	('task', 8, 'accepted', 'cancelled'),
	('task', 9, 'in_progress', 'cancelled');

-- The unit that the caller acts at.
create function chibo.acting_unit() returns uuid language sql stable parallel safe as $$
	select nullif(current_setting('app.unit_id', true), '')::uuid
$$;

-- The unit that a request writes for: the one named, or else the caller's own.
create function chibo.writing_unit(p_unit uuid) returns chibo.unit language plpgsql as $$
declare
	u chibo.unit;
begin
	select x.* into u from chibo.unit x where x.id = coalesce(p_unit, chibo.acting_unit()) and chibo.reaches(x.id, x.pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'unit_id');
	elsif u.closed_on <= chibo.today() then
		perform chibo.refuse(9, 'closed', 'unit_id', 'closed_on=' || u.closed_on);
	end if;
	return u;
end
$$;

-- A vote that decided what it is taken for: passed, of this purpose, in this unit and meeting, about this record.
create function chibo.passed_vote(p_vote uuid, p_purpose chibo.vote_purpose, p_unit uuid, p_meeting uuid, p_subject uuid)
returns chibo.vote_item language plpgsql as $$
declare
	v chibo.vote_item;
begin
	select x.* into v from chibo.vote_item x
	where x.id = p_vote and chibo.reaches(x.unit_id, x.unit_pos, x.meeting_id);
	if not found then
		perform chibo.refuse(5, 'not_found', 'vote_id');
	elsif v.purpose <> p_purpose or v.unit_id <> p_unit or v.meeting_id <> p_meeting or v.subject_id <> p_subject then
		perform chibo.refuse(9, 'vote_on_other', 'vote_id', format(e'purpose=%s\nsubject=%s', v.purpose, v.subject));
	elsif not v.passed then
		perform chibo.refuse(9, 'vote_not_passed', 'vote_id', format(e'votes_for=%s\nneeded=%s', v.votes_for, v.needed));
	end if;
	return v;
end
$$;

-- Closed days as people write them; null where neither is given.
create function chibo.period_of(p_from date, p_until date) returns daterange language plpgsql as $$
begin
	if p_until < p_from then
		perform chibo.refuse(3, 'before_start', 'until_on');
	end if;
	return case when num_nonnulls(p_from, p_until) > 0 then daterange(p_from, p_until, '[]') end;
end
$$;

-- Of what a resolution makes concrete: one of its own unit, or one that this unit was sent. Nothing is told of others.
create function chibo.require_parent(p_parent uuid, p_unit uuid) returns void language plpgsql as $$
begin
	if p_parent is not null
	   and not exists (select from chibo.resolution r
	                   where r.id = p_parent and r.unit_id = p_unit and chibo.reaches(r.unit_id, r.unit_pos))
	   and not exists (select from chibo.resolution_copy c
	                   where c.resolution_id = p_parent and c.unit_id = p_unit and chibo.reaches(c.unit_id, c.unit_pos)) then
		perform chibo.refuse(9, 'parent_not_received', 'parent_id');
	end if;
end
$$;

-- A meeting of the unit, for what was decided there; null is none.
create function chibo.require_meeting_of(p_meeting uuid, p_unit uuid) returns void language plpgsql as $$
begin
	if p_meeting is not null
	   and not exists (select from chibo.meeting m where m.id = p_meeting and m.unit_id = p_unit
	                   and chibo.reaches(m.unit_id, m.unit_pos, m.id)) then
		perform chibo.refuse(5, 'not_found', 'meeting_id');
	end if;
end
$$;

create function chibo.create_resolution(
	p_id uuid, p_unit uuid, p_kind chibo.resolution_kind, p_subject text, p_body text, p_month text, p_during daterange,
	p_parent uuid, p_meeting uuid)
returns void language plpgsql as $$
declare
	u chibo.unit := chibo.writing_unit(p_unit);
begin
	perform chibo.require_parent(p_parent, u.id);
	perform chibo.require_meeting_of(p_meeting, u.id);
	insert into chibo.resolution (id, unit_id, unit_pos, feed_id, kind, subject, body, period_month, during, parent_id,
		meeting_id, drafted_by)
	values (p_id, u.id, u.pos, u.feed_id, p_kind, p_subject, p_body, p_month, p_during, p_parent, p_meeting,
		chibo.caller());
end
$$;

create function chibo.lock_resolution(p_id uuid, p_base_version int default null)
returns chibo.resolution language plpgsql as $$
declare
	r chibo.resolution;
begin
	select x.* into r from chibo.resolution x
	where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, x.meeting_id) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif r.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || r.version);
	end if;
	return r;
end
$$;

-- Fields named in the mask; what is named and null is cleared.
create function chibo.update_resolution(
	p_id uuid, p_base_version int, p_mask text[], p_subject text, p_body text, p_month text, p_from date, p_until date,
	p_parent uuid)
returns void language plpgsql as $$
declare
	r chibo.resolution := chibo.lock_resolution(p_id, p_base_version);
begin
	if r.state <> 'draft' then
		perform chibo.refuse(9, 'not_draft', 'id', 'state=' || r.state);
	elsif 'parent_id' = any (p_mask) then
		perform chibo.require_parent(p_parent, r.unit_id);
	end if;
	update chibo.resolution x set
		version = x.version + 1,
		subject = case when 'subject' = any (p_mask) then p_subject else x.subject end,
		body = case when 'body' = any (p_mask) then p_body else x.body end,
		period_month = case when 'period_month' = any (p_mask) then p_month else x.period_month end,
		during = chibo.period_of(
			case when 'from_on' = any (p_mask) then p_from else lower(x.during) end,
			case when 'until_on' = any (p_mask) then p_until else upper(x.during) - 1 end),
		parent_id = case when 'parent_id' = any (p_mask) then p_parent else x.parent_id end
	where x.id = p_id;
end
$$;

-- To one of the states that ask for nothing else.
create function chibo.move_resolution(p_id uuid, p_state chibo.resolution_state, p_allowed chibo.resolution_state[])
returns void language plpgsql as $$
declare
	r chibo.resolution := chibo.lock_resolution(p_id);
begin
	if p_state <> all (p_allowed) or p_state = r.state then
		perform chibo.refuse(9, 'state_transition', 'state', format(e'from=%s\nto=%s', r.state, p_state));
	end if;
	update chibo.resolution x set version = x.version + 1, state = p_state where x.id = p_id;
end
$$;

create function chibo.adopt_resolution(p_id uuid, p_vote uuid) returns void language plpgsql as $$
declare
	r chibo.resolution := chibo.lock_resolution(p_id);
	v chibo.vote_item := chibo.passed_vote(p_vote, 'resolution', r.unit_id, r.meeting_id, r.id);
begin
	if r.state <> 'discussed' then
		perform chibo.refuse(9, 'state_transition', 'state', format(e'from=%s\nto=voted', r.state));
	end if;
	update chibo.resolution x set version = x.version + 1, state = 'voted', vote_id = v.id, meeting_id = v.meeting_id
	where x.id = p_id;
end
$$;

-- Each unit gets a row of its own, in its own feed; it sees nothing else of the units above.
create function chibo.send_copies(r chibo.resolution, p_units uuid[]) returns void language plpgsql as $$
declare
	v_own chibo.unit;
	v_closed date;
begin
	select u.* into v_own from chibo.unit u where u.id = r.unit_id;
	if exists (select from unnest(p_units) as n (id)
	           where not exists (select from chibo.unit u where u.id = n.id and u.pos between v_own.pos and v_own.last
	                             and chibo.inside(u.pos))) then
		perform chibo.refuse(5, 'not_found', 'unit_ids');
	end if;
	select u.closed_on into v_closed from chibo.unit u where u.id = any (p_units) and u.closed_on <= chibo.today() limit 1;
	if found then
		perform chibo.refuse(9, 'closed', 'unit_ids', 'closed_on=' || v_closed);
	end if;
	insert into chibo.resolution_copy (id, unit_id, unit_pos, feed_id, resolution_id, sender_path, kind, number, suffix,
		issuer, issued_on, subject, body, sent_at)
	select gen_random_uuid(), u.id, u.pos, u.feed_id, r.id, auth.unit_path(r.unit_id, chibo.today()), r.kind, r.number,
	       r.suffix, r.issuer, r.issued_on, r.subject, r.body, now()
	from unnest(p_units) as n (id) join chibo.unit u on u.id = n.id;
end
$$;

create function chibo.issue_resolution(
	p_id uuid, p_number text, p_suffix text, p_issuer text, p_issued_on date, p_units uuid[], p_others text)
returns void language plpgsql as $$
declare
	r chibo.resolution := chibo.lock_resolution(p_id);
begin
	if r.state <> 'voted' then
		perform chibo.refuse(9, case when r.state in ('draft', 'discussed') then 'not_voted' else 'state_transition' end, 'id',
			format(e'from=%s\nto=issued', r.state));
	end if;
	update chibo.resolution x set
		version = x.version + 1, state = 'issued', number = p_number, suffix = p_suffix, issuer = p_issuer,
		issued_on = p_issued_on, other_recipients = p_others, issued_by = chibo.caller()
	where x.id = p_id returning x.* into r;
	perform chibo.send_copies(r, p_units);
end
$$;

-- By one of the same unit that was issued and is still in force.
create function chibo.supersede_resolution(p_id uuid, p_by uuid) returns void language plpgsql as $$
declare
	r chibo.resolution := chibo.lock_resolution(p_id);
	v_state chibo.resolution_state;
begin
	select x.state into v_state from chibo.resolution x
	where x.id = p_by and x.id <> r.id and x.unit_id = r.unit_id and chibo.reaches(x.unit_id, x.unit_pos, x.meeting_id);
	if not found then
		perform chibo.refuse(5, 'not_found', 'superseded_by');
	elsif v_state not in ('issued', 'in_force', 'reviewed', 'completed') then
		perform chibo.refuse(9, 'not_issued', 'superseded_by', 'state=' || v_state);
	end if;
	update chibo.resolution x set version = x.version + 1, state = 'superseded', superseded_by = p_by where x.id = p_id;
end
$$;

create function chibo.receive_copy(p_id uuid) returns void language plpgsql as $$
declare
	c chibo.resolution_copy;
begin
	select x.* into c from chibo.resolution_copy x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif c.unit_id is distinct from chibo.acting_unit() then
		perform chibo.refuse(9, 'not_receiver', 'id');
	elsif c.received_at is not null then
		perform chibo.refuse(9, 'received_before', 'id');
	end if;
	update chibo.resolution_copy x set version = x.version + 1, received_at = now(), received_by = chibo.caller()
	where x.id = p_id;
end
$$;

-- As statements show them; whoever reads asks chibo.reaches of pos.
create view chibo.resolution_sheet with (security_invoker = true) as
	select r.id, r.version, r.unit_id, auth.unit_path(r.unit_id, chibo.today()) as unit_path, r.kind, r.state, r.number,
	       r.suffix, r.issuer, chibo.iso(r.issued_on) as issued_on, r.subject, r.period_month,
	       chibo.iso(lower(r.during)) as from_on, chibo.last_day(r.during) as until_on, r.parent_id, r.superseded_by,
	       r.meeting_id, r.vote_id, r.body, r.other_recipients, r.unit_pos as pos
	from chibo.resolution r;
create view chibo.copy_sheet with (security_invoker = true) as
	select c.id, c.version, c.unit_id, auth.unit_path(c.unit_id, chibo.today()) as unit_path, c.resolution_id,
	       c.sender_path, c.kind, c.number, c.suffix, c.issuer, chibo.iso(c.issued_on) as issued_on, c.subject, c.body,
	       c.sent_at as sent_at_us, c.received_at as received_at_us, c.unit_pos as pos
	from chibo.resolution_copy c;
grant select on chibo.resolution_sheet, chibo.copy_sheet to chibo_app;

-- Whom a task goes to: of the lines of a request. Without unit and member: the own unit.
create type chibo.task_line as (
	id uuid, unit_id uuid, unit_code text, member_id uuid, title text, category text, due_on text
);

-- What a task follows from must lie in reach, or, a resolution, have been sent to the unit that assigns.
create function chibo.require_source(p_source chibo.task_source, p_id uuid) returns void language plpgsql as $$
begin
	if p_source = 'other' and p_id is not null then
		perform chibo.refuse(3, 'no_source', 'source_id');
	elsif p_source <> 'other' and p_id is null then
		perform chibo.refuse(3, 'required', 'source_id');
	elsif not (case p_source
		when 'resolution' then
			exists (select from chibo.resolution r where r.id = p_id and chibo.reaches(r.unit_id, r.unit_pos, r.meeting_id))
			or exists (select from chibo.resolution_copy c where c.resolution_id = p_id and c.unit_id = chibo.acting_unit()
			           and chibo.reaches(c.unit_id, c.unit_pos))
		when 'conclusion' then
			exists (select from chibo.meeting m where m.id = p_id and chibo.reaches(m.unit_id, m.unit_pos, m.id))
		when 'proposal' then
			exists (select from chibo.proposal p where p.id = p_id and chibo.reaches(p.unit_id, p.unit_pos, null, p.drafted_by))
		else true
	end) then
		perform chibo.refuse(5, 'not_found', 'source_id');
	end if;
end
$$;

-- A member is assigned by his own branch, which knows him; a unit above assigns to the branch.
create function chibo.assignee_member(p_member uuid, out person_id uuid, out full_name text) language plpgsql as $$
declare
	v_unit uuid;
begin
	select m.unit_id, m.person_id into v_unit, person_id from chibo.member m
	where m.id = p_member and chibo.inside(m.unit_pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'member_id');
	elsif v_unit is distinct from chibo.acting_unit() then
		perform chibo.refuse(9, 'not_own_member', 'member_id');
	end if;
	full_name := auth.full_name_of(person_id, 'member_id');
end
$$;

create function chibo.name_of_unit(p_unit uuid) returns text language sql stable as $$
	select n.name from chibo.unit_name n where n.unit_id = p_unit and chibo.covers(n.during, chibo.today())
$$;

create function chibo.assign_task(p_source chibo.task_source, p_source_id uuid, l chibo.task_line) returns void
language plpgsql as $$
declare
	u chibo.unit;
	a record;
begin
	if l.unit_code is not null then
		select x.id into l.unit_id from chibo.unit x where x.code = l.unit_code and chibo.reaches(x.id, x.pos);
		if not found then
			perform chibo.refuse(5, 'not_found', 'unit_code');
		end if;
	end if;
	u := chibo.writing_unit(l.unit_id);
	select x.* into a from chibo.assignee_member(l.member_id) x where l.member_id is not null;
	if a.person_id is not null and u.id is distinct from chibo.acting_unit() then
		perform chibo.refuse(9, 'not_own_member', 'member_id');
	end if;
	perform chibo.require_code('task_category', l.category, 'category');
	insert into chibo.task (id, unit_id, unit_pos, feed_id, source, source_id, category, title, assigner_id,
		assigner_name, assigned_by, member_id, person_id, assignee_name, due_on)
	values (l.id, u.id, u.pos, u.feed_id, p_source, p_source_id, coalesce(l.category, 'general'), l.title,
		chibo.acting_unit(), chibo.name_of_unit(chibo.acting_unit()), chibo.caller(), l.member_id, a.person_id,
		coalesce(a.full_name, chibo.name_of_unit(u.id)), chibo.day(l.due_on, 'due_on'));
end
$$;

-- Ids of the lines of one request follow from its own, so that a repeated request finds them again.
create function chibo.line_id(p_id uuid, p_line bigint) returns uuid language sql immutable as $$
	select overlay(overlay(md5(p_id::text || '/' || p_line) placing '8' from 13) placing '8' from 17)::uuid
$$;

create function chibo.create_tasks(p_source chibo.task_source, p_source_id uuid, p_lines chibo.task_line[])
returns void language plpgsql as $$
begin
	if cardinality(p_lines) = 0 then
		perform chibo.refuse(3, 'required', 'title');
	end if;
	perform chibo.require_source(p_source, p_source_id);
	perform chibo.assign_task(p_source, p_source_id, l) from unnest(p_lines) as l;
end
$$;

create function chibo.lock_task(p_id uuid) returns chibo.task language plpgsql as $$
declare
	t chibo.task;
begin
	select x.* into t from chibo.task x
	where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, x.source_id, x.person_id) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	end if;
	return t;
end
$$;

-- Who does it: the member himself, or whoever acts at the unit that it lies with.
create function chibo.lock_as_assignee(p_id uuid) returns chibo.task language plpgsql as $$
declare
	t chibo.task := chibo.lock_task(p_id);
begin
	if t.person_id is distinct from chibo.caller() and t.unit_id is distinct from chibo.acting_unit() then
		perform chibo.refuse(9, 'not_assignee', 'id', 'assignee=' || t.assignee_name);
	end if;
	return t;
end
$$;

create function chibo.lock_as_assigner(p_id uuid) returns chibo.task language plpgsql as $$
declare
	t chibo.task := chibo.lock_task(p_id);
begin
	if t.assigner_id is distinct from chibo.acting_unit() then
		perform chibo.refuse(9, 'not_assigner', 'id', 'assigner=' || coalesce(t.assigner_name, ''));
	end if;
	return t;
end
$$;

create function chibo.require_task_state(t chibo.task, p_to chibo.task_state, p_from chibo.task_state[]) returns void
language plpgsql as $$
begin
	if t.state <> all (p_from) then
		perform chibo.refuse(9, 'state_transition', 'state', format(e'from=%s\nto=%s', t.state, p_to));
	end if;
end
$$;

create function chibo.accept_task(p_id uuid) returns void language plpgsql as $$
declare
	t chibo.task := chibo.lock_as_assignee(p_id);
begin
	perform chibo.require_task_state(t, 'accepted', '{assigned}');
	update chibo.task x set version = x.version + 1, state = 'accepted' where x.id = p_id;
end
$$;

-- What is done completely waits for the assigner; so does what is reported as done with less.
create function chibo.report_task(p_id uuid, p_progress int, p_result text, p_done boolean) returns void
language plpgsql as $$
declare
	t chibo.task := chibo.lock_as_assignee(p_id);
	v_progress int := coalesce(p_progress, t.progress);
	v_done boolean := coalesce(p_done, v_progress = 100);
begin
	perform chibo.require_task_state(t, case when v_done then 'reported'::chibo.task_state else 'in_progress' end,
		'{accepted,in_progress}');
	if v_done and coalesce(p_result, t.result) is null then
		perform chibo.refuse(3, 'required', 'result');
	end if;
	update chibo.task x set
		version = x.version + 1, state = case when v_done then 'reported'::chibo.task_state else 'in_progress' end,
		progress = v_progress, result = coalesce(p_result, x.result), reported_by = chibo.caller(), reported_at = now()
	where x.id = p_id;
end
$$;

-- Neither who reported it nor whose task it is: both hold on the person, in whatever role.
create function chibo.confirm_task(p_id uuid) returns void language plpgsql as $$
declare
	t chibo.task := chibo.lock_as_assigner(p_id);
begin
	perform chibo.require_task_state(t, 'confirmed', '{reported}');
	if t.reported_by = chibo.caller() then
		perform chibo.refuse(9, 'own_proposal', 'id');
	end if;
	perform auth.require_not_own(t.person_id, 'id');
	update chibo.task x set version = x.version + 1, state = 'confirmed', confirmed_by = chibo.caller(), confirmed_at = now()
	where x.id = p_id;
end
$$;

create function chibo.return_task(p_id uuid, p_reason text) returns void language plpgsql as $$
declare
	t chibo.task := chibo.lock_as_assigner(p_id);
begin
	perform chibo.require_task_state(t, 'in_progress', '{reported}');
	update chibo.task x set version = x.version + 1, state = 'in_progress', reason = p_reason where x.id = p_id;
end
$$;

create function chibo.cancel_task(p_id uuid, p_reason text) returns void language plpgsql as $$
declare
	t chibo.task := chibo.lock_as_assigner(p_id);
begin
	perform chibo.require_task_state(t, 'cancelled', '{assigned,accepted,in_progress}');
	update chibo.task x set version = x.version + 1, state = 'cancelled', reason = p_reason where x.id = p_id;
end
$$;

create view chibo.task_sheet with (security_invoker = true) as
	select t.id, t.version, t.unit_id, auth.unit_path(t.unit_id, chibo.today()) as unit_path, t.source, t.source_id,
	       t.category, t.title, t.assigner_id, t.assigner_name, t.assigned_at as assigned_at_us, t.member_id, t.person_id,
	       t.assignee_name, t.due_on as due_day, chibo.iso(t.due_on) as due_on, t.state, t.progress, t.result, t.reason,
	       t.reported_at as reported_at_us, t.confirmed_at as confirmed_at_us,
	       t.due_on < chibo.today() and t.state not in ('confirmed', 'cancelled') as overdue, t.unit_pos as pos
	from chibo.task t;
grant select on chibo.task_sheet to chibo_app;

grant execute on function chibo.acting_unit, chibo.writing_unit, chibo.passed_vote, chibo.period_of, chibo.require_parent,
	chibo.require_meeting_of, chibo.create_resolution, chibo.lock_resolution, chibo.update_resolution,
	chibo.move_resolution, chibo.adopt_resolution, chibo.send_copies, chibo.issue_resolution,
	chibo.supersede_resolution, chibo.receive_copy, chibo.require_source, chibo.assignee_member, chibo.name_of_unit,
	chibo.assign_task, chibo.line_id, chibo.create_tasks, chibo.lock_task, chibo.lock_as_assignee,
	chibo.lock_as_assigner, chibo.require_task_state, chibo.accept_task, chibo.report_task, chibo.confirm_task,
	chibo.return_task, chibo.cancel_task to chibo_app;
grant execute on function chibo.acting_unit to chibo_auth;

commit;
