-- Deploy chibo:targets to pg
-- Terms of committees, and targets that come down from one level to the next.

begin;
set local role chibo_owner;

-- From the congress of the unit itself on: every unit has its own days.
create table chibo.term (
	id            uuid constraint term_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,
	unit_pos      int not null,
	feed_id       uuid not null,
	name          text not null constraint name__text check (chibo.is_text(name, 40)),    -- 2020–2025
	during        daterange not null constraint last_on__before_start check (not isempty(during)),
	nominal_years int not null constraint nominal_years__out_of_range check (nominal_years between 1 and 10),
	basis         text not null constraint basis__text check (chibo.is_text(basis, 300)),
	constraint from_on__one_term_a_day exclude using gist (unit_id with =, during with &&),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.term (unit_pos, id);

create type chibo.target_period as enum ('term', 'year', 'month');
-- adjusted: another version has taken its place.
create type chibo.target_state as enum ('proposed', 'agreed', 'issued', 'cascaded', 'adjusted', 'closed');

create table chibo.target (
	id          uuid constraint target_id__id_taken primary key,
	version     int not null default 1,
	unit_id     uuid not null,     -- whose target it is
	unit_pos    int not null,
	feed_id     uuid not null,
	metric      text not null,     -- of code list metric
	period      chibo.target_period not null,
	during      daterange not null constraint last_on__before_start__target check (not isempty(during)),
	term_id     uuid constraint term_id__not_found references chibo.term,   -- of the unit, or of one above
	value       int not null constraint value__out_of_range check (value > 0),
	basis       text not null constraint basis__text__target check (chibo.is_text(basis, 300)),
	parent_id   uuid references chibo.target,   -- of a unit above that it is a share of
	number      int not null default 1,         -- of the version
	replaces    uuid constraint replaces__corrected unique references chibo.target,
	difference  text constraint difference__text check (chibo.is_text(difference, 300)),   -- why the shares do not add up to this
	reason      text constraint reason__text__target check (chibo.is_text(reason, 300)),   -- of an adjustment, or of closing
	state       chibo.target_state not null default 'proposed',
	proposed_by uuid not null references chibo.person,
	proposed_at timestamptz not null default now(),
	agreed_by   uuid references chibo.person,
	agreed_at   timestamptz,
	issued_by   uuid references chibo.person,
	issued_at   timestamptz,
	constraint id__own_proposal__target check (issued_by <> proposed_by and agreed_by <> proposed_by),
	constraint period__year check (period <> 'year' or (lower(during), upper(during)) = (
		date_trunc('year', lower(during))::date, (date_trunc('year', lower(during)) + interval '1 year')::date)),
	constraint period__month check (period <> 'month' or (lower(during), upper(during)) = (
		date_trunc('month', lower(during))::date, (date_trunc('month', lower(during)) + interval '1 month')::date)),
	constraint term_id__required check ((period = 'term') = (term_id is not null)),
	check ((number = 1) = (replaces is null)),
	constraint unit_id__target_exists exclude using gist
		(unit_id with =, metric with =, period with =, during with &&) where (state not in ('adjusted', 'closed')),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.target (unit_pos, id);
create index on chibo.target (unit_id);
create index on chibo.target (parent_id);
create index on chibo.target (term_id);

call meta.put_under_scope('chibo.term', 'unit_pos');
call meta.put_under_scope('chibo.target', 'unit_pos');
call ledger.watch('chibo.term', 'term');
call ledger.watch('chibo.target', 'target');
call meta.keep_states('chibo.target', 'target');
grant select, insert, update on chibo.term, chibo.target to chibo_app;
grant select on chibo.term, chibo.target to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('target', 1, 'proposed', 'agreed'),
	('target', 2, 'agreed', 'issued'),
	('target', 3, 'issued', 'cascaded'),
	('target', 4, 'issued', 'adjusted'),
	('target', 5, 'cascaded', 'adjusted'),
	('target', 6, 'issued', 'closed'),
	('target', 7, 'cascaded', 'closed'),
	('target', 8, 'proposed', 'closed'),      -- taken back
	('target', 9, 'agreed', 'closed'),
	('target', 10, 'agreed', 'proposed');     -- one step back, with a reason

insert into chibo.action (entity, state, method, order_no)
select 'target', x.state, a.method, a.order_no
from (values
	(10, 'TargetService/Agree',    '{proposed}'),
	(20, 'TargetService/SendBack', '{agreed}'),
	(30, 'TargetService/Issue',    '{agreed}'),
	(40, 'TargetService/Cascade',  '{issued}'),
	(50, 'TargetService/Adjust',   '{issued,cascaded}'),
	(60, 'TargetService/Close',    '{proposed,agreed,issued,cascaded}')
) as a (order_no, method, states)
cross join unnest(a.states::text[]) as x (state);

commit;
