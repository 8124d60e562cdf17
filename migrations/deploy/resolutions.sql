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
	drafted_by    uuid not null references chibo.person,
	issued_by     uuid references chibo.person,
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
	assigned_by   uuid not null references chibo.person,
	assigned_at   timestamptz not null default now(),
	member_id     uuid constraint member_id__not_found references chibo.member,
	person_id     uuid references chibo.person,   -- of the member
	assignee_name text not null,   -- of the member or the unit, as of the day
	due_on        date not null,
	state         chibo.task_state not null default 'assigned',
	progress      int not null default 0 constraint progress__out_of_range check (progress between 0 and 100),
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

commit;
