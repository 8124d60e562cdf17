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

commit;
