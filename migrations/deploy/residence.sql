-- Deploy chibo:residence to pg
-- Members who work elsewhere and take part where they live: registered, assessed once a year, counted apart.

begin;
set local role chibo_owner;

create type chibo.residential_category as enum ('normal', 'introduced_exempt', 'not_introduced');
create type chibo.residential_state as enum ('received', 'active', 'ended');

-- Its time in the branch is the residential membership. Who was not introduced has no branch where he lives; his own
-- branch keeps the row then.
create table chibo.residential_registration (
	id            uuid constraint residential_registration_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,
	unit_pos      int not null,
	feed_id       uuid not null,
	member_id     uuid not null constraint member_id__not_found references chibo.member,
	person_id     uuid not null references chibo.person,
	full_name     text not null,
	membership_id uuid constraint membership_id__registered unique references chibo.membership,
	category      chibo.residential_category not null,
	state         chibo.residential_state not null default 'received',
	work_unit     text not null constraint work_unit__text check (chibo.is_text(work_unit, 200)),   -- often outside
	introduced_on date,
	received_on   date not null,
	ended_on      date constraint ended_on__before_start check (ended_on >= received_on),
	reason        text constraint reason__text check (chibo.is_text(reason, 300)),
	constraint membership_id__required check ((category = 'not_introduced') = (membership_id is null)),
	constraint introduced_on__required check ((category = 'not_introduced') = (introduced_on is null)),
	constraint received_on__before_introduction check (received_on >= introduced_on),
	check ((ended_on is null) = (state <> 'ended')),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.residential_registration (unit_pos, id);
create index on chibo.residential_registration (unit_id);
create unique index member_id__registered on chibo.residential_registration (member_id, unit_id) where state <> 'ended';

create table chibo.residential_assessment (
	id              uuid constraint residential_assessment_id__id_taken primary key,
	version         int not null default 1,
	unit_id         uuid not null,
	unit_pos        int not null,
	feed_id         uuid not null,
	registration_id uuid not null,
	year            int not null constraint year__out_of_range check (year between 2000 and 2100),
	grade           text not null,   -- of code list residential_grade
	note            text constraint note__text check (length(note) between 1 and 1000),
	proposed_by     uuid not null references chibo.person,   -- of the branch committee
	confirmed_by    uuid references chibo.person,
	sent_on         date,            -- to the work unit
	constraint year__assessed unique (registration_id, year),
	constraint id__own_proposal check (confirmed_by <> proposed_by),
	foreign key (registration_id, unit_id) references chibo.residential_registration (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.residential_assessment (unit_pos, registration_id);
create index on chibo.residential_assessment (registration_id);

call meta.put_under_scope('chibo.residential_registration', 'unit_pos');
call meta.put_under_scope('chibo.residential_assessment', 'unit_pos');
call ledger.watch('chibo.residential_registration', 'residential_registration');
call ledger.watch('chibo.residential_assessment', 'residential_assessment');
call meta.keep_states('chibo.residential_registration', 'residential_registration');
grant select, insert, update on chibo.residential_registration, chibo.residential_assessment to chibo_app;
grant select on chibo.residential_registration, chibo.residential_assessment to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('residential_registration', 1, 'received', 'active'),
	('residential_registration', 2, 'received', 'ended'),
	('residential_registration', 3, 'active', 'ended');

commit;
