-- Deploy chibo:candidates to pg
-- People on the way to admission: sources, mentors, awareness classes.

begin;
set local role chibo_owner;

-- What reports count of everybody: codes, where the texts beside them say it in the words of the file.
alter table chibo.person
	add education_level text,   -- of code list education_level
	add theory_level text,      -- of code list theory_level
	add occupation text,        -- of code list occupation
	add youth_union boolean;
alter table chibo.member add unique (id, unit_id, unit_pos, feed_id);

-- One path from the first conversation to admission. The file of the case and its votes stand in admission_case.
create type chibo.candidate_stage as enum (
	'identified', 'listed', 'mentored', 'in_class', 'certified', 'file_open', 'checking', 'checked', 'ready', 'escalated',
	'branch_approved', 'grassroots_approved', 'under_review', 'decided', 'refused', 'probationary', 'suspended', 'dropped');

-- A person stands here once, whatever becomes of it. The record lies where the person's lies: whoever moves takes it
-- along. Its parts below carry no version of their own, each change of them raises the candidate's.
create table chibo.candidate (
	id            uuid constraint candidate_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,
	unit_pos      int not null,
	feed_id       uuid not null,
	person_id     uuid not null constraint person_id__has_candidate unique,
	stage         chibo.candidate_stage not null default 'identified',
	resume_stage  chibo.candidate_stage,   -- where a suspended one goes on
	source_group  text not null,           -- of code list source_group
	introduced_by text,                    -- of code list introducer
	union_resolution text constraint union_resolution__text check (chibo.is_text(union_resolution, 300)),
	works_away    boolean not null default false,
	identified_on date not null,
	listed_on     date constraint listed_on__before_start check (listed_on >= identified_on),
	listing_resolution text constraint resolution__text check (chibo.is_text(listing_resolution, 300)),
	reason        text constraint reason__text check (chibo.is_text(reason, 300)),   -- why dropped, suspended, sent back
	stage_on      date not null,           -- of the last step
	constraint listed_on__required check ((listed_on is null) = (listing_resolution is null)),
	check ((resume_stage is not null) = (stage = 'suspended')),
	unique (id, unit_id, unit_pos, feed_id),
	foreign key (person_id, unit_id, unit_pos, feed_id) references chibo.person (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create index on chibo.candidate (unit_pos, id);
create index on chibo.candidate (unit_id);
create index on chibo.candidate (stage, unit_pos);

-- One or two members who help, named by resolution of the branch. Together: in one unit, at work, school or home.
create table chibo.mentor_assignment (
	id               uuid constraint mentor_assignment_id__id_taken primary key,
	candidate_id     uuid not null,
	unit_id          uuid not null,
	unit_pos         int not null,
	feed_id          uuid not null,
	mentor_id        uuid not null constraint mentor_id__not_found references chibo.member,
	mentor_person_id uuid not null references chibo.person,
	mentor_name      text not null,      -- as of the day
	resolution       text not null constraint resolution__text check (chibo.is_text(resolution, 300)),
	together_since_on date,              -- of a replacement it may be unknown
	is_replacement   boolean not null default false,
	during           daterange not null constraint last_on__before_start check (not isempty(during)),
	reason_end       text constraint reason__text check (chibo.is_text(reason_end, 300)),
	constraint together_since_on__required check (is_replacement or together_since_on is not null),
	constraint reason__required check (upper_inf(during) = (reason_end is null)),
	constraint mentor_id__helps_already exclude using gist (candidate_id with =, mentor_id with =, during with &&),
	foreign key (candidate_id, unit_id, unit_pos, feed_id) references chibo.candidate (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create index on chibo.mentor_assignment (unit_pos, candidate_id);
create index on chibo.mentor_assignment (candidate_id);
create index on chibo.mentor_assignment (mentor_person_id);

-- A class belongs to its organiser and everybody may know of it; who takes part stands with each candidate.
create table chibo.awareness_class (
	id         uuid constraint awareness_class_id__id_taken primary key,
	version    int not null default 1,
	feed_id    uuid not null,
	code       text not null constraint code__class_exists unique
		constraint code__format check (code ~ '^[A-Z0-9][A-Z0-9./-]{1,39}$'),
	name       text not null constraint name__text check (chibo.is_text(name, 200)),
	organiser  text not null constraint organiser__text check (chibo.is_text(organiser, 200)),
	during     daterange not null constraint last_on__before_start check (not isempty(during))
);

create type chibo.class_result as enum ('sent', 'certified', 'failed');

create table chibo.class_attendance (
	candidate_id   uuid not null,
	class_id       uuid not null constraint class_id__not_found references chibo.awareness_class,
	unit_id        uuid not null,
	unit_pos       int not null,
	feed_id        uuid not null,
	result         chibo.class_result not null default 'sent',
	certificate_no text constraint certificate_no__text check (chibo.is_text(certificate_no, 60)),
	issued_on      date,
	valid_until_on date,     -- the last day, by the rule of the day of issue
	rule_doc       text,
	constraint class_id__attended primary key (candidate_id, class_id),
	constraint certificate_no__required check ((result = 'certified') = (num_nonnulls(certificate_no, issued_on, valid_until_on) = 3)),
	foreign key (candidate_id, unit_id, unit_pos, feed_id) references chibo.candidate (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create index on chibo.class_attendance (unit_pos, class_id);
create index on chibo.class_attendance (class_id);

call meta.put_under_scope('chibo.candidate', 'unit_pos');
call meta.put_under_scope('chibo.mentor_assignment', 'unit_pos');
call meta.put_under_scope('chibo.class_attendance', 'unit_pos');
call ledger.watch('chibo.candidate', 'candidate');
call ledger.watch('chibo.awareness_class', 'awareness_class');
call meta.keep_states('chibo.candidate', 'candidate', 'stage');
grant select, insert, update on chibo.candidate, chibo.mentor_assignment, chibo.awareness_class, chibo.class_attendance
	to chibo_app;
grant select on chibo.candidate, chibo.mentor_assignment, chibo.awareness_class, chibo.class_attendance to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('candidate', 1, 'identified', 'listed'),
	('candidate', 2, 'listed', 'mentored'),
	('candidate', 3, 'mentored', 'in_class'),
	('candidate', 4, 'in_class', 'certified'),
	('candidate', 5, 'in_class', 'mentored'),             -- not passed
	('candidate', 6, 'certified', 'file_open'),
	('candidate', 7, 'mentored', 'file_open'),            -- with a certificate from before that is still valid
	('candidate', 8, 'file_open', 'checking'),
	('candidate', 9, 'checking', 'checked'),
	('candidate', 10, 'checked', 'ready'),
	('candidate', 11, 'ready', 'branch_approved'),
	('candidate', 12, 'ready', 'escalated'),
	('candidate', 13, 'escalated', 'branch_approved'),
	('candidate', 14, 'branch_approved', 'grassroots_approved'),
	('candidate', 15, 'grassroots_approved', 'under_review'),
	('candidate', 16, 'under_review', 'decided'),
	('candidate', 17, 'under_review', 'refused'),
	('candidate', 18, 'decided', 'probationary'),
	('candidate', 19, 'refused', 'mentored'),
	('candidate', 20, 'checking', 'file_open'),           -- one step back, with a reason
	('candidate', 21, 'checked', 'checking'),
	('candidate', 22, 'ready', 'checked'),
	('candidate', 23, 'branch_approved', 'ready'),
	('candidate', 24, 'grassroots_approved', 'branch_approved'),
	('candidate', 25, 'under_review', 'grassroots_approved'),
	('candidate', 26, 'checked', 'file_open'),            -- the letters have expired
	('candidate', 27, 'ready', 'file_open'),
	('candidate', 28, 'dropped', 'listed'),
	('candidate', 29, 'dropped', 'identified');           -- never listed
-- Whoever is not at the end may be dropped, or wait and go on where he was.
insert into chibo.transition (entity, order_no, from_state, to_state)
select 'candidate', 100 + row_number() over (), way.from_state, way.to_state
from unnest(enum_range(null::chibo.candidate_stage)) as s (stage)
cross join lateral (values (s.stage::text, 'dropped'), (s.stage::text, 'suspended'), ('suspended', s.stage::text))
	as way (from_state, to_state)
where s.stage not in ('decided', 'refused', 'probationary', 'suspended', 'dropped')
union all values ('candidate', 200, 'suspended', 'dropped');

insert into chibo.action (entity, state, method, order_no)
select 'candidate', x.state, a.method, a.order_no
from (values
	(10, 'CandidateService/Enlist',           '{identified}'),
	(20, 'CandidateService/AssignMentor',     '{listed,mentored,in_class,certified,file_open,checking,checked,ready}'),
	(30, 'CandidateService/EndMentor',        '{mentored,in_class,certified,file_open,checking,checked,ready}'),
	(40, 'ClassService/Send',                 '{mentored}'),
	(50, 'ClassService/Certify',              '{in_class}'),
	(60, 'AdmissionService/OpenFile',         '{mentored,certified}'),
	(70, 'AdmissionService/SetPaper',         '{file_open,checking,checked,ready,branch_approved,grassroots_approved}'),
	(80, 'AdmissionService/RequestChecks',    '{file_open}'),
	(90, 'AdmissionService/AnswerCheck',      '{checking}'),
	(100, 'AdmissionService/ConcludeChecks',  '{checking}'),
	(110, 'AdmissionService/CollectOpinions', '{checked}'),
	(120, 'AdmissionService/BranchVote',      '{ready}'),
	(130, 'AdmissionService/Resolve',         '{escalated}'),
	(140, 'AdmissionService/RenewFile',       '{checked,ready}'),
	(150, 'AdmissionService/GrassrootsVote',  '{branch_approved}'),
	(160, 'AdmissionService/Submit',          '{grassroots_approved}'),
	(170, 'AdmissionService/SendBack',        '{checking,checked,ready,branch_approved,grassroots_approved}'),
	(180, 'AdmissionService/Appraise',        '{under_review}'),
	(190, 'AdmissionService/ReturnFile',      '{under_review}'),
	(200, 'AdmissionService/Extend',          '{branch_approved,grassroots_approved,under_review}'),
	(210, 'AdmissionService/Decide',          '{under_review}'),
	(220, 'AdmissionService/Receive',         '{decided}'),
	(230, 'AdmissionService/HoldCeremony',    '{decided}'),
	(240, 'CandidateService/Update',          '{identified,listed,mentored,in_class,certified,file_open,checking,checked,ready}'),
	(250, 'CandidateService/Move',            '{identified,listed,mentored,in_class,certified,file_open,checking,checked,ready,escalated,branch_approved,grassroots_approved,under_review,decided,refused,suspended,dropped}'),
	(260, 'CandidateService/Suspend',         '{identified,listed,mentored,in_class,certified,file_open,checking,checked,ready,escalated,branch_approved,grassroots_approved,under_review}'),
	(270, 'CandidateService/Drop',            '{identified,listed,mentored,in_class,certified,file_open,checking,checked,ready,escalated,branch_approved,grassroots_approved,under_review,suspended}'),
	(280, 'CandidateService/Resume',          '{refused,suspended,dropped}')
) as a (order_no, method, states)
cross join unnest(a.states::text[]) as x (state);

alter table chibo.agenda_item add constraint candidate_id__not_found
	foreign key (candidate_id) references chibo.candidate;
alter table chibo.mentor_report add constraint candidate_id__not_found__report
	foreign key (candidate_id) references chibo.candidate;

-- The caller himself if he helps this candidate today: what reach `own` means here.
create function chibo.mentoring(p_candidate uuid) returns uuid language sql stable as $$
	select m.mentor_person_id from chibo.mentor_assignment m
	where m.candidate_id = p_candidate and m.mentor_person_id = chibo.caller() and chibo.covers(m.during, chibo.today())
	limit 1
$$;

-- Whether this request may see who a candidate is. Who reads counts alone learns it when the file lies before him.
create function chibo.sees_candidate(p_stage chibo.candidate_stage) returns boolean language sql stable parallel safe as $$
	select chibo.sees_names() or p_stage in ('under_review', 'decided')
$$;

-- Whether it may see the file of a candidate; a mentor sees what he himself reports.
create function chibo.sees_file() returns boolean language sql stable parallel safe as $$
	select coalesce(current_setting('app.reach', true) in ('scope', 'masked'), false)
$$;

-- Locks a candidate for a step from this version, in one of these stages.
create function chibo.lock_candidate(p_id uuid, p_base_version int, p_stages chibo.candidate_stage[])
returns chibo.candidate language plpgsql as $$
declare
	c chibo.candidate;
begin
	select x.* into c from chibo.candidate x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif c.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || c.version);
	elsif c.stage <> all (p_stages) then
		perform chibo.refuse(9, 'candidate_stage', 'id', 'stage=' || c.stage);
	end if;
	perform auth.require_not_own(c.person_id, 'id');
	return c;
end
$$;

-- The one way from stage to stage; the same stage only raises the version.
create function chibo.step_candidate(p_id uuid, p_stage chibo.candidate_stage, p_on date, p_reason text default null)
returns void language sql as $$
	update chibo.candidate c set
		version = c.version + 1, stage = p_stage, stage_on = case when c.stage = p_stage then c.stage_on else p_on end,
		resume_stage = case when p_stage = 'suspended' then c.stage end,
		reason = case when c.stage = p_stage then c.reason else p_reason end
	where c.id = p_id
$$;

grant execute on function chibo.mentoring, chibo.sees_candidate, chibo.sees_file, chibo.lock_candidate,
	chibo.step_candidate to chibo_app;
grant execute on function chibo.mentoring, chibo.sees_candidate, chibo.sees_file to chibo_auth;

commit;
