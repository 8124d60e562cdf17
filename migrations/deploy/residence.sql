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
create index on chibo.residential_registration (person_id);
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

-- Who may be registered by this: one residential place in the caller's interval with its member, whose record another
-- unit keeps; or, not introduced to any branch, a member of the caller's own branches.
set local role chibo_auth;

create type auth.resident as (unit_id uuid, unit_pos int, feed_id uuid, member_id uuid, person_id uuid, full_name text,
                              during daterange);

create function auth.resident_by_place(p_membership uuid) returns auth.resident
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	r resident;
begin
	select s.unit_id, s.unit_pos, s.feed_id, m.id, p.id, p.full_name, s.during into r
	from membership s
	join member m on m.id = s.member_id
	join person p on p.id = m.person_id
	where s.id = p_membership and s.kind = 'residential' and reaches(s.unit_id, s.unit_pos);
	if not found then
		perform refuse(5, 'not_found', 'membership_id');
	end if;
	return r;
end
$$;

create function auth.resident_by_member(p_member uuid, p_day date) returns auth.resident
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	r resident;
begin
	select s.unit_id, s.unit_pos, s.feed_id, m.id, p.id, p.full_name, s.during into r
	from membership s
	join member m on m.id = s.member_id
	join person p on p.id = m.person_id
	where m.id = p_member and s.kind = 'primary' and covers(s.during, p_day) and reaches(s.unit_id, s.unit_pos);
	if not found then
		perform refuse(5, 'not_found', 'member_id');
	end if;
	return r;
end
$$;

grant execute on function auth.resident_by_place, auth.resident_by_member to chibo_app;

set local role chibo_owner;

-- A place or a member, as the category wants it.
create function chibo.resident(p_membership uuid, p_member uuid, p_category chibo.residential_category, p_day date)
returns auth.resident language plpgsql stable as $$
begin
	if p_category = 'not_introduced' and p_membership is not null then
		perform chibo.refuse(3, 'not_introduced', 'membership_id');
	elsif p_category = 'not_introduced' and p_member is null then
		perform chibo.refuse(3, 'required', 'member_id');
	elsif p_category = 'not_introduced' then
		return auth.resident_by_member(p_member, p_day);
	elsif p_membership is null then
		perform chibo.refuse(3, 'required', 'membership_id');
	elsif p_member is not null then
		perform chibo.refuse(3, 'introduced', 'member_id');
	end if;
	return auth.resident_by_place(p_membership);
end
$$;

create function chibo.register_resident(p_id uuid, p_membership uuid, p_member uuid, p_category chibo.residential_category,
                                        p_work_unit text, p_introduced date, p_received date)
returns void language plpgsql as $$
declare
	v_category chibo.residential_category := coalesce(p_category, 'normal');
	r auth.resident := chibo.resident(p_membership, p_member, v_category, p_received);
begin
	perform auth.require_not_own(r.person_id, case when p_membership is null then 'member_id' else 'membership_id' end);
	if not chibo.covers(r.during, p_received) then
		perform chibo.refuse(9, 'outside_place', 'received_on',
			format(e'from_on=%s\nuntil_on=%s', chibo.iso(lower(r.during)), chibo.last_day(r.during)));
	end if;
	insert into chibo.residential_registration (id, unit_id, unit_pos, feed_id, member_id, person_id, full_name,
		membership_id, category, work_unit, introduced_on, received_on)
	values (p_id, r.unit_id, r.unit_pos, r.feed_id, r.member_id, r.person_id, r.full_name, p_membership, v_category,
		p_work_unit, p_introduced, p_received);
end
$$;

create function chibo.lock_registration(p_id uuid, p_base_version int, p_to chibo.residential_state) returns chibo.residential_registration
language plpgsql as $$
declare
	r chibo.residential_registration;
begin
	select x.* into r from chibo.residential_registration x
	where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, null, x.person_id) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif r.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || r.version);
	end if;
	perform auth.require_not_own(r.person_id, 'id');
	perform chibo.require_step('residential_registration', r.state::text, p_to::text);
	return r;
end
$$;

create function chibo.activate_registration(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	r chibo.residential_registration := chibo.lock_registration(p_id, p_base_version, 'active');
begin
	if r.category = 'not_introduced' then
		perform chibo.refuse(9, 'not_introduced', 'id');
	end if;
	update chibo.residential_registration x set version = x.version + 1, state = 'active' where x.id = r.id;
end
$$;

-- Ends the residential place on the same day; a place that ended before, by itself, stays as it is.
create function chibo.end_registration(p_id uuid, p_base_version int, p_last date, p_reason text)
returns void language plpgsql as $$
declare
	r chibo.residential_registration := chibo.lock_registration(p_id, p_base_version, 'ended');
	v_during daterange := (select s.during from chibo.membership s where s.id = r.membership_id);
begin
	if p_last >= upper(v_during) then
		perform chibo.refuse(9, 'place_ended', 'last_on', 'until_on=' || chibo.last_day(v_during));
	end if;
	update chibo.residential_registration x
	set version = x.version + 1, state = 'ended', ended_on = p_last, reason = p_reason
	where x.id = r.id;
	update chibo.membership s set version = s.version + 1, during = daterange(lower(s.during), p_last + 1)
	where s.id = r.membership_id and s.during is distinct from daterange(lower(s.during), p_last + 1);
end
$$;

-- Refuses the first line that cannot be assessed: of another branch, twice in the list, of a category that is not, not
-- there in that year, the caller himself, confirmed already.
create function chibo.check_assessment(p_unit uuid, p_year int, p_ids uuid[]) returns void language plpgsql as $$
declare
	l record;
begin
	for l in
		select u.id, u.nth, r.unit_id, r.person_id, r.category, r.state, r.full_name,
		       count(*) over (partition by u.id) as times,
		       extract(year from r.received_on) > p_year or extract(year from r.ended_on) < p_year as is_elsewhere,
		       (select a.confirmed_by from chibo.residential_assessment a
		        where a.registration_id = u.id and a.year = p_year) as confirmed_by
		from unnest(p_ids) with ordinality as u (id, nth)
		left join chibo.residential_registration r on r.id = u.id and chibo.reaches(r.unit_id, r.unit_pos)
		order by u.nth
	loop
		if l.unit_id is distinct from p_unit then
			perform chibo.refuse(5, 'not_found', 'lines', 'row=' || l.nth);
		elsif l.times > 1 then
			perform chibo.refuse(3, 'twice', 'lines', 'value=' || l.full_name);
		elsif l.category <> 'normal' then
			perform chibo.refuse(9, 'category_exempt', 'lines', 'value=' || l.full_name);
		elsif l.state = 'received' or l.is_elsewhere then
			perform chibo.refuse(9, 'not_taking_part', 'lines', 'value=' || l.full_name);
		elsif l.confirmed_by is not null then
			perform chibo.refuse(6, 'assessed', 'year');
		end if;
		perform auth.require_not_own(l.person_id, 'lines');
	end loop;
end
$$;

-- Once a year for each; until the ward has confirmed it, a line given again takes the place of the former one.
create function chibo.assess_residents(p_unit uuid, p_year int, p_ids uuid[], p_grades text[], p_notes text[])
returns void language plpgsql as $$
begin
	if coalesce(cardinality(p_ids), 0) = 0 then
		perform chibo.refuse(3, 'required', 'lines');
	elsif p_year > extract(year from chibo.today()) then
		perform chibo.refuse(3, 'not_future', 'year', 'value=' || p_year);
	end if;
	perform from chibo.residential_registration r
	where r.id = any (p_ids) and chibo.reaches(r.unit_id, r.unit_pos) order by r.id for update;
	perform chibo.check_assessment(p_unit, p_year, p_ids);
	perform chibo.require_code('residential_grade', g.grade, 'grade') from unnest(p_grades) as g (grade);
	update chibo.residential_assessment a
	set version = a.version + 1, grade = l.grade, note = l.note, proposed_by = chibo.caller()
	from unnest(p_ids, p_grades, p_notes) as l (id, grade, note)
	where a.registration_id = l.id and a.year = p_year;
	insert into chibo.residential_assessment (id, unit_id, unit_pos, feed_id, registration_id, year, grade, note, proposed_by)
	select gen_random_uuid(), r.unit_id, r.unit_pos, r.feed_id, r.id, p_year, l.grade, l.note, chibo.caller()
	from unnest(p_ids, p_grades, p_notes) as l (id, grade, note)
	join chibo.residential_registration r on r.id = l.id
	where not exists (select from chibo.residential_assessment a where a.registration_id = l.id and a.year = p_year);
end
$$;

-- All of a branch and year that wait: by somebody else than those who proposed them.
create function chibo.confirm_assessments(p_unit uuid, p_year int, p_sent date) returns void language plpgsql as $$
declare
	v_ids uuid[];
	v_is_own boolean;
begin
	select array_agg(w.id), bool_or(w.proposed_by = chibo.caller()) into v_ids, v_is_own
	from (
		select a.id, a.proposed_by from chibo.residential_assessment a
		where a.registration_id in (select r.id from chibo.residential_registration r where r.unit_id = p_unit)
		  and a.year = p_year and a.confirmed_by is null and chibo.reaches(a.unit_id, a.unit_pos)
		order by a.id for update
	) w;
	if v_ids is null then
		perform chibo.refuse(9, 'nothing_waits', 'year');
	elsif v_is_own then
		perform chibo.refuse(9, 'own_proposal', 'unit_id');
	elsif extract(year from p_sent) < p_year then
		perform chibo.refuse(3, 'too_early', 'sent_on', 'value=' || chibo.iso(p_sent));
	end if;
	update chibo.residential_assessment a set version = a.version + 1, confirmed_by = chibo.caller(), sent_on = p_sent
	where a.id = any (v_ids);
end
$$;

grant execute on function chibo.resident, chibo.register_resident, chibo.lock_registration, chibo.activate_registration,
	chibo.end_registration, chibo.check_assessment, chibo.assess_residents, chibo.confirm_assessments to chibo_app;

set local role chibo_auth;

create type auth.registration_row as (
	id uuid, version int, unit_id uuid, unit_path text, member_id uuid, full_name text,
	category chibo.residential_category, state chibo.residential_state, work_unit text, introduced_on text,
	received_on text, ended_on text, reason text, year int, grade text, note text, is_confirmed boolean, sent_on text,
	pos int
);

-- A member sees his own wherever he lives, which is mostly outside the interval of his branch.
create function auth.may_see_registration(r chibo.residential_registration) returns boolean
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return case current_setting('app.reach', true) when 'own' then r.person_id = caller() else reaches(r.unit_id, r.unit_pos) end;
end
$$;

-- With the assessment of a year. Whoever sees counts alone sees no name, nor what is said.
create function auth.describe_registration(r chibo.residential_registration, p_year int) returns auth.registration_row
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	a residential_assessment;
	v_names boolean := sees_names();
begin
	select x.* into a from residential_assessment x where x.registration_id = r.id and x.year = p_year;
	return row(r.id, r.version, r.unit_id, path_of(r.unit_id, today()), case when v_names then r.member_id end,
		case when v_names then r.full_name end, r.category, r.state, case when v_names then r.work_unit end,
		iso(r.introduced_on), iso(r.received_on), iso(r.ended_on), case when v_names then r.reason end, p_year, a.grade,
		case when v_names then a.note end, a.confirmed_by is not null and a.id is not null, iso(a.sent_on), r.unit_pos);
end
$$;

create function auth.registration_rows(p_id uuid) returns setof auth.registration_row
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select d.*
	from residential_registration r
	cross join lateral describe_registration(r, extract(year from today())::int) d
	where r.id = p_id and may_see_registration(r);
end
$$;

create function auth.registration_years(p_id uuid)
returns table (year int, grade text, note text, is_confirmed boolean, sent_on text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select a.year, a.grade, a.note, a.confirmed_by is not null, iso(a.sent_on)
	from residential_registration r join residential_assessment a on a.registration_id = r.id
	where r.id = p_id and may_see_registration(r) and sees_names()
	order by a.year desc;
end
$$;

-- In tree order; one's own are few.
create function auth.registration_page(p_unit uuid, p_state chibo.residential_state, p_category chibo.residential_category,
                                       p_year int, p_after_pos int, p_after_id uuid, p_limit int)
returns setof auth.registration_row
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	i record;
	v_goes_on boolean;
begin
	if current_setting('app.reach', true) = 'own' then
		return query
		select d.* from residential_registration r cross join lateral describe_registration(r, p_year) d
		where r.person_id = caller() and (p_state is null or r.state = p_state)
		  and (p_category is null or r.category = p_category) and (d.pos, d.id) > (coalesce(p_after_pos, 0),
			coalesce(p_after_id, '00000000-0000-0000-0000-000000000000'))
		order by d.pos, d.id limit least(p_limit, 500);
		return;
	end if;
	select x.lo, x.hi into i from interval_of(p_unit) x;
	v_goes_on := p_after_pos >= i.lo and p_after_id is not null;
	return query
	select d.*
	from (
		select r from residential_registration r
		where r.unit_pos <= i.hi and (p_state is null or r.state = p_state)
		  and (p_category is null or r.category = p_category)
		  and (r.unit_pos, r.id) > (case when v_goes_on then p_after_pos else i.lo end,
			case when v_goes_on then p_after_id else '00000000-0000-0000-0000-000000000000' end)
		  and reaches(r.unit_id, r.unit_pos)
		order by r.unit_pos, r.id
		limit least(p_limit, 500)
	) page
	cross join lateral describe_registration(page.r, p_year) d
	order by d.pos, d.id;
end
$$;

-- R12: every branch on a day. Registered are those who have a place here on the day; who was not introduced is a member
-- of the branch himself and stands apart, and none of them is ever added to the members. Assessed of category normal,
-- in the year of the day.
create function auth.residential_figures(p_unit uuid, p_day date, p_tree chibo.tree_mode)
returns table (row_key text, unit_code text, unit_name text, members bigint, residential bigint, registered bigint,
               normal bigint, introduced_exempt bigint, not_introduced bigint, assessed bigint, good bigint, fair bigint,
               average bigint, poor bigint, not_assessed bigint, sent bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
begin
	return query
	with registered as materialized (
		select r.unit_id,
		       count(*) filter (where r.category <> 'not_introduced') as registered,
		       count(*) filter (where r.category = 'normal') as normal,
		       count(*) filter (where r.category = 'introduced_exempt') as exempt,
		       count(*) filter (where r.category = 'not_introduced') as not_introduced,
		       count(a.grade) as assessed,
		       count(*) filter (where a.grade = 'good') as good, count(*) filter (where a.grade = 'fair') as fair,
		       count(*) filter (where a.grade = 'average') as average, count(*) filter (where a.grade = 'poor') as poor,
		       count(*) filter (where r.category = 'normal' and a.grade is null) as not_assessed,
		       count(a.sent_on) as sent
		from residential_registration r
		left join membership s on s.id = r.membership_id
		left join residential_assessment a on a.registration_id = r.id and r.category = 'normal'
			and a.year = extract(year from p_day)::int
		where r.unit_pos between v_lo and v_hi and r.received_on <= p_day and coalesce(r.ended_on >= p_day, true)
		  and (s.id is null or covers(s.during, p_day))
		group by r.unit_id
	)
	select u.code, u.code, n.name, f.members, f.residential, coalesce(r.registered, 0), coalesce(r.normal, 0),
	       coalesce(r.exempt, 0), coalesce(r.not_introduced, 0), coalesce(r.assessed, 0), coalesce(r.good, 0),
	       coalesce(r.fair, 0), coalesce(r.average, 0), coalesce(r.poor, 0), coalesce(r.not_assessed, 0), coalesce(r.sent, 0)
	from unit_figures(p_unit, p_day, p_tree) f
	join unit u on u.id = f.unit_id
	left join unit_name n on n.unit_id = f.unit_id and covers(n.during, p_day)
	left join registered r on r.unit_id = f.unit_id
	where f.is_branch
	order by u.pos;
end
$$;

grant execute on function auth.registration_rows, auth.registration_years, auth.registration_page,
	auth.residential_figures to chibo_app;

commit;
