-- Deploy chibo:admission_reports to pg
-- Reports of admissions and of what members are (R05, R06), of candidates (R09), with the lists behind.

begin;
set local role chibo_owner;

-- What these reports count by: a group adds up to the total, and each of its lines is a list of people.
create table chibo.figure_group (
	report    text not null check (report ~ '^R[0-9]{2}$'),
	code      text not null check (code ~ '^[a-z][a-z_]{1,39}$'),
	name      text not null,
	order_no  int not null,
	code_list text,                          -- whose codes are its lines
	is_origin boolean not null default false,    -- ethnicity, religion: small ones are told only where the files are kept
	is_whole  boolean not null default true,     -- its lines are shares of their sum
	primary key (report, code)
);
-- Lines that are no codes of a list; they stand in the report even when nobody is in them.
create table chibo.figure_line (
	report     text not null,
	group_code text not null,
	code       text not null,
	name       text not null,
	order_no   int not null,
	primary key (report, group_code, code),
	foreign key (report, group_code) references chibo.figure_group
);
grant select on chibo.figure_group, chibo.figure_line to chibo_app, chibo_auth;

insert into chibo.figure_group (report, code, name, order_no, code_list, is_origin, is_whole) values
	('R05', 'total',       'Tổng số',                     10, null, false, true),
	('R05', 'sex',         'Giới tính',                   20, null, false, true),
	('R05', 'youth_union', 'Đoàn viên thanh niên',        30, null, false, true),
	('R05', 'ethnicity',   'Dân tộc',                     40, null, true, true),
	('R05', 'religion',    'Tôn giáo',                    50, null, true, true),
	('R05', 'age',         'Tuổi khi vào Đảng',           60, null, false, true),
	('R05', 'education',   'Trình độ học vấn, chuyên môn', 70, 'education_level', false, true),
	('R05', 'sector',      'Loại hình chi bộ',            80, null, false, true),
	('R05', 'occupation',  'Nghề nghiệp',                 90, 'occupation', false, true),
	('R06', 'total',       'Tổng số',                     10, null, false, true),
	('R06', 'sex',         'Giới tính',                   20, null, false, true),
	('R06', 'age',         'Tuổi đời',                    30, null, false, true),
	('R06', 'seniority',   'Tuổi đảng',                   40, null, false, true),
	('R06', 'education',   'Trình độ học vấn, chuyên môn', 50, 'education_level', false, true),
	('R06', 'theory',      'Lý luận chính trị',           60, 'theory_level', false, true),
	('R06', 'ethnicity',   'Dân tộc',                     70, 'ethnicity', true, true),
	('R06', 'religion',    'Tôn giáo',                    80, 'religion', true, true),
	('R06', 'sector',      'Loại hình chi bộ',            90, null, false, true),
	('R09', 'stage',       'Bước',                        10, null, false, true),
	('R09', 'source',      'Nguồn',                       20, 'source_group', false, true),
	('R09', 'due',         'Việc cần làm',                30, null, false, false),
	('R09', 'class',       'Lớp nhận thức và kết nạp',    40, null, false, false),
	('R09', 'recent',      'Hai năm gần đây',             50, null, false, false);

insert into chibo.figure_line (report, group_code, code, name, order_no) values
	('R05', 'total', 'all', 'Đảng viên mới kết nạp', 10),
	('R05', 'youth_union', 'yes', 'Là đoàn viên', 10),
	('R05', 'youth_union', 'no', 'Không là đoàn viên', 20),
	('R05', 'ethnicity', 'kinh', 'Kinh', 10),
	('R05', 'ethnicity', 'minority', 'Dân tộc thiểu số', 20),
	('R05', 'religion', 'none', 'Không theo tôn giáo', 10),
	('R05', 'religion', 'religious', 'Theo tôn giáo', 20),
	('R06', 'total', 'all', 'Đảng viên', 10),
	('R06', 'seniority', '0-9', 'Dưới 10 năm', 10),
	('R06', 'seniority', '10-19', '10 đến 19 năm', 20),
	('R06', 'seniority', '20-29', '20 đến 29 năm', 30),
	('R06', 'seniority', '30-39', '30 đến 39 năm', 40),
	('R06', 'seniority', '40-49', '40 đến 49 năm', 50),
	('R06', 'seniority', '50-59', '50 đến 59 năm', 60),
	('R06', 'seniority', '60+', 'Từ 60 năm', 70),
	('R09', 'stage', 'identified', 'Mới phát hiện', 10),
	('R09', 'stage', 'listed', 'Đã vào danh sách', 20),
	('R09', 'stage', 'mentored', 'Đang được giúp đỡ', 30),
	('R09', 'stage', 'in_class', 'Đang học lớp nhận thức', 40),
	('R09', 'stage', 'certified', 'Đã có giấy chứng nhận', 50),
	('R09', 'stage', 'file_open', 'Đã mở hồ sơ', 60),
	('R09', 'stage', 'checking', 'Đang thẩm tra', 70),
	('R09', 'stage', 'checked', 'Đã thẩm tra', 80),
	('R09', 'stage', 'ready', 'Chờ chi bộ biểu quyết', 90),
	('R09', 'stage', 'escalated', 'Cấp trên xem xét sau các lần biểu quyết', 100),
	('R09', 'stage', 'branch_approved', 'Chi bộ đã thông qua', 110),
	('R09', 'stage', 'grassroots_approved', 'Đảng ủy cơ sở đã thông qua', 120),
	('R09', 'stage', 'under_review', 'Cấp có thẩm quyền đang xét', 130),
	('R09', 'stage', 'decided', 'Đã có quyết định, chờ lễ kết nạp', 140),
	('R09', 'stage', 'refused', 'Không được kết nạp', 150),
	('R09', 'stage', 'probationary', 'Đã kết nạp', 160),
	('R09', 'stage', 'suspended', 'Tạm dừng', 170),
	('R09', 'stage', 'dropped', 'Đã đưa ra', 180),
	('R09', 'due', 'mentor_missing', 'Thiếu nhận xét tháng của người giúp đỡ', 10),
	('R09', 'due', 'certificate_expiring', 'Giấy chứng nhận sắp hết hạn', 20),
	('R09', 'due', 'near', 'Sắp đến hạn', 30),
	('R09', 'due', 'overdue', 'Quá hạn', 40),
	('R09', 'class', 'sent', 'Cử đi học trong kỳ', 10),
	('R09', 'class', 'certified', 'Được cấp giấy chứng nhận trong kỳ', 20),
	('R09', 'class', 'admitted', 'Kết nạp trong kỳ', 30),
	('R09', 'class', 'cohort_admitted', 'Trong số cử đi học, đến nay đã kết nạp', 40),
	('R09', 'recent', 'admitted_two_years', 'Kết nạp trong 24 tháng', 10),
	('R09', 'recent', 'in_consideration', 'Đang xét: từ mở hồ sơ đến trước lễ kết nạp', 20);
insert into chibo.figure_line (report, group_code, code, name, order_no)
select r.report, l.group_code, l.code, l.name, l.order_no
from (values ('R05'), ('R06')) as r (report)
cross join (values
	('sex', 'male', 'Nam', 10),
	('sex', 'female', 'Nữ', 20),
	('age', '18-30', '18 đến 30', 10),
	('age', '31-40', '31 đến 40', 20),
	('age', '41-50', '41 đến 50', 30),
	('age', '51-60', '51 đến 60', 40),
	('age', 'over_60', 'Trên 60', 50)
) as l (group_code, code, name, order_no);

-- Whole years from one day to another; of a date of which less is known, from its first day. Written to be inlined.
create function chibo.years_between(p_from text, p_until date) returns int language sql stable parallel safe as $$
	select extract(year from age(p_until, rpad(p_from, 10, '-01-01')::date))::int
$$;

grant execute on function chibo.years_between to chibo_app, chibo_auth;
grant select on chibo.scheme, chibo.scheme_line to chibo_auth;
grant execute on function chibo.require_period to chibo_auth;

-- The days that a report is of: a period, or from one day to another; neither: this year until today.
create function chibo.report_days(p_period text, p_from date, p_until date, out from_on date, out until_on date)
language plpgsql stable as $$
begin
	if p_period is not null then
		if num_nonnulls(p_from, p_until) > 0 then
			perform chibo.refuse(3, 'period_or_days', 'period');
		end if;
		select lower(d), upper(d) - 1 into from_on, until_on from chibo.require_period(p_period, 'mqhy') d;
		return;
	end if;
	until_on := coalesce(p_until, chibo.today());
	from_on := coalesce(p_from, date_trunc('year', until_on)::date);
	if until_on < from_on then
		perform chibo.refuse(3, 'before_start', 'until_on', 'from_on=' || chibo.iso(from_on));
	end if;
end
$$;

-- Of a drill: R05 is of a period, the others of a day.
create function chibo.drill_days(p_report text, p_as_of date, p_period text, p_from date, p_until date, out from_on date,
                                 out until_on date) language plpgsql stable as $$
begin
	if p_report = 'R05' then
		select d.from_on, d.until_on into from_on, until_on from chibo.report_days(p_period, p_from, p_until) d;
	else
		until_on := coalesce(p_as_of, chibo.today());
	end if;
end
$$;
grant execute on function chibo.report_days, chibo.drill_days to chibo_app;

set local role chibo_auth;

-- --- who was admitted ---

-- Whether admissions count on the day of the ceremony or of the decision.
create function auth.count_basis(p_day date) returns text
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	return (rule_on('admission.count_basis', p_day)).value;
end
$$;

-- Each admission from one day to another, credited to the branch that took him in: `then` in the tree of that day,
-- `now` in today's, where a closed branch's are its successor's. What became of him later changes nothing.
create function auth.admissions(p_unit uuid, p_from date, p_until date, p_tree chibo.tree_mode, p_basis text)
returns table (member_id uuid, person_id uuid, unit_id uuid, unit_pos int, day date)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan
-- days that were asked for are a part of the table, read by its index
set enable_seqscan = off as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
begin
	return query
	select m.id, m.person_id, c.unit_id, c.unit_pos, case p_basis when 'decision' then m.decision_on else m.joined_on end
	from member m
	join membership s on s.member_id = m.id and s.kind = 'primary' and covers(s.during, m.joined_on)
	left join heirs() h on h.unit_id = s.unit_id and p_tree = 'now'
	join unit_closure c on c.unit_id = coalesce(h.heir_id, s.unit_id) and c.ancestor_id = p_unit
		and covers(c.during, case when p_tree = 'now' then today() when p_basis = 'decision' then m.decision_on else m.joined_on end)
	where (p_basis = 'decision' and m.decision_on between p_from and p_until
	       or p_basis <> 'decision' and m.joined_on between p_from and p_until)
	  and c.unit_pos between v_lo and v_hi;
end
$$;

-- --- R09: candidates ---

-- Where each candidate of a unit and all below it stood on a day. Since his last step that is where he stands. Before
-- it only what left a day behind is known: the list, the first mentor, classes, certificate, the file's opening, the
-- first check, the votes, submission, decision and ceremony; who waited or was out of it then is not.
create function auth.stages_on(p_unit uuid, p_day date)
returns table (candidate_id uuid, person_id uuid, unit_id uuid, unit_pos int, source_group text,
               stage chibo.candidate_stage, since date)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	select c.id, c.person_id, c.unit_id, c.unit_pos, c.source_group, c.stage, c.stage_on
	from candidate c
	where c.unit_pos between i.lo and i.hi and c.stage_on <= p_day
	union all
	select c.id, c.person_id, c.unit_id, c.unit_pos, c.source_group, p.stage, p.day
	from candidate c
	cross join lateral past_stage(c, p_day) p
	where c.unit_pos between i.lo and i.hi and c.stage_on > p_day and c.identified_on <= p_day;
end
$$;

-- The highest stage that a candidate had reached on a day before his last step, of those that left a day behind.
create function auth.past_stage(c chibo.candidate, p_day date)
returns table (stage chibo.candidate_stage, day date) language sql stable as $$
	select x.stage, x.day
	from (
		select 'identified'::chibo.candidate_stage as stage, c.identified_on as day
		union all select 'listed', c.listed_on
		union all
		select 'mentored', min(lower(m.during)) from chibo.mentor_assignment m where m.candidate_id = c.id
		union all
		select 'in_class', lower(k.during)
		from chibo.class_attendance a join chibo.awareness_class k on k.id = a.class_id
		where a.candidate_id = c.id and (a.result <> 'failed' or chibo.covers(k.during, p_day))
		union all select 'certified', a.issued_on from chibo.class_attendance a where a.candidate_id = c.id
		union all
		select s.stage, s.day
		from (select f.* from chibo.admission_case f where f.candidate_id = c.id and f.opened_on <= p_day
		      order by f.opened_on desc limit 1) f
		cross join lateral (values
			('file_open'::chibo.candidate_stage, f.opened_on),
			('checking', (select min(b.asked_on) from chibo.background_check b where b.case_id = f.id)),
			('branch_approved', f.branch_on),
			('grassroots_approved', f.committee_on),
			('under_review', chibo.day_of(f.submitted_at)),
			(case f.outcome when 'refused' then 'refused'::chibo.candidate_stage else 'decided' end, f.decision_on),
			('probationary', f.held_on)
		) as s (stage, day)
	) x
	where x.day <= p_day
	order by x.stage desc, x.day desc
	limit 1
$$;

-- A line of a list behind R09: who is counted in a group under a code. An admission may be of somebody who never stood
-- here as a candidate.
create type auth.pipeline_fact as (
	candidate_id uuid, member_id uuid, unit_id uuid, unit_pos int, stage chibo.candidate_stage, "group" text, code text,
	day date, detail text
);

create function auth.on_the_way(p_stage chibo.candidate_stage) returns boolean language sql immutable as $$
	select p_stage not in ('refused', 'probationary', 'suspended', 'dropped')
$$;

create function auth.stage_facts(p_unit uuid, p_day date) returns setof auth.pipeline_fact
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select s.candidate_id, null::uuid, s.unit_id, s.unit_pos, s.stage, g."group", g.code, s.since, null::text
	from stages_on(p_unit, p_day) s
	cross join lateral (values
		('stage', s.stage::text, true),
		('source', s.source_group, on_the_way(s.stage)),
		('recent', 'in_consideration', on_the_way(s.stage) and s.stage >= 'file_open')
	) as g ("group", code, is_counted)
	where g.is_counted;
end
$$;

-- What waits for somebody: mentors who have not reported for the month, certificates that run out, deadlines. Of a
-- candidate with several deadlines the first counts.
create function auth.due_facts(p_unit uuid, p_month text, p_day date) returns setof auth.pipeline_fact
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	i record;
	v_alert date := (p_day + make_interval(months => rule_number('awareness_cert.alert_months', p_day)))::date;
	v_far date := working_day_after(p_day, rule_number('due.near_days', p_day) + 1);
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	with way as materialized (
		select s.candidate_id, s.unit_id, s.unit_pos, s.stage from stages_on(p_unit, p_day) s where on_the_way(s.stage)
	)
	select w.candidate_id, null::uuid, w.unit_id, w.unit_pos, w.stage, 'due', d.code, d.day, d.detail
	from way w
	join (
		select a.candidate_id, 'mentor_missing' as code, min(lower(a.during)) as day,
		       string_agg(a.mentor_name, ', ' order by a.mentor_name) as detail
		from mentor_assignment a
		where a.unit_pos between i.lo and i.hi and covers(a.during, p_day)
		  and not exists (select from mentor_report r where r.candidate_id = a.candidate_id and r.month = p_month)
		group by a.candidate_id
		union all
		select a.candidate_id, 'certificate_expiring', max(a.valid_until_on), max(a.certificate_no)
		from class_attendance a where a.unit_pos between i.lo and i.hi and a.issued_on <= p_day
		group by a.candidate_id having max(a.valid_until_on) between p_day and v_alert
		union all
		(select distinct on (t.candidate_id) t.candidate_id, case when t.due_on < p_day then 'overdue' else 'near' end,
		       t.due_on, k.name
		from clock t join clock_kind k on k.code = t.kind
		where t.unit_pos between i.lo and i.hi and t.candidate_id is not null and t.started_on <= p_day
		  and (t.stopped_on is null or t.stopped_on > p_day) and t.due_on < v_far
		order by t.candidate_id, t.due_on)
	) d on d.candidate_id = w.candidate_id;
end
$$;

-- Classes and admissions of a period: two counters that know nothing of each other, and of those who were sent how many
-- have been admitted by the day. Somebody who was sent twice counts once.
create function auth.class_facts(p_unit uuid, p_from date, p_until date, p_day date) returns setof auth.pipeline_fact
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_basis text := count_basis(p_until);
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	with sent as materialized (
		select distinct on (a.candidate_id) a.candidate_id, c.person_id, c.unit_id, c.unit_pos, c.stage, lower(k.during) as day,
		       k.code as class_code
		from awareness_class k
		join class_attendance a on a.class_id = k.id
		join candidate c on c.id = a.candidate_id and c.unit_pos between i.lo and i.hi
		where lower(k.during) between p_from and p_until and a.unit_pos between i.lo and i.hi
		order by a.candidate_id, lower(k.during), k.code
	)
	select s.candidate_id, null::uuid, s.unit_id, s.unit_pos, s.stage, 'class', 'sent', s.day, s.class_code from sent s
	union all
	(select distinct on (c.id) c.id, null, c.unit_id, c.unit_pos, c.stage, 'class', 'certified', a.issued_on, a.certificate_no
	from class_attendance a join candidate c on c.id = a.candidate_id and c.unit_pos between i.lo and i.hi
	where a.issued_on between p_from and p_until and a.unit_pos between i.lo and i.hi
	order by c.id, a.issued_on)
	union all
	select c.id, x.member_id, x.unit_id, x.unit_pos, c.stage, x."group", x.code, x.day, null
	from (
		select a.*, 'class' as "group", 'admitted' as code from admissions(p_unit, p_from, p_until, 'then', v_basis) a
		union all
		select a.*, 'recent', 'admitted_two_years'
		from admissions(p_unit, (p_day - interval '24 months')::date + 1, p_day, 'then', v_basis) a
	) x
	left join candidate c on c.person_id = x.person_id and c.unit_pos between i.lo and i.hi
	union all
	select s.candidate_id, m.id, s.unit_id, s.unit_pos, s.stage, 'class', 'cohort_admitted', m.joined_on, s.class_code
	from sent s join member m on m.person_id = s.person_id and m.joined_on between s.day and p_day;
end
$$;

-- All that R09 counts. The stage in the lines of classes and admissions is today's.
create function auth.pipeline_facts(p_unit uuid, p_month text, p_from date, p_until date) returns setof auth.pipeline_fact
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_days daterange := require_period(p_month, 'm');
	v_day date := least(upper(v_days) - 1, today());
begin
	return query select f.* from stage_facts(p_unit, v_day) f;
	return query select f.* from due_facts(p_unit, p_month, v_day) f;
	return query
	select f.* from class_facts(p_unit, coalesce(p_from, lower(v_days)), coalesce(p_until, upper(v_days) - 1), v_day) f;
end
$$;

-- --- R05, R06, R07: members ---

-- A line of a list behind the reports of members: who is counted in a group under a code.
create type auth.member_fact as (member_id uuid, unit_id uuid, unit_pos int, "group" text, code text, day date);

create function auth.age_band(p_years int) returns text language sql immutable as $$
	select case when p_years <= 30 then '18-30' when p_years <= 40 then '31-40' when p_years <= 50 then '41-50'
	            when p_years <= 60 then '51-60' when p_years > 60 then 'over_60' end
$$;

create function auth.seniority_band(p_years int) returns text language sql stable as $$
	select case when p_years < 10 then '0-9' when p_years < 60 then format('%s-%s', p_years / 10 * 10, p_years / 10 * 10 + 9)
	            when p_years >= 60 then '60+' end
$$;

-- R05.
create function auth.admitted_facts(p_unit uuid, p_from date, p_until date, p_tree chibo.tree_mode, p_basis text)
returns setof auth.member_fact
language sql stable as $$
	select a.member_id, a.unit_id, a.unit_pos, g."group", coalesce(g.code, 'unknown'), a.day
	from auth.admissions(p_unit, p_from, p_until, p_tree, coalesce(p_basis, auth.count_basis(p_until))) a
	join chibo.member m on m.id = a.member_id
	join chibo.person p on p.id = a.person_id
	join chibo.unit u on u.id = a.unit_id
	left join chibo.person_origin o on o.id = a.person_id
	cross join lateral (values
		('total', 'all'),
		('sex', p.sex::text),
		('youth_union', case when p.youth_union then 'yes' when not p.youth_union then 'no' end),
		('ethnicity', case when o.ethnicity = 'kinh' then 'kinh' when o.ethnicity is not null then 'minority' end),
		('religion', case when o.religion = 'none' then 'none' when o.religion is not null then 'religious' end),
		('age', auth.age_band(chibo.years_between(p.born_on::text, m.joined_on))),
		('education', p.education_level),
		('sector', u.sector),
		('occupation', p.occupation)
	) as g ("group", code)
$$;

-- Who takes part in a unit and all below it on a day: those whom auth.unit_figures counts.
create function auth.members_on(p_unit uuid, p_day date, p_tree chibo.tree_mode)
returns table (member_id uuid, unit_id uuid, unit_pos int, sector text, is_branch boolean, is_grassroots boolean)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
begin
	return query
	select s.member_id, u.id, u.pos, u.sector, k.is_branch, u.is_grassroots
	from membership s
	join unit u on u.id = s.unit_id and covers(daterange(u.founded_on, u.closed_on), p_day)
	join unit_kind k on k.code = u.kind
	join unit_closure c on c.unit_id = s.unit_id and c.ancestor_id = p_unit
		and covers(c.during, case p_tree when 'now' then today() else p_day end)
	where s.unit_pos between v_lo and v_hi and s.kind = 'primary' and covers(s.during, p_day);
end
$$;

-- R06. Each with the day that he joined.
create function auth.structure_facts(p_unit uuid, p_day date, p_tree chibo.tree_mode) returns setof auth.member_fact
language sql stable as $$
	select x.member_id, x.unit_id, x.unit_pos, g."group", coalesce(g.code, 'unknown'), m.joined_on
	from auth.members_on(p_unit, p_day, p_tree) x
	join chibo.member m on m.id = x.member_id
	join chibo.person p on p.id = m.person_id
	left join chibo.person_origin o on o.id = p.id
	cross join lateral (values
		('total', 'all'),
		('sex', p.sex::text),
		('age', auth.age_band(chibo.years_between(p.born_on::text, p_day))),
		('seniority', auth.seniority_band(chibo.years_between(m.decision_on::text, p_day))),
		('education', p.education_level),
		('theory', p.theory_level),
		('ethnicity', o.ethnicity),
		('religion', o.religion),
		('sector', x.sector)
	) as g ("group", code)
$$;

-- The members of R07's branches, under the label of a scheme or the name of the sector.
create function auth.sector_facts(p_unit uuid, p_day date, p_tree chibo.tree_mode, p_scheme text) returns setof auth.member_fact
language sql stable as $$
	select x.member_id, x.unit_id, x.unit_pos, 'sector', g.label, m.joined_on
	from auth.members_on(p_unit, p_day, p_tree) x
	join chibo.member m on m.id = x.member_id
	join (
		select l.sector, l.label from chibo.scheme s join chibo.scheme_line l on l.scheme_id = s.id where s.code = p_scheme
		union all select s.code, s.name from chibo.sector s where p_scheme is null
	) g on g.sector = x.sector
	where x.is_branch and not x.is_grassroots
$$;

-- The lines of a report of members: R05 of a period, R06 and R07 of its last day. Like the three above, and without a
-- search path of its own, written to be inlined: a list of one figure makes no other lines.
create function auth.member_facts(p_report text, p_unit uuid, p_from date, p_until date, p_tree chibo.tree_mode, p_basis text,
                                  p_scheme text) returns setof auth.member_fact
language sql stable as $$
	select f.member_id, f.unit_id, f.unit_pos, f."group", f.code, f.day
	from auth.admitted_facts(p_unit, p_from, p_until, p_tree, p_basis) f where p_report = 'R05'
	union all
	select f.member_id, f.unit_id, f.unit_pos, f."group", f.code, f.day
	from auth.structure_facts(p_unit, p_until, p_tree) f where p_report = 'R06'
	union all
	select f.member_id, f.unit_id, f.unit_pos, f."group", f.code, f.day
	from auth.sector_facts(p_unit, p_until, p_tree, p_scheme) f where p_report = 'R07'
$$;

-- --- figures of facts ---

-- The lines of a report in their order: those that always stand there, and the codes of lists, sectors and what is not
-- recorded where somebody is in them.
create function auth.figure_lines(p_report text)
returns table ("group" text, group_name text, group_no int, code text, label text, line_no int, is_fixed boolean,
               is_origin boolean, is_whole boolean)
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	return query
	select g.code, g.name, g.order_no, l.code, l.name, l.order_no, l.is_fixed, g.is_origin, g.is_whole
	from figure_group g
	cross join lateral (
		select f.code, f.name, f.order_no, true as is_fixed from figure_line f
		where f.report = g.report and f.group_code = g.code
		union all select c.code, c.name, c.order_no, false from chibo.code c where c.list = g.code_list
		union all select s.code, s.name, s.order_no, false from sector s where g.code = 'sector'
		union all select 'unknown', 'Không ghi', 100000, false where g.is_whole and g.code <> 'total'
	) l
	where g.report = p_report;
end
$$;

-- Whether the caller acts in the unit that keeps the files, or below it: to whom small groups tell nothing new.
create function auth.sees_small_groups() returns boolean
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return exists (
		select from unit u
		where u.id = any (units_above(nullif(current_setting('app.unit_id', true), '')::uuid)) and u.keeps_member_files);
end
$$;

-- R05, R06: how many there are in each group under each code. Where p_is_open is false, groups of ethnicity and religion
-- that are smaller than the rule says are hidden, and where that were one alone, which the sum would tell, the next one
-- too. Where everybody is in one such group, the group is left out.
create function auth.member_figures(p_report text, p_unit uuid, p_from date, p_until date, p_tree chibo.tree_mode, p_basis text,
                                    p_is_open boolean)
returns table (row_key text, "group" text, group_name text, code text, label text, count bigint, share_pct text,
               is_hidden boolean)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_small int := rule_number('report.small_group', p_until);
begin
	return query
	with figure as (
		select l.*, coalesce(f.n, 0) as n, f.n < v_small and l.is_origin and not p_is_open as is_small
		from figure_lines(p_report) l
		left join (
			select x."group", x.code, count(*) as n
			from member_facts(p_report, p_unit, p_from, p_until, p_tree, p_basis, null) x group by x."group", x.code
		) f on f."group" = l."group" and f.code = l.code
		where l.is_fixed or f.n > 0
	), ranked as (
		select f.*, sum(f.n) over g as total, count(*) filter (where f.is_small) over g as smalls,
		       count(*) filter (where f.n > 0) over g as filled,
		       row_number() over (partition by f."group" order by f.n = 0, f.n, f.line_no, f.code) as place
		from figure f
		window g as (partition by f."group")
	)
	select r."group" || '=' || r.code, r."group", r.group_name, r.code, r.label, case when not h.is_hidden then r.n end,
	       case when not h.is_hidden then share_text(r.n, r.total::bigint) end, h.is_hidden
	from ranked r
	cross join lateral (select coalesce(r.is_small or r.smalls = 1 and r.place = 2 and r.n > 0, false) as is_hidden) h
	where not (r.smalls > 0 and r.filled = 1)
	order by r.group_no, r.line_no, r.code;
end
$$;

-- Whether a list may be told to the caller. By ethnicity and religion nobody is listed but where the files are kept, and
-- to those who may open what is sealed in them.
create function auth.require_list(p_report text, p_group text, p_code text) returns void
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if p_report not in ('R05', 'R06', 'R07') then
		perform refuse(5, 'unknown_report', 'report', 'value=' || left(p_report, 40));
	elsif p_report = 'R07' then
		return;
	elsif not exists (select from figure_lines(p_report) l where l."group" = p_group and l.code = p_code) then
		perform refuse(5, 'no_such_figure', 'code', format(e'group=%s\nvalue=%s', left(p_group, 40), left(p_code, 40)));
	elsif exists (select from figure_group g where g.report = p_report and g.code = p_group and g.is_origin)
	      and (reach_of('sealed_read') = 'scope' and sees_small_groups()) is not true then
		perform refuse(9, 'group_hidden', 'group', 'group=' || p_group);
	end if;
end
$$;

-- The list behind one figure of R05, R06 or R07, in tree order. Whoever is listed by ethnicity or religion is read.
create function auth.member_list(p_report text, p_unit uuid, p_from date, p_until date, p_tree chibo.tree_mode, p_basis text,
                                 p_scheme text, p_group text, p_code text, p_after_pos int, p_after_id uuid, p_limit int)
returns table (member_id uuid, full_name text, unit_path text, day text, detail text, pos int, person_id uuid, feed_id uuid,
               version int, is_origin boolean)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform require_list(p_report, p_group, p_code);
	return query
	select f.member_id, case when sees_names() then p.full_name end,
	       path_of(f.unit_id, case when p_tree = 'now' then today() when p_report = 'R05' then f.day else p_until end),
	       iso(f.day), case when sees_names() then p.born_on::text end, f.unit_pos, p.id, p.feed_id, p.version, coalesce(g.is_origin, false)
	from (
		select x.* from member_facts(p_report, p_unit, p_from, p_until, p_tree, p_basis, p_scheme) x
		where x."group" = p_group and x.code = p_code and reaches(x.unit_id, x.unit_pos)
		  and (x.unit_pos, x.member_id) > (coalesce(p_after_pos, -1), coalesce(p_after_id, '00000000-0000-0000-0000-000000000000'))
		order by x.unit_pos, x.member_id
		limit least(p_limit, 500)
	) f
	join member m on m.id = f.member_id
	join person p on p.id = m.person_id
	left join figure_group g on g.report = p_report and g.code = p_group
	order by f.unit_pos, f.member_id;
end
$$;

-- R09. Shares: of a group that adds up, of its sum; of the counters of classes, of those who were sent.
create function auth.pipeline_figures(p_unit uuid, p_month text, p_from date, p_until date)
returns table (row_key text, "group" text, group_name text, code text, label text, count bigint, share_pct text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select l."group" || '=' || l.code, l."group", l.group_name, l.code, l.label, coalesce(f.n, 0),
	       case when l.is_whole then share_text(coalesce(f.n, 0), (sum(f.n) over (partition by l."group"))::bigint)
	            when l."group" = 'class' and l.code <> 'sent'
	            then share_text(coalesce(f.n, 0), max(f.n) filter (where l.code = 'sent') over (partition by l."group")) end
	from figure_lines('R09') l
	left join (
		select x."group", x.code, count(*) as n from pipeline_facts(p_unit, p_month, p_from, p_until) x group by x."group", x.code
	) f on f."group" = l."group" and f.code = l.code
	where l.is_fixed or f.n > 0
	order by l.group_no, l.line_no, l.code;
end
$$;

-- The list behind one figure of R09, in tree order, as far as the caller's permission reaches. Who it is, is told as
-- with the candidates themselves.
create function auth.pipeline_list(p_unit uuid, p_month text, p_from date, p_until date, p_group text, p_code text,
                                   p_after_pos int, p_after_id uuid, p_limit int)
returns table (candidate_id uuid, member_id uuid, full_name text, unit_path text, stage chibo.candidate_stage, day text,
               detail text, pos int)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if not exists (select from figure_lines('R09') l where l."group" = p_group and l.code = p_code) then
		perform refuse(5, 'no_such_figure', 'code', format(e'group=%s\nvalue=%s', left(p_group, 40), left(p_code, 40)));
	end if;
	return query
	select f.candidate_id, f.member_id, case when n.is_seen then p.full_name end, path_of(f.unit_id, today()), f.stage, iso(f.day),
	       case when n.is_seen then f.detail end, f.unit_pos
	from (
		select x.* from pipeline_facts(p_unit, p_month, p_from, p_until) x
		where x."group" = p_group and x.code = p_code
		  and (x.unit_pos, coalesce(x.member_id, x.candidate_id))
		      > (coalesce(p_after_pos, -1), coalesce(p_after_id, '00000000-0000-0000-0000-000000000000'))
		  and reaches(x.unit_id, x.unit_pos, null, mentoring(x.candidate_id))
		order by x.unit_pos, coalesce(x.member_id, x.candidate_id)
		limit least(p_limit, 500)
	) f
	left join candidate c on c.id = f.candidate_id
	left join member m on m.id = f.member_id
	join person p on p.id = coalesce(m.person_id, c.person_id)
	cross join lateral (select coalesce(sees_candidate(f.stage), sees_names()) as is_seen) n
	order by f.unit_pos, coalesce(f.member_id, f.candidate_id);
end
$$;

grant execute on function auth.pipeline_figures, auth.pipeline_list, auth.member_figures, auth.member_list,
	auth.sees_small_groups to chibo_app;

commit;
