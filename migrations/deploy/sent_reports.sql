-- Deploy chibo:sent_reports to pg
-- Reports that were sent: frozen as they were, with a hash; a correction is a new version with its differences.

begin;
set local role chibo_owner;

-- replaced: a draft that was made anew before it was sent.
create type chibo.sent_report_state as enum ('draft', 'replaced', 'sent', 'returned', 'accepted');

create table chibo.sent_report (
	id         uuid constraint sent_report_id__id_taken primary key,
	version    int not null default 1,
	unit_id    uuid not null,   -- whose report it is
	unit_pos   int not null,
	feed_id    uuid not null,
	code       text not null constraint code__unknown_report check (code ~ '^R[0-9]{2}$'),
	period     text not null constraint period__format check (period ~ '^[0-9]{4}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$'),
	number     int not null check (number > 0),   -- of the version: 1, 2, …
	corrects   uuid references chibo.sent_report,
	state      chibo.sent_report_state not null default 'draft',
	hash       bytea not null check (length(hash) = 32),
	made_by    uuid not null references chibo.person,
	made_at    timestamptz not null default now(),
	sent_by    uuid references chibo.person,
	sent_at    timestamptz,
	decided_by uuid references chibo.person,
	decided_at timestamptz,
	reason     text constraint reason__text check (chibo.is_text(reason, 300)),
	constraint id__own_proposal check (decided_by <> sent_by and decided_by <> made_by),
	check ((sent_at is null) = (state in ('draft', 'replaced')) and (sent_by is null) = (sent_at is null)),
	check ((decided_at is not null) = (state in ('returned', 'accepted')) and (decided_by is null) = (decided_at is null)),
	check ((reason is not null) = (state = 'returned')),
	check ((number = 1) = (corrects is null)),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.sent_report (unit_pos, id);
create index on chibo.sent_report (unit_id);
create unique index period__report_exists on chibo.sent_report (unit_id, code, period, number) where state <> 'replaced';

-- The report itself, cell by cell: row_key names the line (a branch, a post type), field the column.
create table chibo.sent_report_cell (
	report_id uuid not null,
	unit_id   uuid not null,
	unit_pos  int not null,
	row_no    int not null,
	row_key   text not null,
	field_no  int not null,
	field     text not null,
	value     text,
	primary key (report_id, row_no, field_no),
	unique (report_id, row_key, field),
	foreign key (report_id, unit_id) references chibo.sent_report (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.sent_report_cell (unit_pos, report_id);

call meta.put_under_scope('chibo.sent_report', 'unit_pos');
call meta.put_under_scope('chibo.sent_report_cell', 'unit_pos');
call ledger.watch('chibo.sent_report', 'sent_report');
call meta.keep_states('chibo.sent_report', 'sent_report');
grant select, insert, update on chibo.sent_report to chibo_app;
grant select, insert on chibo.sent_report_cell to chibo_app;
grant select on chibo.sent_report, chibo.sent_report_cell to chibo_auth;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('sent_report', 1, 'draft', 'sent'),
	('sent_report', 2, 'draft', 'replaced'),
	('sent_report', 3, 'sent', 'returned'),
	('sent_report', 4, 'sent', 'accepted');

-- What a report says is written once, whoever writes. Only where its unit stands in today's tree may follow the tree.
create function chibo.keep_report() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_free text[] := array['version', 'state', 'decided_by', 'decided_at', 'reason', 'unit_pos', 'feed_id']
		|| case when old.state = 'draft' then array['sent_by', 'sent_at'] end;
begin
	if tg_op = 'DELETE' or to_jsonb(old) - v_free <> to_jsonb(new) - v_free then
		perform refuse(9, 'frozen', 'id');
	end if;
	return new;
end
$$;

-- Cells come with their report, in its transaction, and stay.
create function chibo.keep_cells() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
begin
	if tg_op = 'INSERT' then
		if exists (select from sent_report r where r.id = new.report_id and r.state = 'draft' and r.made_at = now()) then
			return new;
		end if;
	elsif tg_op = 'UPDATE' then
		if to_jsonb(old) - 'unit_pos' = to_jsonb(new) - 'unit_pos' then
			return new;
		end if;
	end if;
	perform refuse(9, 'frozen', 'id');
	return null;
end
$$;
grant execute on function chibo.keep_report, chibo.keep_cells to chibo_app;

create trigger keep_report before update or delete on chibo.sent_report for each row execute function chibo.keep_report();
create trigger keep_cells before insert or update or delete on chibo.sent_report_cell
	for each row execute function chibo.keep_cells();

-- 2022, 2022-06, 2022-Q2, 2022-H1; null for anything else.
create function chibo.period_days(p text) returns daterange language sql immutable parallel safe as $$
	select daterange(s.first, (s.first + make_interval(months => s.months))::date)
	from (select make_date(left(p, 4)::int, case
			when p ~ '-Q' then right(p, 1)::int * 3 - 2
			when p ~ '-H' then right(p, 1)::int * 6 - 5
			when length(p) = 7 then right(p, 2)::int
			else 1
		end, 1) as first, case when p ~ '-Q' then 3 when p ~ '-H' then 6 when length(p) = 7 then 1 else 12 end as months
	      where p ~ '^(19|[2-9][0-9])[0-9]{2}(-(0[1-9]|1[0-2])|-Q[1-4]|-H[12])?$') s
$$;

-- The days of a period that a report may be made for: of a kind that it has, and begun.
-- p_kinds: m month, q quarter, h half, y year.
create function chibo.require_period(p_period text, p_kinds text) returns daterange language plpgsql stable as $$
declare
	v_days daterange := chibo.period_days(p_period);
	v_kind text := case when p_period ~ '-Q' then 'q' when p_period ~ '-H' then 'h' when length(p_period) = 7 then 'm' else 'y' end;
begin
	if v_days is null then
		perform chibo.refuse(3, 'period_format', 'period', 'value=' || left(p_period, 40));
	elsif position(v_kind in p_kinds) = 0 then
		perform chibo.refuse(3, 'period_kind', 'period', 'value=' || p_period);
	elsif lower(v_days) > chibo.today() then
		perform chibo.refuse(9, 'period_ahead', 'period', 'value=' || p_period);
	end if;
	return v_days;
end
$$;

-- The kinds of period that a report has; null: there is none of this code that can be sent.
create function chibo.report_periods(p_code text) returns text language sql immutable parallel safe as $$
	select case
		when p_code in ('R01', 'R02', 'R03', 'R09', 'R10') then 'm'
		when p_code in ('R05', 'R12', 'R13') then 'hy'
		when p_code = 'R06' then 'y'
		when p_code = 'R08' then 'mqy'
		when p_code = 'R14' then 'qy'
		when p_code = 'R17' then 'q'
	end
$$;

-- The lines of a report, one branch for each: its function returns row_key first, then the columns in their order.
-- Reports as of a day take the last one of the period, or today while it lasts.
create function chibo.report_lines(p_code text, p_unit uuid, p_period text) returns table (line json)
language plpgsql stable as $$
declare
	v_kinds text := chibo.report_periods(p_code);
	v_last date;
begin
	if v_kinds is null then
		perform chibo.refuse(5, 'unknown_report', 'code', 'value=' || left(p_code, 40));
	end if;
	v_last := least(upper(chibo.require_period(p_period, v_kinds)) - 1, chibo.today());
	case p_code
	when 'R01' then return query select to_json(x) from auth.branch_activity(p_unit, p_period) x;
	when 'R02' then return query select to_json(x) from auth.ward_activity(p_unit, p_period, false) x;
	when 'R03' then return query select to_json(x) from auth.pilot_list(p_unit, p_period) x;
	when 'R05' then
		return query select to_json(x) from auth.member_figures(p_code, p_unit, lower(chibo.period_days(p_period)), v_last, 'then', null, false) x;
	when 'R06' then return query select to_json(x) from auth.member_figures(p_code, p_unit, null, v_last, 'then', null, false) x;
	when 'R08' then return query select to_json(x) from auth.target_progress(p_unit, v_last, 'admissions',
		extract(year from v_last)::int, 'then', null, 2) x;
	when 'R09' then return query select to_json(x) from auth.pipeline_figures(p_unit, p_period, null, null) x;
	when 'R10' then return query select to_json(x) from auth.probation_due(p_unit, v_last, null, null, null) x;
	when 'R12' then return query select to_json(x) from auth.residential_figures(p_unit, v_last, 'then') x;
	when 'R13' then return query select to_json(x) from auth.post_figures(p_unit, v_last, 'then') x;
	when 'R14' then return query select to_json(x) from auth.meeting_quality(p_unit, p_period) x;
	when 'R17' then return query select to_json(x) from auth.proposal_figures(p_unit, p_period, v_last) x;
	end case;
end
$$;

-- Its cells; ids are for machines and say nothing in a report.
create function chibo.report_cells(p_code text, p_unit uuid, p_period text)
returns table (row_no int, row_key text, field_no int, field text, value text) language plpgsql stable as $$
begin
	return query
	select l.n::int, l.line ->> 'row_key', f.n::int - 1, f.field, f.value
	from (select x.line, row_number() over () as n from chibo.report_lines(p_code, p_unit, p_period) x) l
	cross join lateral json_each_text(l.line) with ordinality as f (field, value, n)
	where f.field <> 'row_key' and f.field !~ '(^|_)id$'
	order by l.n, f.n;
end
$$;

-- The fingerprint of a report: what it is of, and the text of its cells in order.
create function chibo.cells_hash(p_unit uuid, p_code text, p_period text, p_number int, p_cells text) returns bytea
language sql immutable parallel safe as $$
	select sha256(convert_to(concat_ws(e'\n', jsonb_build_array(p_unit, p_code, p_period, p_number), p_cells), 'UTF8'))
$$;

create function chibo.cell_text(row_no int, row_key text, field_no int, field text, value text) returns text
language sql immutable parallel safe as $$
	select jsonb_build_array(row_no, row_key, field_no, field, value)::text
$$;

-- Freezes the figures of today as the next version, or as the same one in place of a draft that was never sent.
create function chibo.make_report(p_id uuid, p_code text, p_unit uuid, p_period text) returns void
language plpgsql as $$
declare
	u chibo.unit;
	v_last chibo.sent_report;
	v_cells jsonb;
	v_text text;
	v_number int;
begin
	select x.* into u from chibo.unit x where x.id = p_unit and chibo.reaches(x.id, x.pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'unit_id');
	end if;
	select jsonb_agg(to_jsonb(c)), string_agg(chibo.cell_text(c.row_no, c.row_key, c.field_no, c.field, c.value), e'\n')
	into v_cells, v_text from chibo.report_cells(p_code, p_unit, p_period) c;
	select r.* into v_last from chibo.sent_report r
	where r.unit_id = p_unit and r.code = p_code and r.period = p_period and r.state <> 'replaced'
	order by r.number desc limit 1 for update;
	update chibo.sent_report r set version = r.version + 1, state = 'replaced' where r.id = v_last.id and r.state = 'draft';
	v_number := coalesce(v_last.number + (v_last.state <> 'draft')::int, 1);
	insert into chibo.sent_report (id, unit_id, unit_pos, feed_id, code, period, number, corrects, hash, made_by)
	values (p_id, u.id, u.pos, u.feed_id, p_code, p_period, v_number,
		case v_last.state when 'draft' then v_last.corrects else v_last.id end,
		chibo.cells_hash(p_unit, p_code, p_period, v_number, v_text), chibo.caller());
	insert into chibo.sent_report_cell (report_id, unit_id, unit_pos, row_no, row_key, field_no, field, value)
	select p_id, u.id, u.pos, c.row_no, c.row_key, c.field_no, c.field, c.value
	from jsonb_to_recordset(v_cells) as c (row_no int, row_key text, field_no int, field text, value text);
end
$$;

create function chibo.lock_report(p_id uuid, p_base_version int, p_to chibo.sent_report_state) returns chibo.sent_report language plpgsql as $$
declare
	r chibo.sent_report;
begin
	select x.* into r from chibo.sent_report x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif r.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || r.version);
	end if;
	perform chibo.require_step('sent_report', r.state::text, p_to::text);
	return r;
end
$$;

create function chibo.send_report(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	r chibo.sent_report := chibo.lock_report(p_id, p_base_version, 'sent');
begin
	update chibo.sent_report x set version = x.version + 1, state = 'sent', sent_by = chibo.caller(), sent_at = now()
	where x.id = r.id;
end
$$;

-- By the level above: not in a grant of the unit itself, and by nobody who made or sent it.
create function chibo.decide_report(p_id uuid, p_base_version int, p_state chibo.sent_report_state, p_reason text)
returns void language plpgsql as $$
declare
	r chibo.sent_report := chibo.lock_report(p_id, p_base_version, p_state);
begin
	if r.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid then
		perform chibo.refuse(9, 'own_unit', 'id');
	elsif chibo.caller() in (r.made_by, r.sent_by) then
		perform chibo.refuse(9, 'own_proposal', 'id');
	elsif exists (select from chibo.sent_report n where n.corrects = r.id and n.state <> 'draft' and n.state <> 'replaced') then
		perform chibo.refuse(9, 'corrected', 'id');
	end if;
	update chibo.sent_report x
	set version = x.version + 1, state = p_state, decided_by = chibo.caller(), decided_at = now(), reason = p_reason
	where x.id = r.id;
end
$$;

grant execute on function chibo.period_days, chibo.require_period, chibo.report_periods, chibo.report_lines, chibo.report_cells, chibo.cell_text,
	chibo.cells_hash, chibo.make_report, chibo.lock_report, chibo.send_report, chibo.decide_report to chibo_app;
grant execute on function chibo.period_days, chibo.cell_text, chibo.cells_hash to chibo_auth;

set local role chibo_auth;

-- A draft is its unit's own business.
create function auth.sees_report(r chibo.sent_report) returns boolean
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	return reaches(r.unit_id, r.unit_pos) and (r.state not in ('draft', 'replaced')
		or r.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid);
end
$$;

create type auth.report_row as (
	id uuid, version int, unit_id uuid, unit_path text, code text, period text, number int, corrects uuid,
	state chibo.sent_report_state, hash bytea, made_by text, made_at_us timestamptz, sent_by text, sent_at_us timestamptz,
	decided_by text, decided_at_us timestamptz, reason text, pos int
);

-- With names of those above, too, who decided.
create function auth.describe_report(r chibo.sent_report) returns auth.report_row
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return row(r.id, r.version, r.unit_id, path_of(r.unit_id, today()), r.code, r.period, r.number, r.corrects, r.state,
		r.hash, (select p.full_name from person p where p.id = r.made_by), r.made_at,
		(select p.full_name from person p where p.id = r.sent_by), r.sent_at,
		(select p.full_name from person p where p.id = r.decided_by), r.decided_at, r.reason, r.unit_pos);
end
$$;

create function auth.report_rows(p_id uuid) returns setof auth.report_row
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select d.* from sent_report r cross join lateral describe_report(r) d where r.id = p_id and sees_report(r);
end
$$;

-- Whole lines, on from one.
create function auth.report_cells(p_id uuid, p_after_row int, p_rows int)
returns table (row_no int, row_key text, field_no int, field text, value text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select c.row_no, c.row_key, c.field_no, c.field, c.value
	from sent_report r join sent_report_cell c on c.report_id = r.id
	where r.id = p_id and sees_report(r) and c.row_no > coalesce(p_after_row, 0)
	  and c.row_no <= coalesce(p_after_row, 0) + least(p_rows, 500)
	order by c.row_no, c.field_no;
end
$$;

-- Whether the cells are still those that were frozen.
create function auth.report_is_intact(p_id uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return (
		select r.hash = cells_hash(r.unit_id, r.code, r.period, r.number, (
			select string_agg(cell_text(c.row_no, c.row_key, c.field_no, c.field, c.value), e'\n' order by c.row_no, c.field_no)
			from sent_report_cell c where c.report_id = r.id))
		from sent_report r where r.id = p_id and sees_report(r));
end
$$;

create function auth.report_page(p_unit uuid, p_code text, p_period text, p_state chibo.sent_report_state,
                                 p_after_pos int, p_after_id uuid, p_limit int) returns setof auth.report_row
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	i record;
	v_goes_on boolean;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	v_goes_on := p_after_pos >= i.lo and p_after_id is not null;
	return query
	select d.*
	from (
		select r from sent_report r
		where r.unit_pos <= i.hi and (p_code is null or r.code = p_code) and (p_period is null or r.period = p_period)
		  and (p_state is null or r.state = p_state) and sees_report(r)
		  and (r.unit_pos, r.id) > (case when v_goes_on then p_after_pos else i.lo end,
			case when v_goes_on then p_after_id else '00000000-0000-0000-0000-000000000000' end)
		order by r.unit_pos, r.id
		limit least(p_limit, 500)
	) page
	cross join lateral describe_report(page.r) d
	order by d.pos, d.id;
end
$$;

-- The units directly below that there were in the period and have sent nothing for it that stands.
create function auth.missing_reports(p_unit uuid, p_code text, p_period text)
returns table (unit_id uuid, unit_code text, unit_name text, is_returned boolean, due_on text, is_late boolean)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_days daterange := period_days(p_period);
	v_due date := upper(v_days) - 1 + rule_number('report.due_days', upper(v_days) - 1);
begin
	return query
	select u.id, u.code, n.name,
	       exists (select from sent_report r where r.unit_id = u.id and r.code = p_code and r.period = p_period
	               and r.state = 'returned'),
	       iso(v_due), today() > v_due
	from tree t
	join unit u on u.id = t.unit_id
	join unit_name n on n.unit_id = u.id and covers(n.during, today())
	where t.parent_id = p_unit and in_scope(t.unit_id) and daterange(u.founded_on, u.closed_on) && v_days
	  and not exists (select from sent_report r where r.unit_id = u.id and r.code = p_code and r.period = p_period
	                  and r.state in ('sent', 'accepted'))
	order by t.pos
	limit 500;
end
$$;

-- What differs, in the order of the later report. Both must be of one kind.
create function auth.report_differences(p_id uuid, p_with uuid)
returns table (row_key text, field text, before text, after text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	a sent_report;
	b sent_report;
begin
	select r.* into a from sent_report r where r.id = p_id and sees_report(r);
	if not found then
		perform refuse(5, 'not_found', 'id');
	elsif p_with is null and a.corrects is null then
		perform refuse(3, 'required', 'with_id');
	end if;
	select r.* into b from sent_report r where r.id = coalesce(p_with, a.corrects) and sees_report(r);
	if not found then
		perform refuse(5, 'not_found', 'with_id');
	elsif b.code <> a.code then
		perform refuse(3, 'other_report', 'with_id', 'code=' || b.code);
	end if;
	return query
	select coalesce(y.row_key, x.row_key), coalesce(y.field, x.field), x.value, y.value
	from (select c.* from sent_report_cell c where c.report_id = b.id) x
	full join (select c.* from sent_report_cell c where c.report_id = a.id) y
		on y.row_key = x.row_key and y.field = x.field
	where x.value is distinct from y.value
	order by coalesce(y.row_no, x.row_no), coalesce(y.row_key, x.row_key), coalesce(y.field_no, x.field_no);
end
$$;

grant execute on function auth.report_rows, auth.report_cells, auth.report_is_intact, auth.report_page, auth.missing_reports,
	auth.report_differences to chibo_app;

commit;
