-- Deploy chibo:meetings to pg
-- The meeting: programme, agenda, papers, guests, roll call at an instant, what was said, conclusion.

begin;
set local role chibo_owner;

create type chibo.meeting_state as enum
	('planned', 'prepared', 'notified', 'in_session', 'closed', 'submitted', 'acknowledged', 'cancelled');
create type chibo.attendance_state as enum ('present', 'excused', 'unexcused', 'exempt', 'online');
create type chibo.guest_class as enum ('delegate', 'peer_observer', 'residential', 'other');

-- One record: its parts below carry no version of their own, each change of them raises the meeting's.
-- Names stand as they were on the day, so that minutes and figures stay the same for ever.
create table chibo.meeting (
	id              uuid constraint meeting_id__id_taken primary key,
	version         int not null default 1,
	unit_id         uuid not null,
	unit_pos        int not null,
	feed_id         uuid not null,
	kind            chibo.meeting_kind not null,
	state           chibo.meeting_state not null default 'planned',
	period_month    chibo.month not null,   -- the month that it counts in, whatever day it is held on
	planned_at      timestamptz not null,
	started_at      timestamptz,
	ended_at        timestamptz constraint ended_at__before_start check (ended_at > started_at),
	held_on         date generated always as ((started_at at time zone 'Asia/Ho_Chi_Minh')::date) stored,
	place           text constraint place__text check (chibo.is_text(place, 200)),
	chair_id        uuid not null constraint chair_id__not_found references chibo.person,
	chair_name      text not null,
	clerk_id        uuid not null constraint clerk_id__not_found references chibo.person,
	clerk_name      text not null,
	topic           text constraint topic__text check (chibo.is_text(topic, 300)),
	topic_tag       text,           -- of code list topic
	conclusion      text constraint conclusion__text check (length(conclusion) between 1 and 8000),
	published_on    date,
	submitted_by    uuid references chibo.person,
	submitted_at    timestamptz,
	acknowledged_by uuid references chibo.person,
	acknowledged_at timestamptz,
	reason          text constraint reason__text check (chibo.is_text(reason, 300)),   -- why returned or cancelled
	constraint clerk_id__same_person check (chair_id <> clerk_id),
	constraint id__own_proposal check (acknowledged_by <> submitted_by),
	constraint topic__required check (kind <> 'thematic' or topic is not null),
	check ((started_at is not null) = (state in ('in_session', 'closed', 'submitted', 'acknowledged'))),
	check (ended_at is not null or state not in ('closed', 'submitted', 'acknowledged')),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.meeting (unit_pos, period_month, id);
create index on chibo.meeting (unit_id, period_month);
create index on chibo.meeting (feed_id, period_month);

create table chibo.agenda_item (
	meeting_id        uuid not null,
	item_no           int not null constraint item_no__out_of_range check (item_no between 1 and 50),
	unit_id           uuid not null,
	unit_pos          int not null,
	kind              text not null,   -- of code list agenda_item
	title             text not null constraint title__text check (chibo.is_text(title, 300)),
	presenter         text constraint presenter__text check (chibo.is_text(presenter, 100)),
	minutes           int constraint minutes__out_of_range check (minutes between 1 and 600),
	-- whom it is about: the monthly review of a candidate, the vote on an admission, a ceremony
	candidate_id      uuid,
	admission_case_id uuid,
	constraint item_no__twice__agenda_item primary key (meeting_id, item_no),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.agenda_item (unit_pos, meeting_id);
create index on chibo.agenda_item (admission_case_id) where admission_case_id is not null;

-- What must be done before a meeting opens, and who did it.
create table chibo.checklist_item (
	meeting_id uuid not null,
	code       text not null,   -- of code list checklist
	unit_id    uuid not null,
	unit_pos   int not null,
	done_at    timestamptz,
	done_by    uuid references chibo.person,
	primary key (meeting_id, code),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.checklist_item (unit_pos, meeting_id);

-- Invitations and papers: what was sent to whom, when. The files themselves stay where they are.
create table chibo.paper (
	id         uuid constraint paper_id__id_taken primary key,
	meeting_id uuid not null,
	unit_id    uuid not null,
	unit_pos   int not null,
	title      text not null constraint title__text check (chibo.is_text(title, 300)),
	sent_to    text not null constraint sent_to__text check (chibo.is_text(sent_to, 200)),
	sent_at    timestamptz not null,
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.paper (unit_pos, meeting_id);
create index on chibo.paper (meeting_id);

-- The person is the key, the capacity is what it was called on the day.
create table chibo.guest (
	id         uuid constraint guest_id__id_taken primary key,
	meeting_id uuid not null,
	unit_id    uuid not null,
	unit_pos   int not null,
	class      chibo.guest_class not null,
	person_id  uuid constraint person_id__not_found references chibo.person,   -- who is known here
	full_name  text constraint full_name__text check (chibo.is_text(full_name, 100)),
	capacity   text not null constraint capacity__text check (chibo.is_text(capacity, 300)),
	sender     text constraint sender__text check (chibo.is_text(sender, 200)),   -- the unit that sends him, in words
	comment    text constraint comment__text check (length(comment) between 1 and 4000),
	constraint person_id__twice unique (meeting_id, person_id),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.guest (unit_pos, meeting_id);

-- One row for each member and meeting. Present from arrived_at, or from the start, until left_at, or the end;
-- the roll at any instant follows from that.
create table chibo.attendance (
	meeting_id  uuid not null,
	member_id   uuid not null constraint member_id__not_found references chibo.member,
	unit_id     uuid not null,
	unit_pos    int not null,
	full_name   text not null,
	sort_key    text not null,              -- given, family, middle name, as lists are ordered
	status      chibo.member_status not null,   -- on the day
	is_away     boolean not null,           -- by temporary transfer elsewhere on the day: no vote here
	state       chibo.attendance_state not null,
	reason      text constraint reason__text check (chibo.is_text(reason, 300)),
	arrived_at  timestamptz,
	left_at     timestamptz,
	constraint member_id__twice primary key (meeting_id, member_id),
	constraint reason__required check (state <> 'excused' or reason is not null),
	constraint left_at__before_arrival check (left_at > arrived_at),
	constraint arrived_at__absent check (state in ('present', 'online') or (arrived_at is null and left_at is null)),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.attendance (unit_pos, meeting_id);
create index on chibo.attendance (member_id);

create table chibo.speech (
	id         uuid constraint speech_id__id_taken primary key,
	meeting_id uuid not null,
	unit_id    uuid not null,
	unit_pos   int not null,
	speaker    text not null constraint speaker__text check (chibo.is_text(speaker, 100)),
	member_id  uuid constraint member_id__not_found references chibo.member,   -- null: a guest
	item_no    int,
	summary    text not null constraint summary__text check (length(summary) between 1 and 4000),
	spoken_at  timestamptz not null,
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.speech (unit_pos, meeting_id);
create index on chibo.speech (meeting_id);

-- What the assigned member reports of a candidate in a month, at a meeting of the branch, and what the branch says.
create table chibo.mentor_report (
	id             uuid constraint mentor_report_id__id_taken primary key,
	meeting_id     uuid not null,
	unit_id        uuid not null,
	unit_pos       int not null,
	candidate_id   uuid not null,
	candidate_name text not null constraint candidate_name__text check (chibo.is_text(candidate_name, 100)),
	mentor_id      uuid not null constraint mentor_id__not_found references chibo.member,
	mentor_name    text not null,
	month          chibo.month not null,
	strengths      text not null constraint strengths__text check (length(strengths) between 1 and 2000),
	weaknesses     text not null constraint weaknesses__text check (length(weaknesses) between 1 and 2000),
	branch_comment text constraint branch_comment__text check (length(branch_comment) between 1 and 2000),
	constraint month__reported unique (candidate_id, mentor_id, month),
	foreign key (meeting_id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.mentor_report (unit_pos, meeting_id);
create index on chibo.mentor_report (meeting_id);

call meta.put_under_scope('chibo.meeting', 'unit_pos');
call meta.put_under_scope('chibo.agenda_item', 'unit_pos');
call meta.put_under_scope('chibo.checklist_item', 'unit_pos');
call meta.put_under_scope('chibo.paper', 'unit_pos');
call meta.put_under_scope('chibo.guest', 'unit_pos');
call meta.put_under_scope('chibo.attendance', 'unit_pos');
call meta.put_under_scope('chibo.speech', 'unit_pos');
call meta.put_under_scope('chibo.mentor_report', 'unit_pos');
call ledger.watch('chibo.meeting', 'meeting');
call meta.keep_states('chibo.meeting', 'meeting');
grant select, insert, update on chibo.meeting, chibo.checklist_item, chibo.guest, chibo.attendance to chibo_app;
grant select, insert on chibo.paper, chibo.speech, chibo.mentor_report to chibo_app;
grant select, insert, delete on chibo.agenda_item to chibo_app;
grant select on chibo.meeting, chibo.agenda_item, chibo.checklist_item, chibo.paper, chibo.guest, chibo.attendance,
	chibo.speech, chibo.mentor_report to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('meeting', 1, 'planned', 'prepared'),
	('meeting', 2, 'prepared', 'notified'),
	('meeting', 3, 'notified', 'in_session'),
	('meeting', 4, 'in_session', 'closed'),
	('meeting', 5, 'closed', 'submitted'),
	('meeting', 6, 'submitted', 'acknowledged'),
	('meeting', 7, 'submitted', 'closed'),       -- returned with a reason
	('meeting', 8, 'prepared', 'planned'),
	('meeting', 9, 'notified', 'prepared'),
	('meeting', 10, 'planned', 'cancelled'),
	('meeting', 11, 'prepared', 'cancelled'),
	('meeting', 12, 'notified', 'cancelled');

-- A closed meeting stays as it was. Of itself it only goes on through its states; what was said, voted and decided
-- is corrected by a new version of the minutes.
create function chibo.keep_closed_meeting() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_free text[] := '{version,state,submitted_by,submitted_at,acknowledged_by,acknowledged_at,reason,published_on,unit_pos,feed_id,held_on}';
begin
	if old.state in ('closed', 'submitted', 'acknowledged')
	   and (to_jsonb(new) - v_free) is distinct from (to_jsonb(old) - v_free) then
		perform refuse(9, 'meeting_closed', 'id', 'state=' || old.state);
	end if;
	return new;
end
$$;
create trigger keep_closed before update on chibo.meeting for each row execute function chibo.keep_closed_meeting();

create function chibo.keep_closed_part() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_row jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
begin
	if tg_op = 'UPDATE' and (to_jsonb(new) - '{unit_pos,feed_id}'::text[]) = (to_jsonb(old) - '{unit_pos,feed_id}'::text[]) then
		return new;   -- it only follows its unit
	end if;
	if exists (select from meeting m where m.id = (v_row ->> 'meeting_id')::uuid
	           and m.state in ('closed', 'submitted', 'acknowledged')) then
		perform refuse(9, 'meeting_closed', 'id');
	end if;
	return case when tg_op = 'DELETE' then old else new end;
end
$$;
create procedure meta.keep_with_meeting(target regclass) language plpgsql as $$
begin
	execute format('create trigger keep_closed before insert or update or delete on %s '
		'for each row execute function chibo.keep_closed_part()', target);
end
$$;
call meta.keep_with_meeting('chibo.agenda_item');
call meta.keep_with_meeting('chibo.checklist_item');
call meta.keep_with_meeting('chibo.paper');
call meta.keep_with_meeting('chibo.guest');
call meta.keep_with_meeting('chibo.attendance');
call meta.keep_with_meeting('chibo.speech');
call meta.keep_with_meeting('chibo.mentor_report');
grant execute on function chibo.keep_closed_meeting, chibo.keep_closed_part to chibo_app, chibo_auth;

-- Locks a meeting for a change; with a version, one from this version. In one of the states, if any are named. A person:
-- whose own change it is.
create function chibo.lock_meeting(p_id uuid, p_field text, p_base_version int default null,
                                   p_states chibo.meeting_state[] default null, p_person uuid default null)
returns chibo.meeting language plpgsql as $$
declare
	m chibo.meeting;
begin
	select x.* into m from chibo.meeting x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, x.id, p_person) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', p_field);
	elsif m.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || m.version);
	elsif m.state <> all (p_states) then
		perform chibo.refuse(9, case when m.state in ('closed', 'submitted', 'acknowledged') then 'meeting_closed'
		                             else 'meeting_state' end, p_field, 'state=' || m.state);
	end if;
	return m;
end
$$;

-- A part of it was changed: the record has a new version, and the ledger an entry.
create function chibo.raise_meeting(p_id uuid) returns void language sql as $$
	update chibo.meeting set version = version + 1 where id = p_id
$$;
grant execute on function chibo.lock_meeting, chibo.raise_meeting to chibo_app;

set local role chibo_auth;

-- Who stands on the roll of a unit on a day: primary members, with what they are on that day, whether a temporary
-- transfer keeps them away, and whether they are exempt (no table yet: nobody). Their records may be kept elsewhere
-- by now. Only for a unit in the caller's interval.
create function auth.roll_of(p_unit uuid, p_day date)
returns table (member_id uuid, person_id uuid, full_name text, sort_key text, status chibo.member_status,
               is_away boolean, sex chibo.sex)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select m.id, p.id, p.full_name, concat_ws(' ', p.given_name, p.family_name, p.middle_name),
	       status_on(m.status, m.full_on, p_day),
	       exists (select from membership t where t.member_id = m.id and t.kind = 'temporary' and t.unit_id <> p_unit
	               and covers(t.during, p_day)),
	       p.sex
	from membership s
	join member m on m.id = s.member_id
	join person p on p.id = m.person_id
	where s.unit_id = p_unit and s.kind = 'primary' and covers(s.during, p_day) and in_scope(p_unit);
end
$$;
grant execute on function auth.roll_of to chibo_app;

-- A delegate's grant names a meeting that exists.
set local role chibo_owner;
grant references on chibo.meeting to chibo_auth;
set local role chibo_auth;
alter table auth."grant" add constraint meeting_id__not_found foreign key (meeting_id) references chibo.meeting;
create index grant_of_meeting on auth."grant" (meeting_id) where meeting_id is not null;

commit;
