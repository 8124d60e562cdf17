-- Deploy chibo:admissions to pg
-- The file of an admission: papers, background checks, votes, decision, ceremony.

begin;
set local role chibo_owner;

create type chibo.case_outcome as enum ('admitted', 'refused', 'dropped', 'expired');

-- A part of its candidate: what the stages leave behind. One is open at most; a new file is a new row.
create table chibo.admission_case (
	id             uuid constraint admission_case_id__id_taken primary key,
	candidate_id   uuid not null,
	unit_id        uuid not null,
	unit_pos       int not null,
	feed_id        uuid not null,
	opened_on      date not null,
	opened_by      uuid not null references chibo.person,
	exception      text constraint exception__text check (chibo.is_text(exception, 300)),   -- to age or schooling, with its basis
	conclusion_by  uuid references chibo.person,     -- of the checks
	round          int not null default 1 check (round > 0),            -- of the branch's next vote, or of the one that passed
	branch_vote_id uuid references chibo.vote_item,
	branch_on      date,
	branch_resolution text constraint resolution__text__branch check (chibo.is_text(branch_resolution, 300)),
	committee_round int not null default 1 check (committee_round > 0),
	committee_vote_id uuid references chibo.vote_item,
	committee_on   date,
	committee_resolution text constraint resolution__text__committee check (chibo.is_text(committee_resolution, 300)),
	submitted_by   uuid references chibo.person,
	submitted_at   timestamptz,
	appraised_by   uuid references chibo.person,
	appraisal      text constraint appraisal__text check (chibo.is_text(appraisal, 1000)),
	decision_doc   text constraint decision_doc__text check (chibo.is_text(decision_doc, 300)),
	decision_on    date,
	decided_by     uuid references chibo.person,
	decider_id     uuid references chibo.unit,       -- the unit that held the power on the day
	received_on    date,                             -- by the branch
	held_on        date,                             -- the ceremony
	meeting_id     uuid references chibo.meeting,
	consent        text constraint consent__text check (chibo.is_text(consent, 300)),   -- of the decider to a late ceremony
	member_id      uuid references chibo.member,
	outcome        chibo.case_outcome,
	constraint branch_on__order check (branch_on >= opened_on),
	constraint committee_on__order check (committee_on >= branch_on),
	constraint decision_on__order check (decision_on >= committee_on),
	constraint received_on__order check (received_on >= decision_on),
	constraint held_on__order check (held_on >= decision_on),
	constraint id__own_proposal__case check (decided_by <> submitted_by and decided_by <> appraised_by),
	check ((decision_on is null) = (decided_by is null) and (decision_on is null) = (decision_doc is null)),
	check ((outcome = 'admitted') is not true or (held_on is not null and member_id is not null)),
	foreign key (candidate_id, unit_id, unit_pos, feed_id) references chibo.candidate (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create unique index candidate_id__case_open on chibo.admission_case (candidate_id) where outcome is null;
create index on chibo.admission_case (unit_pos, candidate_id);
create index on chibo.admission_case (candidate_id);
create index on chibo.admission_case (member_id);

alter table chibo.agenda_item add constraint admission_case_id__not_found
	foreign key (admission_case_id) references chibo.admission_case;

create type chibo.file_kind as enum ('admission', 'recognition');

-- Which papers a file consists of, and before which step each must be there.
create table chibo.paper_type (
	code       text primary key check (code ~ '^[a-z][a-z_]{1,39}$'),
	kind       chibo.file_kind not null,
	name       text not null,
	order_no   int not null,
	needed_for text,      -- the method that refuses without it; null: it may be missing
	valid_rule text,      -- rule_param in months; null: it stays valid
	is_renewed boolean not null default false   -- written anew when a file has lain too long
);
grant select on chibo.paper_type to chibo_app, chibo_auth;

-- A paper that is there. Its text stays in the file's cabinet; this says since when, until when and who keeps it.
create table chibo.file_paper (
	case_id      uuid references chibo.admission_case,
	member_id    uuid,                 -- of a probation
	type         text not null constraint type__not_found references chibo.paper_type,
	candidate_id uuid,
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	dated_on     date not null,
	valid_until_on date constraint valid_until_on__before_start check (valid_until_on >= dated_on),
	reference    text constraint reference__text check (chibo.is_text(reference, 100)),   -- its number
	custodian    text not null constraint custodian__text check (chibo.is_text(custodian, 200)),
	constraint type__twice unique nulls not distinct (case_id, member_id, type),
	check (num_nonnulls(case_id, member_id) = 1 and (case_id is null) = (candidate_id is null)),
	foreign key (candidate_id, unit_id, unit_pos, feed_id) references chibo.candidate (id, unit_id, unit_pos, feed_id)
		on update cascade,
	foreign key (member_id, unit_id, unit_pos, feed_id) references chibo.member (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create index on chibo.file_paper (unit_pos);
create index on chibo.file_paper (member_id) where member_id is not null;

create type chibo.check_subject as enum ('self', 'parent', 'parent_in_law', 'fosterer', 'spouse', 'child');
create type chibo.check_conclusion as enum ('clear', 'needs_upper_opinion', 'not_eligible');

-- Asked of a place, answered on a day with a conclusion, and not a word more: what was found is never stored.
create table chibo.background_check (
	id           uuid constraint background_check_id__id_taken primary key,
	candidate_id uuid not null,
	case_id      uuid not null references chibo.admission_case,
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	subject      chibo.check_subject not null,
	place        text not null constraint place__place check (place ~ '^[[:alnum:] ,./()-]{2,120}$' and chibo.is_text(place, 120)),
	asked_on     date not null,
	answered_on  date constraint answered_on__before_asking check (answered_on >= asked_on),
	conclusion   chibo.check_conclusion,
	constraint conclusion__required check ((answered_on is null) = (conclusion is null)),
	foreign key (candidate_id, unit_id, unit_pos, feed_id) references chibo.candidate (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create index on chibo.background_check (unit_pos, candidate_id);
create index on chibo.background_check (case_id);

call meta.put_under_scope('chibo.admission_case', 'unit_pos');
call meta.put_under_scope('chibo.file_paper', 'unit_pos');
call meta.put_under_scope('chibo.background_check', 'unit_pos');
grant select, insert, update on chibo.admission_case, chibo.background_check to chibo_app;
grant select, insert, update, delete on chibo.file_paper to chibo_app;
grant select on chibo.admission_case, chibo.file_paper, chibo.background_check to chibo_auth;

insert into chibo.paper_type (code, kind, name, order_no, needed_for, valid_rule, is_renewed) values
	('awareness_certificate', 'admission', 'Giấy chứng nhận bồi dưỡng nhận thức về Đảng', 10, 'AdmissionService/OpenFile', 'awareness_cert.valid_months', false),
	('application',           'admission', 'Đơn xin vào Đảng (1-KNĐ)',                     20, 'AdmissionService/RequestChecks', null, false),
	('biography',             'admission', 'Lý lịch của người xin vào Đảng (2-KNĐ)',       30, 'AdmissionService/RequestChecks', null, false),
	('mentor_letter',         'admission', 'Giấy giới thiệu của đảng viên giúp đỡ (3-KNĐ)', 40, 'AdmissionService/CollectOpinions', 'admission_file.redo_after_months', true),
	('union_resolution',      'admission', 'Nghị quyết giới thiệu của đoàn thể (4-KNĐ)',   50, 'AdmissionService/CollectOpinions', 'admission_file.redo_after_months', true),
	('verification',          'admission', 'Kết quả thẩm tra lý lịch',                     60, 'AdmissionService/ConcludeChecks', null, false),
	('upper_opinion',         'admission', 'Ý kiến của cấp có thẩm quyền về lý lịch',      70, null, null, false),
	('mass_opinion',          'admission', 'Ý kiến của tổ chức chính trị - xã hội',        80, 'AdmissionService/CollectOpinions', 'admission_file.redo_after_months', true),
	('residence_opinion',     'admission', 'Ý kiến của chi ủy nơi cư trú',                 90, 'AdmissionService/CollectOpinions', 'admission_file.redo_after_months', true),
	('branch_resolution',     'admission', 'Nghị quyết của chi bộ',                       100, 'AdmissionService/GrassrootsVote', null, false),
	('sub_committee_appraisal', 'admission', 'Báo cáo thẩm định của đảng ủy bộ phận',     110, null, null, false),
	('grassroots_resolution', 'admission', 'Nghị quyết của đảng ủy cơ sở',                120, 'AdmissionService/Submit', null, false),
	('new_member_class',      'recognition', 'Giấy chứng nhận bồi dưỡng đảng viên mới',    10, 'ProbationService/BranchVote', null, false),
	('self_review',           'recognition', 'Bản tự kiểm điểm của đảng viên dự bị',       20, 'ProbationService/BranchVote', null, false),
	('mentor_opinion',        'recognition', 'Nhận xét của đảng viên giúp đỡ',             30, 'ProbationService/BranchVote', null, false),
	('probation_mass_opinion', 'recognition', 'Ý kiến của tổ chức chính trị - xã hội',     40, 'ProbationService/BranchVote', null, false),
	('probation_residence_opinion', 'recognition', 'Ý kiến của chi ủy nơi cư trú',         50, 'ProbationService/BranchVote', null, false),
	('recognition_resolution', 'recognition', 'Nghị quyết của chi bộ',                     60, 'ProbationService/GrassrootsVote', null, false),
	('recognition_committee_resolution', 'recognition', 'Nghị quyết của đảng ủy cơ sở',    70, 'ProbationService/Submit', null, false);

-- The open file of a candidate.
create function chibo.open_case(p_candidate uuid) returns chibo.admission_case language sql stable as $$
	select x from chibo.admission_case x where x.candidate_id = p_candidate and x.outcome is null
$$;

-- Refuses a step while papers that it needs are missing or were valid only until an earlier day.
create function chibo.require_papers(p_case uuid, p_member uuid, p_method text, p_on date) returns void language plpgsql as $$
declare
	v_missing text;
	v_expired text;
begin
	select string_agg(t.code, ',' order by t.order_no) filter (where p.type is null),
	       string_agg(t.code, ',' order by t.order_no) filter (where p.valid_until_on < p_on)
	into v_missing, v_expired
	from chibo.paper_type t
	left join chibo.file_paper p on p.type = t.code and (p.case_id = p_case or p.member_id = p_member)
	where t.needed_for = p_method;
	if v_missing is not null then
		perform chibo.refuse(9, 'papers_missing', 'id', 'types=' || v_missing);
	elsif v_expired is not null then
		perform chibo.refuse(9, 'papers_expired', 'id', 'types=' || v_expired);
	end if;
end
$$;

grant execute on function chibo.open_case, chibo.require_papers to chibo_app;

set local role chibo_auth;

-- The unit that decides on admissions and recognitions of a unit's people: the first at or above it that has the power.
create function auth.decider_of(p_unit uuid) returns uuid
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return (select u.id from unnest(units_above(p_unit)) with ordinality as a (id, height)
	        join unit u on u.id = a.id
	        where u.can_decide_admission order by a.height limit 1);
end
$$;

-- The name of a unit today, of the caller's scope or above it: whoever decides is no secret there.
create function auth.unit_name_of(p_unit uuid) returns text
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
begin
	return (select n.name from tree t join unit_name n on n.unit_id = t.unit_id
	        where t.unit_id = p_unit and (t.pos between v_lo and v_hi or v_lo between t.pos and t.last)
	          and covers(n.during, today()));
end
$$;
grant execute on function auth.decider_of, auth.unit_name_of to chibo_app;

commit;
