-- Deploy chibo:probations to pg
-- From probationary to full member.

begin;
set local role chibo_owner;

-- running: nobody moves it when its day comes; that it is due is computed from the day.
create type chibo.probation_state as enum
	('running', 'branch_approved', 'grassroots_approved', 'under_review', 'recognised', 'removal_proposed', 'ended');

-- One for each member of ours who came as probationary, with his id and wherever his record lies. Nobody is forgotten: the
-- row comes with the member, whoever writes him.
create table chibo.probation (
	id             uuid constraint member_id__has_probation primary key,   -- of the member
	version        int not null default 1,
	unit_id        uuid not null,
	unit_pos       int not null,
	feed_id        uuid not null,
	state          chibo.probation_state not null default 'running',
	joined_on      date not null,
	due_on         date not null,     -- joined_on and the months of the rule of that day
	round          int not null default 1 check (round > 0),
	branch_vote_id uuid references chibo.vote_item,
	branch_on      date,
	branch_resolution text constraint resolution__text__probation check (chibo.is_text(branch_resolution, 300)),
	committee_round int not null default 1 check (committee_round > 0),
	committee_vote_id uuid references chibo.vote_item,
	committee_on   date,
	committee_resolution text constraint resolution__text__probation_committee check (chibo.is_text(committee_resolution, 300)),
	submitted_by   uuid references chibo.person,
	submitted_at   timestamptz,
	decision_doc   text constraint decision_doc__text__probation check (chibo.is_text(decision_doc, 300)),
	decision_on    date,
	decided_by     uuid references chibo.person,
	removal_on     date,              -- since when removal stands proposed
	reason         text constraint reason__text__probation check (chibo.is_text(reason, 300)),   -- of a proposal to remove, or of a step back
	constraint branch_on__probation_running check (branch_on >= due_on),
	constraint committee_on__order__probation check (committee_on >= branch_on),
	constraint decision_on__order__probation check (decision_on >= committee_on),
	constraint id__own_proposal__probation check (decided_by <> submitted_by),
	check ((state = 'recognised') <= (decided_by is not null)),
	unique (id, unit_id, unit_pos, feed_id),
	foreign key (id, unit_id, unit_pos, feed_id) references chibo.member (id, unit_id, unit_pos, feed_id) on update cascade
);
create index on chibo.probation (unit_pos, id);
create index on chibo.probation (state, unit_pos, due_on);
create index on chibo.probation (decision_on);

call meta.put_under_scope('chibo.probation', 'unit_pos');
call ledger.watch('chibo.probation', 'probation');
call meta.keep_states('chibo.probation', 'probation');
grant select, insert, update on chibo.probation to chibo_app, chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('probation', 1, 'running', 'branch_approved'),
	('probation', 2, 'branch_approved', 'grassroots_approved'),
	('probation', 3, 'grassroots_approved', 'under_review'),
	('probation', 4, 'under_review', 'recognised'),
	('probation', 5, 'running', 'removal_proposed'),
	('probation', 6, 'under_review', 'removal_proposed'),    -- refused
	('probation', 7, 'removal_proposed', 'running'),         -- taken back
	('probation', 8, 'branch_approved', 'running'),          -- one step back, with a reason
	('probation', 9, 'grassroots_approved', 'branch_approved'),
	('probation', 10, 'under_review', 'grassroots_approved'),
	('probation', 11, 'running', 'ended'),                   -- left the Party or the district
	('probation', 12, 'branch_approved', 'ended'),
	('probation', 13, 'grassroots_approved', 'ended'),
	('probation', 14, 'under_review', 'ended'),
	('probation', 15, 'removal_proposed', 'ended');

insert into chibo.action (entity, state, method, order_no)
select 'probation', x.state, a.method, a.order_no
from (values
	(10, 'ProbationService/SetPaper',       '{running,branch_approved,grassroots_approved}'),
	(20, 'ProbationService/BranchVote',     '{running}'),
	(30, 'ProbationService/GrassrootsVote', '{branch_approved}'),
	(40, 'ProbationService/Submit',         '{grassroots_approved}'),
	(50, 'ProbationService/SendBack',       '{branch_approved,grassroots_approved,under_review}'),
	(60, 'ProbationService/Extend',         '{branch_approved,grassroots_approved,under_review}'),
	(70, 'ProbationService/Decide',         '{under_review}'),
	(80, 'ProbationService/ProposeRemoval', '{running}'),
	(90, 'ProbationService/Resume',         '{removal_proposed}')
) as a (order_no, method, states)
cross join unnest(a.states::text[]) as x (state);

commit;
