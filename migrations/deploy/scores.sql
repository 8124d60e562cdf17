-- Deploy chibo:scores to pg
-- Criteria tables bound to a legal document, and the sheets of those who judge a meeting by them.

begin;
set local role chibo_owner;

-- A published table never changes: another version is another row, and old scores stay as they are.
create table chibo.criteria_table (
	id           uuid constraint criteria_table_id__id_taken primary key,
	version      int not null default 1,
	feed_id      uuid not null,
	code         text not null
		constraint code__table_exists unique
		constraint code__format check (code ~ '^[a-z0-9][a-z0-9.-]{1,39}$'),
	title        text not null constraint title__text check (chibo.is_text(title, 300)),
	legal_doc_id uuid not null constraint legal_doc_id__not_found references chibo.legal_doc,
	edition      int not null constraint edition__out_of_range check (edition between 1 and 999),
	kind         chibo.meeting_kind,   -- null: of every kind
	sector       text constraint sector__not_found references chibo.sector,
	max_total    numeric(5,2) not null constraint max_total__out_of_range check (max_total > 0 and max_total <= 999),
	during       daterange not null constraint until_on__before_start check (not isempty(during)),
	is_example   boolean not null default false,
	created_at   timestamptz not null default now(),
	constraint edition__edition_exists unique nulls not distinct (legal_doc_id, kind, sector, edition)
);
create table chibo.criterion (
	table_id   uuid not null references chibo.criteria_table,
	item_no    int not null constraint item_no__out_of_range check (item_no between 1 and 100),
	code       text not null constraint code__format check (code ~ '^[0-9A-Za-z][0-9A-Za-z.]{0,15}$'),
	title      text not null constraint title__text check (chibo.is_text(title, 500)),
	max_points numeric(5,2) not null constraint max_points__out_of_range check (max_points > 0),
	step       numeric(5,2) not null default 0.5 constraint step_points__out_of_range check (step > 0),
	is_gate    boolean not null default false,   -- must be at its maximum for the best grade
	constraint step_points__divides_maximum check (mod(max_points, step) = 0),
	constraint item_no__twice__criterion primary key (table_id, item_no),
	constraint code__twice unique (table_id, code)
);
-- The best grade whose least points are reached; grades are of code list meeting_grade.
create table chibo.grade_band (
	table_id   uuid not null references chibo.criteria_table,
	grade      text not null,
	min_points numeric(5,2) not null constraint min_points__out_of_range check (min_points >= 0),
	constraint grade__twice primary key (table_id, grade),
	constraint min_points__twice unique (table_id, min_points)
);

create type chibo.scoring_state as enum ('draft_self', 'voted_by_branch', 'peer_scored', 'confirmed', 'final');
create type chibo.sheet_state as enum ('draft', 'submitted');

-- The scoring of one meeting: which table, how far it has come, and what came out in the end.
create table chibo.scoring (
	id           uuid constraint scoring_id__scoring_exists primary key,   -- of the meeting
	version      int not null default 1,
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	table_id     uuid not null constraint table_id__not_found references chibo.criteria_table,
	state        chibo.scoring_state not null default 'draft_self',
	drafted_by   uuid not null references chibo.person,   -- who filled in the branch's own sheet, last of all
	voted_by     uuid references chibo.person,            -- who submitted it
	vote_id      uuid,
	total        numeric(5,2),      -- of the sheet that was confirmed
	grade        text,
	gap          numeric(5,2),      -- self minus upper
	gap_alert    int,               -- the rule of the day: from how much on it is flagged
	confirmed_by uuid references chibo.person,
	confirmed_name text,
	confirmed_at timestamptz,
	reason       text constraint reason__text check (chibo.is_text(reason, 300)),
	constraint id__own_sheet check (confirmed_by <> drafted_by and confirmed_by <> voted_by),
	check ((state in ('confirmed', 'final')) = (num_nonnulls(total, grade, gap, gap_alert, confirmed_by, confirmed_at) = 6)),
	check ((state = 'draft_self') = (vote_id is null) and (vote_id is null) = (voted_by is null)),
	foreign key (id, unit_id) references chibo.meeting (id, unit_id),
	foreign key (vote_id, id) references chibo.vote_item (id, meeting_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.scoring (unit_pos, id);

create table chibo.score_sheet (
	id            uuid constraint score_sheet_id__id_taken primary key,
	version       int not null default 1,
	unit_id       uuid not null,
	unit_pos      int not null,
	feed_id       uuid not null,
	meeting_id    uuid not null references chibo.scoring,
	class         text not null,   -- of code list assessor_class: self, ward_committee, peer_secretary, district_delegate
	state         chibo.sheet_state not null default 'draft',
	assessor_id   uuid not null references chibo.person,   -- who filled it in
	assessor_name text not null,
	assessor_unit text not null,   -- in words, as of the day
	total         numeric(5,2),   -- a delegate may say something and give no points
	grade         text,
	comment       text constraint comment__text check (length(comment) between 1 and 4000),
	submitted_at  timestamptz,
	check ((submitted_at is null) = (state = 'draft')),
	check ((total is null) = (grade is null) and (total is not null or (class = 'district_delegate' and comment is not null))),
	constraint class__sheet_exists unique (meeting_id, class, assessor_id),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create unique index class__one_sheet on chibo.score_sheet (meeting_id, class) where class in ('self', 'ward_committee');
create index on chibo.score_sheet (unit_pos, meeting_id);

create table chibo.score_line (
	sheet_id uuid not null,
	unit_id  uuid not null,
	unit_pos int not null,
	item_no  int not null,
	code     text not null,
	points   numeric(5,2) not null constraint points__out_of_range check (points >= 0),
	max_points numeric(5,2) not null,
	note     text constraint note__text check (length(note) between 1 and 1000),
	constraint points__above_maximum check (points <= max_points),
	constraint code__twice__score_line primary key (sheet_id, code),
	foreign key (sheet_id, unit_id) references chibo.score_sheet (id, unit_id),
	foreign key (unit_id, unit_pos) references chibo.unit (id, pos) on update cascade
);
create index on chibo.score_line (unit_pos, sheet_id);

call meta.put_under_scope('chibo.scoring', 'unit_pos');
call meta.put_under_scope('chibo.score_sheet', 'unit_pos');
call meta.put_under_scope('chibo.score_line', 'unit_pos');
call ledger.watch('chibo.criteria_table', 'criteria_table');
call ledger.watch('chibo.scoring', 'scoring');
call ledger.watch('chibo.score_sheet', 'score_sheet');
call meta.keep_states('chibo.scoring', 'scoring');
call meta.keep_states('chibo.score_sheet', 'score_sheet');
grant select, insert on chibo.criteria_table, chibo.criterion, chibo.grade_band to chibo_app;
grant select on chibo.criteria_table, chibo.criterion, chibo.grade_band, chibo.scoring, chibo.score_sheet,
	chibo.score_line to chibo_auth;
grant select, insert, update on chibo.scoring, chibo.score_sheet to chibo_app;
grant select, insert, delete on chibo.score_line to chibo_app;

insert into chibo.transition (entity, order_no, from_state, to_state) values
	('scoring', 1, 'draft_self', 'voted_by_branch'),
	('scoring', 2, 'voted_by_branch', 'peer_scored'),
	('scoring', 3, 'voted_by_branch', 'confirmed'),
	('scoring', 4, 'peer_scored', 'confirmed'),
	('scoring', 5, 'confirmed', 'final'),
	('scoring', 6, 'voted_by_branch', 'draft_self'),   -- returned with a reason
	('scoring', 7, 'peer_scored', 'draft_self'),
	('score_sheet', 1, 'draft', 'submitted'),
	('score_sheet', 2, 'submitted', 'draft');

-- ---- What stays as it is ----

-- A table is complete when the transaction that made it ends. From then on nothing of it changes or is added.
create function chibo.keep_published() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
begin
	if tg_op <> 'INSERT' then
		perform refuse(9, 'table_published', 'id');
	elsif exists (select from criteria_table t where t.id = new.table_id and t.created_at <> now()) then
		perform refuse(9, 'table_published', 'id');
	end if;
	return new;
end
$$;
create trigger keep_published before update or delete on chibo.criteria_table
	for each row execute function chibo.keep_published();
create trigger keep_published before insert or update or delete on chibo.criterion
	for each row execute function chibo.keep_published();
create trigger keep_published before insert or update or delete on chibo.grade_band
	for each row execute function chibo.keep_published();

-- What was confirmed stays. It is made public, and follows its unit.
create function chibo.keep_confirmed() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_free text[] := '{version,state,unit_pos,feed_id}';
begin
	if old.state in ('confirmed', 'final') and (to_jsonb(new) - v_free) is distinct from (to_jsonb(old) - v_free) then
		perform refuse(9, 'scoring_confirmed', 'id');
	end if;
	return new;
end
$$;
create trigger keep_confirmed before update on chibo.scoring for each row execute function chibo.keep_confirmed();

create function chibo.keep_confirmed_sheet() returns trigger
language plpgsql set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_row jsonb := to_jsonb(case when tg_op = 'DELETE' then old else new end);
	v_meeting uuid := coalesce((v_row ->> 'meeting_id')::uuid,
		(select s.meeting_id from score_sheet s where s.id = (v_row ->> 'sheet_id')::uuid));
begin
	if tg_op = 'UPDATE' and (to_jsonb(new) - '{unit_pos,feed_id}'::text[]) = (to_jsonb(old) - '{unit_pos,feed_id}'::text[]) then
		return new;   -- it only follows its unit
	end if;
	if exists (select from scoring s where s.id = v_meeting and s.state in ('confirmed', 'final')) then
		perform refuse(9, 'scoring_confirmed', 'id');
	end if;
	return case when tg_op = 'DELETE' then old else new end;
end
$$;
create trigger keep_confirmed before insert or update or delete on chibo.score_sheet
	for each row execute function chibo.keep_confirmed_sheet();
create trigger keep_confirmed before insert or update or delete on chibo.score_line
	for each row execute function chibo.keep_confirmed_sheet();
grant execute on function chibo.keep_published, chibo.keep_confirmed, chibo.keep_confirmed_sheet to chibo_app, chibo_auth;

-- ---- Criteria tables ----

-- Points from the text of request field `field`, as people write them: 18, 18.5, 18,5. Null stays null.
create function chibo.a_number(t text, field text) returns numeric language plpgsql as $$
begin
	if t !~ '^[0-9]{1,3}([.,][0-9]{1,2})?$' then
		perform chibo.refuse(3, 'number_format', field, 'value=' || left(t, 40));
	end if;
	return replace(t, ',', '.')::numeric;
end
$$;

create function chibo.points_text(n numeric) returns text language sql immutable parallel safe as $$
	select trim_scale(n)::text
$$;

-- Refuses a table whose parts do not make a whole: points that add up, a grade for every total, better grades for more.
create function chibo.check_criteria(p_table uuid) returns void language plpgsql as $$
declare
	t record;
begin
	select x.max_total, (select coalesce(sum(c.max_points), 0) from chibo.criterion c where c.table_id = x.id) as sum,
	       (select min(b.min_points) from chibo.grade_band b where b.table_id = x.id) as lowest,
	       (select max(b.min_points) from chibo.grade_band b where b.table_id = x.id) as highest,
	       exists (select from chibo.grade_band b join chibo.code g on g.list = 'meeting_grade' and g.code = b.grade
	               join chibo.grade_band d on d.table_id = b.table_id and d.min_points > b.min_points
	               join chibo.code h on h.list = 'meeting_grade' and h.code = d.grade
	               where b.table_id = x.id and h.order_no > g.order_no) as mixed
	into t from chibo.criteria_table x where x.id = p_table;
	if t.sum <> t.max_total then
		perform chibo.refuse(3, 'sum_of_maximum', 'max_total',
			format(e'sum=%s\nvalue=%s', chibo.points_text(t.sum), chibo.points_text(t.max_total)));
	elsif t.lowest is distinct from 0 then
		perform chibo.refuse(3, 'band_from_zero', 'bands');
	elsif t.highest > t.max_total then
		perform chibo.refuse(3, 'out_of_range', 'min_points', e'min=0\nmax=' || chibo.points_text(t.max_total));
	elsif t.mixed then
		perform chibo.refuse(3, 'band_order', 'bands');
	end if;
end
$$;

create function chibo.publish_criteria(
	p_id uuid, p_code text, p_title text, p_legal_doc uuid, p_edition int, p_kind chibo.meeting_kind, p_sector text,
	p_max_total text, p_from date, p_until date, p_is_example boolean,
	p_codes text[], p_titles text[], p_max text[], p_steps text[], p_gates boolean[], p_grades text[], p_min text[])
returns void language plpgsql as $$
begin
	if p_max_total is null then
		perform chibo.refuse(3, 'required', 'max_total');
	end if;
	insert into chibo.criteria_table (id, feed_id, code, title, legal_doc_id, edition, kind, sector, max_total, during,
		is_example)
	values (p_id, auth.root_feed(), p_code, p_title, p_legal_doc, coalesce(p_edition, 1), p_kind, p_sector,
		chibo.a_number(p_max_total, 'max_total'), daterange(p_from, p_until + 1), coalesce(p_is_example, false));
	insert into chibo.criterion (table_id, item_no, code, title, max_points, step, is_gate)
	select p_id, c.n, c.code, c.title, chibo.a_number(c.max, 'max_points'),
	       coalesce(chibo.a_number(c.step, 'step_points'), 0.5), coalesce(c.gate, false)
	from unnest(p_codes, p_titles, p_max, p_steps, p_gates) with ordinality as c (code, title, max, step, gate, n);
	perform chibo.require_code('meeting_grade', g.grade, 'grade') from unnest(p_grades) as g (grade);
	insert into chibo.grade_band (table_id, grade, min_points)
	select p_id, b.grade, chibo.a_number(b.min, 'min_points') from unnest(p_grades, p_min) as b (grade, min);
	perform chibo.check_criteria(p_id);
end
$$;

-- The best grade whose least points are reached; but the best of all only with every gate criterion at its maximum.
create function chibo.grade_of(p_table uuid, p_total numeric, p_gates_full boolean) returns text
language sql stable as $$
	select b.grade
	from (
		select x.grade, x.min_points, x.min_points = max(x.min_points) over () as is_best
		from chibo.grade_band x where x.table_id = p_table
	) b
	where b.min_points <= p_total and (p_gates_full or not b.is_best or b.min_points = 0)
	order by b.min_points desc
	limit 1
$$;

-- ---- Who sees what of the sheets ----

-- Also the answer to a step shows what a reader would see, however far the step itself reaches.
create function chibo.sight() returns chibo.reach language sql stable as $$
	select auth.reach_of('score_read')
$$;

-- A member sees the branch's own sheet, and the others once they are final. Who came for one meeting sees his own and,
-- as a delegate, the branch's; a peer sees nothing that others wrote before it is final.
create function chibo.sees_sheet(p_meeting uuid, p_class text, p_assessor uuid, p_state chibo.scoring_state)
returns boolean language sql stable as $$
	select p_assessor = chibo.caller() or case (select chibo.sight())
		when 'scope' then true
		when 'masked' then true
		when 'unit' then p_class = 'self' or p_state = 'final'
		when 'meeting' then p_class = 'self' and (p_state = 'final' or exists (
			select from chibo.guest g
			where g.meeting_id = p_meeting and g.person_id = chibo.caller() and g.class = 'delegate'))
		else false
	end
$$;

-- Points criterion by criterion: not those of others in the branch itself, before they are final.
create function chibo.sees_points(p_meeting uuid, p_unit uuid, p_class text, p_assessor uuid, p_state chibo.scoring_state)
returns boolean language sql stable as $$
	select chibo.sees_sheet(p_meeting, p_class, p_assessor, p_state)
	   and (p_class = 'self' or p_state = 'final' or p_assessor = chibo.caller()
	        or p_unit is distinct from nullif(current_setting('app.unit_id', true), '')::uuid)
$$;

-- Names, notes and comments.
create function chibo.sees_words(p_meeting uuid, p_unit uuid, p_class text, p_assessor uuid, p_state chibo.scoring_state)
returns boolean language sql stable as $$
	select chibo.sees_points(p_meeting, p_unit, p_class, p_assessor, p_state)
	   and ((select chibo.sight()) is distinct from 'masked' or p_assessor = chibo.caller())
$$;

-- What came out in the end.
create function chibo.sees_result(p_state chibo.scoring_state) returns boolean language sql stable as $$
	select p_state = 'final' or (select chibo.sight()) in ('scope', 'masked')
$$;

create function chibo.scoring_rows(p_id uuid)
returns table (id uuid, version int, unit_id uuid, unit_path text, kind chibo.meeting_kind, period_month text, held_on text,
               state chibo.scoring_state, table_id uuid, table_title text, vote_id uuid, self_total text, self_grade text,
               total text, grade text, gap text, is_flagged boolean, confirmed_by text, confirmed_at_us timestamptz,
               reason text)
language sql stable as $$
	select s.id, s.version, s.unit_id, auth.unit_path(s.unit_id, chibo.today()), m.kind, m.period_month, chibo.iso(m.held_on),
	       s.state, s.table_id, t.title, s.vote_id, chibo.points_text(own.total), own.grade,
	       case when r.seen then chibo.points_text(s.total) end, case when r.seen then s.grade end,
	       case when r.seen then chibo.points_text(s.gap) end, case when r.seen then abs(s.gap) >= s.gap_alert end,
	       case when r.seen and (select chibo.sight()) is distinct from 'masked' then s.confirmed_name end,
	       case when r.seen then s.confirmed_at end,
	       case when (select chibo.sight()) not in ('masked', 'meeting') then s.reason end
	from chibo.scoring s
	join chibo.meeting m on m.id = s.id
	join chibo.criteria_table t on t.id = s.table_id
	cross join lateral (select chibo.sees_result(s.state) as seen) r
	left join chibo.score_sheet own on own.meeting_id = s.id and own.class = 'self'
		and chibo.sees_sheet(s.id, own.class, own.assessor_id, s.state)
	where s.id = p_id and chibo.reaches(s.unit_id, s.unit_pos, s.id)
$$;

create function chibo.sheet_rows(p_id uuid)
returns table (id uuid, class text, state chibo.sheet_state, assessor_name text, assessor_unit text, total text, grade text,
               comment text, submitted_at_us timestamptz)
language sql stable as $$
	select x.id, x.class, x.state, case when w.seen then x.assessor_name end, case when w.seen then x.assessor_unit end,
	       chibo.points_text(x.total), x.grade, case when w.seen then x.comment end, x.submitted_at
	from chibo.scoring s
	join chibo.score_sheet x on x.meeting_id = s.id
	join chibo.code c on c.list = 'assessor_class' and c.code = x.class
	cross join lateral (select chibo.sees_words(s.id, s.unit_id, x.class, x.assessor_id, s.state) as seen) w
	where s.id = p_id and chibo.reaches(s.unit_id, s.unit_pos, s.id)
	  and chibo.sees_sheet(s.id, x.class, x.assessor_id, s.state)
	order by c.order_no, x.id
$$;

create function chibo.line_rows(p_id uuid)
returns table (sheet_id uuid, item_no int, code text, title text, points text, max_points text, note text)
language sql stable as $$
	select x.id, l.item_no, l.code, c.title, chibo.points_text(l.points), chibo.points_text(l.max_points), l.note
	from chibo.scoring s
	join chibo.score_sheet x on x.meeting_id = s.id
	join chibo.code k on k.list = 'assessor_class' and k.code = x.class
	join chibo.score_line l on l.sheet_id = x.id
	join chibo.criterion c on c.table_id = s.table_id and c.code = l.code
	where s.id = p_id and chibo.reaches(s.unit_id, s.unit_pos, s.id)
	  and chibo.sees_words(s.id, s.unit_id, x.class, x.assessor_id, s.state)
	order by k.order_no, x.id, l.item_no
$$;

-- A page of the scorings of a unit and all below it, in tree order.
create function chibo.scoring_page(p_unit uuid, p_from text, p_until text, p_state chibo.scoring_state, p_after_pos int,
                                   p_after_id uuid, p_limit int)
returns table (meeting_id uuid, unit_id uuid, unit_name text, kind chibo.meeting_kind, period_month text, held_on text,
               state chibo.scoring_state, self_total text, self_grade text, total text, grade text, gap text,
               is_flagged boolean, pos int)
language plpgsql stable as $$
declare
	v_lo int;
	v_hi int;
begin
	select i.lo, i.hi into v_lo, v_hi from chibo.positions_of(p_unit) i;
	return query
	select s.id, s.unit_id,
	       (select n.name from chibo.unit_name n
	        where n.unit_id = s.unit_id and chibo.covers(n.during, chibo.today()) and chibo.inside(n.unit_pos)),
	       m.kind, m.period_month::text, chibo.iso(m.held_on), s.state,
	       chibo.points_text(own.total), own.grade, case when r.seen then chibo.points_text(s.total) end,
	       case when r.seen then s.grade end, case when r.seen then chibo.points_text(s.gap) end,
	       case when r.seen then abs(s.gap) >= s.gap_alert end, s.unit_pos
	from chibo.scoring s
	join chibo.meeting m on m.id = s.id
	cross join lateral (select chibo.sees_result(s.state) as seen) r
	left join chibo.score_sheet own on own.meeting_id = s.id and own.class = 'self'
		and chibo.sees_sheet(s.id, own.class, own.assessor_id, s.state)
	where s.unit_pos between v_lo and v_hi and chibo.reaches(s.unit_id, s.unit_pos, s.id)
	  and (p_after_id is null or (s.unit_pos, s.id) > (p_after_pos, p_after_id))
	  and (p_from is null or m.period_month >= p_from) and (p_until is null or m.period_month <= p_until)
	  and (p_state is null or s.state = p_state)
	order by s.unit_pos, s.id
	limit least(p_limit, 500);
end
$$;

-- The points of a scoring, side by side, criterion by criterion and (item_no null) in all. A criterion is flagged where
-- the difference has the share in its maximum that the alert has in the whole.
create function chibo.compare_rows(p_id uuid)
returns table (item_no int, code text, title text, max_points text, self_points text, ward_points text, peer_points text,
               delegate_points text, difference_points text, is_flagged boolean)
language sql stable as $$
	with part as (
		select x.class, l.item_no, l.points
		from chibo.scoring s
		join chibo.score_sheet x on x.meeting_id = s.id
		join chibo.score_line l on l.sheet_id = x.id
		where s.id = p_id and chibo.reaches(s.unit_id, s.unit_pos, s.id)
		  and chibo.sees_points(s.id, s.unit_id, x.class, x.assessor_id, s.state)
		union all
		select x.class, null, x.total
		from chibo.scoring s
		join chibo.score_sheet x on x.meeting_id = s.id
		where s.id = p_id and chibo.reaches(s.unit_id, s.unit_pos, s.id)
		  and chibo.sees_sheet(s.id, x.class, x.assessor_id, s.state)
	), mean as (
		select p.item_no, avg(p.points) filter (where p.class = 'self') as self,
		       avg(p.points) filter (where p.class = 'ward_committee') as ward,
		       round(avg(p.points) filter (where p.class = 'peer_secretary'), 2) as peer,
		       round(avg(p.points) filter (where p.class = 'district_delegate'), 2) as delegate
		from part p group by p.item_no
	), line as (
		select c.item_no, c.code, c.title, c.max_points, t.max_total,
		       coalesce(s.gap_alert, chibo.rule_number('score.gap_alert', chibo.today())) as alert
		from chibo.scoring s
		join chibo.criteria_table t on t.id = s.table_id
		cross join lateral (
			select x.item_no, x.code, x.title, x.max_points from chibo.criterion x where x.table_id = t.id
			union all
			select null, null, null, t.max_total
		) c
		where s.id = p_id and chibo.reaches(s.unit_id, s.unit_pos, s.id)
	)
	select l.item_no, l.code, l.title, chibo.points_text(l.max_points), chibo.points_text(m.self), chibo.points_text(m.ward),
	       chibo.points_text(m.peer), chibo.points_text(m.delegate), chibo.points_text(m.self - m.ward),
	       abs(m.self - m.ward) * l.max_total >= l.alert * l.max_points
	from line l
	left join mean m on m.item_no is not distinct from l.item_no
	order by l.item_no
$$;

-- ---- Filling in a sheet ----

-- Refuses lines that are not the table's criteria, each once, with points that it allows.
create function chibo.check_points(p_table uuid, p_codes text[], p_points text[]) returns void language plpgsql as $$
declare
	x record;
begin
	select l.*, case
		when l.known is null then 'unknown_criterion'
		when l.given is null then 'criterion_missing'
		when l.points is null then 'required'
		when l.points > l.max_points then 'above_maximum'
		when mod(l.points, l.step) <> 0 then 'points_step' end as rule
	into x
	from (
		select g.code as given, chibo.a_number(g.points, 'points') as points, c.code as known, c.item_no, c.max_points, c.step
		from unnest(p_codes, p_points) as g (code, points)
		full join (select k.* from chibo.criterion k where k.table_id = p_table) c on c.code = g.code
	) l
	where l.known is null or l.given is null or l.points is null or l.points > l.max_points or mod(l.points, l.step) <> 0
	order by l.item_no nulls first
	limit 1;
	if found then
		perform chibo.refuse(3, x.rule, case when x.known is null or x.given is null then 'lines' else 'points' end,
			format(e'value=%s\nmax=%s\nstep=%s', left(coalesce(x.known, x.given), 40), chibo.points_text(x.max_points),
				chibo.points_text(x.step)));
	end if;
end
$$;

-- What the lines of a sheet come to, checked. A delegate may leave it at a comment.
create function chibo.judge(p_class text, p_table uuid, p_comment text, p_codes text[], p_points text[],
                            out total numeric, out grade text) language plpgsql as $$
begin
	if p_class = 'district_delegate' and coalesce(cardinality(p_codes), 0) = 0 then
		if p_comment is null then
			perform chibo.refuse(3, 'required', 'comment');
		end if;
		return;
	end if;
	perform chibo.check_points(p_table, p_codes, p_points);
	select sum(chibo.a_number(g.points, 'points')),
	       chibo.grade_of(p_table, sum(chibo.a_number(g.points, 'points')),
		coalesce(bool_and(chibo.a_number(g.points, 'points') = c.max_points) filter (where c.is_gate), true))
	into judge.total, judge.grade
	from unnest(p_codes, p_points) as g (code, points)
	join chibo.criterion c on c.table_id = p_table and c.code = g.code;
end
$$;

create function chibo.write_lines(p_sheet uuid, p_table uuid, p_codes text[], p_points text[], p_notes text[])
returns void language plpgsql as $$
begin
	delete from chibo.score_line l where l.sheet_id = p_sheet;
	insert into chibo.score_line (sheet_id, unit_id, unit_pos, item_no, code, points, max_points, note)
	select x.id, x.unit_id, x.unit_pos, c.item_no, c.code, chibo.a_number(g.points, 'points'), c.max_points, g.note
	from chibo.score_sheet x, unnest(p_codes, p_points, p_notes) as g (code, points, note)
	join chibo.criterion c on c.table_id = p_table and c.code = g.code
	where x.id = p_sheet;
end
$$;

-- Locks a scoring for a change; with a version, one from this version; in one of the states.
create function chibo.lock_scoring(p_id uuid, p_field text, p_base_version int, p_states chibo.scoring_state[])
returns chibo.scoring language plpgsql as $$
declare
	s chibo.scoring;
begin
	select x.* into s from chibo.scoring x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos, x.id) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', p_field);
	elsif s.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || s.version);
	elsif s.state <> all (p_states) then
		perform chibo.refuse(9, case when s.state = 'final' then 'scoring_final' when s.state = 'confirmed' then 'scoring_confirmed'
			when 'confirmed' = any (p_states) then 'not_confirmed' when s.state = 'draft_self' then 'self_not_voted'
			else 'self_submitted' end, p_field, 'state=' || s.state);
	end if;
	return s;
end
$$;

-- Refuses a table that was not in force on the day, or is not for such a meeting or such a branch.
create function chibo.require_table(p_table uuid, m chibo.meeting) returns void language plpgsql as $$
declare
	t chibo.criteria_table;
begin
	select x.* into t from chibo.criteria_table x where x.id = p_table;
	if not found then
		perform chibo.refuse(5, 'not_found', 'table_id');
	elsif not t.during @> m.held_on or t.kind <> m.kind
	   or (t.sector = (select u.sector from chibo.unit u where u.id = m.unit_id)) is not true and t.sector is not null then
		perform chibo.refuse(9, 'table_not_valid', 'table_id', 'held_on=' || m.held_on);
	end if;
end
$$;

-- The branch scores itself in the meeting, so from its opening on.
create function chibo.draft_self(p_id uuid, p_meeting uuid, p_table uuid, p_comment text, p_codes text[], p_points text[],
                                 p_notes text[]) returns void language plpgsql as $$
declare
	m chibo.meeting := chibo.lock_meeting(p_meeting, 'meeting_id', null, '{in_session,closed,submitted,acknowledged}');
	j record;
begin
	perform chibo.require_table(p_table, m);
	select * into j from chibo.judge('self', p_table, p_comment, p_codes, p_points);
	insert into chibo.scoring (id, unit_id, unit_pos, feed_id, table_id, drafted_by)
	values (m.id, m.unit_id, m.unit_pos, m.feed_id, p_table, chibo.caller());
	insert into chibo.score_sheet (id, unit_id, unit_pos, feed_id, meeting_id, class, assessor_id, assessor_name,
		assessor_unit, total, grade, comment)
	values (p_id, m.unit_id, m.unit_pos, m.feed_id, m.id, 'self', chibo.caller(), auth.own_name(),
		auth.unit_path(m.unit_id, m.held_on), j.total, j.grade, p_comment);
	perform chibo.write_lines(p_id, p_table, p_codes, p_points, p_notes);
end
$$;

-- Fills a sheet in anew: its lines, its comment, by whom.
create function chibo.rewrite_sheet(x chibo.score_sheet, p_table uuid, p_comment text, p_codes text[], p_points text[],
                                    p_notes text[]) returns void language plpgsql as $$
declare
	j record;
begin
	select * into j from chibo.judge(x.class, p_table, p_comment, p_codes, p_points);
	update chibo.score_sheet y set version = y.version + 1, total = j.total, grade = j.grade, comment = p_comment,
		assessor_id = chibo.caller(), assessor_name = auth.own_name()
	where y.id = x.id;
	perform chibo.write_lines(x.id, p_table, p_codes, p_points, p_notes);
end
$$;

create function chibo.update_self(p_id uuid, p_base_version int, p_comment text, p_codes text[], p_points text[],
                                  p_notes text[]) returns void language plpgsql as $$
declare
	s chibo.scoring := chibo.lock_scoring(p_id, 'id', p_base_version, '{draft_self}');
	x chibo.score_sheet;
begin
	select y.* into x from chibo.score_sheet y where y.meeting_id = s.id and y.class = 'self';
	perform chibo.rewrite_sheet(x, s.table_id, p_comment, p_codes, p_points, p_notes);
	update chibo.scoring y set version = y.version + 1, drafted_by = chibo.caller() where y.id = s.id;
end
$$;

-- What the branch has voted on stands until it is returned.
create function chibo.submit_self(p_id uuid, p_base_version int, p_vote uuid) returns void language plpgsql as $$
declare
	s chibo.scoring := chibo.lock_scoring(p_id, 'id', p_base_version, '{draft_self}');
	v record;
begin
	select x.purpose, x.passed into v from chibo.vote_item x where x.id = p_vote and x.meeting_id = s.id;
	if not found then
		perform chibo.refuse(5, 'not_found', 'vote_id');
	elsif v.purpose <> 'score' then
		perform chibo.refuse(9, 'vote_purpose', 'vote_id', 'purpose=' || v.purpose);
	elsif not v.passed then
		perform chibo.refuse(9, 'vote_not_passed', 'vote_id');
	end if;
	update chibo.score_sheet x set version = x.version + 1, state = 'submitted', submitted_at = now()
	where x.meeting_id = s.id and x.class = 'self';
	update chibo.scoring x set version = x.version + 1, state = 'voted_by_branch', vote_id = p_vote,
		voted_by = chibo.caller(), reason = null
	where x.id = s.id;
end
$$;

-- ---- Those from outside ----

-- Refuses whoever had a hand in the branch's own sheet, and whoever belongs to the branch: he is not above it, whatever
-- his role. The day is that of the meeting, and today.
create function chibo.require_upper(s chibo.scoring, p_field text) returns void language plpgsql as $$
begin
	if chibo.caller() in (s.drafted_by, s.voted_by) then
		perform chibo.refuse(9, 'own_sheet', p_field);
	elsif auth.belongs_to(s.unit_id, (select m.held_on from chibo.meeting m where m.id = s.id))
	   or (s.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid
	       and current_setting('app.reach', true) <> 'meeting') then
		perform chibo.refuse(9, 'own_branch', p_field);
	end if;
end
$$;

-- As what the caller judges a meeting, and whom he stands for: his office, or what he was invited as.
create function chibo.upper_class(p_meeting uuid, out class text, out unit text) language plpgsql stable as $$
begin
	if current_setting('app.reach', true) = 'meeting' then
		select case g.class when 'delegate' then 'district_delegate' when 'peer_observer' then 'peer_secretary' end,
		       coalesce(g.sender, g.capacity)
		into upper_class.class, upper_class.unit
		from chibo.guest g where g.meeting_id = p_meeting and g.person_id = chibo.caller();
	else
		upper_class.class := case current_setting('app.role', true) when 'WO' then 'ward_committee' else 'district_delegate' end;
		upper_class.unit := auth.unit_path(nullif(current_setting('app.unit_id', true), '')::uuid, chibo.today());
	end if;
	if upper_class.class is null then
		perform chibo.refuse(9, 'not_invited', 'meeting_id');
	end if;
end
$$;

create function chibo.require_room_for_peer(p_meeting uuid) returns void language plpgsql as $$
declare
	v_max int := chibo.rule_number('score.peers_max', chibo.today());
begin
	if (select count(*) from chibo.score_sheet x where x.meeting_id = p_meeting and x.class = 'peer_secretary') >= v_max then
		perform chibo.refuse(9, 'too_many_peers', 'meeting_id', 'max=' || v_max);
	end if;
end
$$;

create function chibo.score_upper(p_id uuid, p_meeting uuid, p_comment text, p_codes text[], p_points text[], p_notes text[])
returns void language plpgsql as $$
declare
	s chibo.scoring := chibo.lock_scoring(p_meeting, 'meeting_id', null, '{voted_by_branch,peer_scored}');
	c record;
	j record;
begin
	perform chibo.require_upper(s, 'meeting_id');
	select * into c from chibo.upper_class(s.id);
	if c.class = 'peer_secretary' then
		perform chibo.require_room_for_peer(s.id);
	end if;
	select * into j from chibo.judge(c.class, s.table_id, p_comment, p_codes, p_points);
	insert into chibo.score_sheet (id, unit_id, unit_pos, feed_id, meeting_id, class, state, assessor_id, assessor_name,
		assessor_unit, total, grade, comment, submitted_at)
	values (p_id, s.unit_id, s.unit_pos, s.feed_id, s.id, c.class, 'submitted', chibo.caller(), auth.own_name(), c.unit,
		j.total, j.grade, p_comment, now());
	perform chibo.write_lines(p_id, s.table_id, p_codes, p_points, p_notes);
	update chibo.scoring y set version = y.version + 1,
		state = case when c.class = 'peer_secretary' then 'peer_scored' else y.state end
	where y.id = s.id;
end
$$;

-- One's own sheet, as long as nobody has confirmed the result.
create function chibo.update_upper(p_id uuid, p_base_version int, p_comment text, p_codes text[], p_points text[],
                                   p_notes text[]) returns void language plpgsql as $$
declare
	s chibo.scoring := chibo.lock_scoring(p_id, 'id', p_base_version, '{voted_by_branch,peer_scored}');
	x chibo.score_sheet;
begin
	perform chibo.require_upper(s, 'id');
	select y.* into x from chibo.score_sheet y
	where y.meeting_id = s.id and y.assessor_id = chibo.caller() and y.class = (select c.class from chibo.upper_class(s.id) c);
	if not found then
		perform chibo.refuse(9, 'no_own_sheet', 'id');
	end if;
	perform chibo.rewrite_sheet(x, s.table_id, p_comment, p_codes, p_points, p_notes);
	update chibo.scoring y set version = y.version + 1 where y.id = s.id;
end
$$;

-- ---- The result ----

create function chibo.send_back_scoring(p_id uuid, p_base_version int, p_reason text) returns void language plpgsql as $$
declare
	s chibo.scoring := chibo.lock_scoring(p_id, 'id', p_base_version, '{voted_by_branch,peer_scored}');
begin
	perform chibo.require_upper(s, 'id');
	update chibo.score_sheet x set version = x.version + 1, state = 'draft', submitted_at = null
	where x.meeting_id = s.id and x.class = 'self';
	update chibo.scoring x set version = x.version + 1, state = 'draft_self', vote_id = null, voted_by = null, reason = p_reason
	where x.id = s.id;
end
$$;

-- The points of the committee above count; how far the branch saw itself from them stays on record.
create function chibo.confirm_scoring(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	s chibo.scoring := chibo.lock_scoring(p_id, 'id', p_base_version, '{voted_by_branch,peer_scored}');
	v_self numeric := (select x.total from chibo.score_sheet x where x.meeting_id = s.id and x.class = 'self');
	u record;
begin
	perform chibo.require_upper(s, 'id');
	select x.total, x.grade into u from chibo.score_sheet x where x.meeting_id = s.id and x.class = 'ward_committee';
	if not found then
		perform chibo.refuse(9, 'upper_sheet_missing', 'id');
	end if;
	update chibo.scoring x set version = x.version + 1, state = 'confirmed', total = u.total, grade = u.grade,
		gap = v_self - u.total, gap_alert = chibo.rule_number('score.gap_alert', chibo.today()),
		confirmed_by = chibo.caller(), confirmed_name = auth.own_name(), confirmed_at = now()
	where x.id = s.id;
end
$$;

create function chibo.publish_scoring(p_id uuid, p_base_version int) returns void language plpgsql as $$
declare
	s chibo.scoring := chibo.lock_scoring(p_id, 'id', p_base_version, '{confirmed}');
begin
	perform chibo.require_upper(s, 'id');
	update chibo.scoring x set version = x.version + 1, state = 'final' where x.id = s.id;
end
$$;

grant execute on function chibo.a_number, chibo.points_text to chibo_app, chibo_auth;
grant execute on function chibo.check_criteria, chibo.publish_criteria, chibo.grade_of, chibo.sight,
	chibo.sees_sheet, chibo.sees_points, chibo.sees_words, chibo.sees_result, chibo.scoring_rows, chibo.sheet_rows,
	chibo.line_rows, chibo.scoring_page, chibo.compare_rows, chibo.check_points, chibo.judge, chibo.write_lines,
	chibo.lock_scoring, chibo.require_table, chibo.draft_self, chibo.rewrite_sheet, chibo.update_self,
	chibo.submit_self, chibo.require_upper, chibo.upper_class, chibo.require_room_for_peer, chibo.score_upper,
	chibo.update_upper, chibo.send_back_scoring, chibo.confirm_scoring, chibo.publish_scoring to chibo_app;

set local role chibo_auth;

-- Whether the caller takes part in a unit on a day or today, in whatever way. His record may be kept elsewhere.
create function auth.belongs_to(p_unit uuid, p_day date) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return exists (
		select from member m join membership s on s.member_id = m.id
		where m.person_id = caller() and s.unit_id = p_unit and (covers(s.during, p_day) or covers(s.during, today())));
end
$$;

-- The months of a period: 2022, 2022-Q3.
create function auth.period_months(p_period text, out first text, out last text)
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
declare
	v_quarter int;
begin
	if p_period !~ '^(19|[2-9][0-9])[0-9]{2}(-Q[1-4])?$' then
		perform refuse(3, 'period_format', 'period', 'value=' || left(p_period, 40));
	end if;
	v_quarter := nullif(substr(p_period, 7, 1), '');
	first := left(p_period, 4) || to_char(coalesce(v_quarter * 3 - 2, 1), '"-"FM00');
	last := left(p_period, 4) || to_char(coalesce(v_quarter * 3, 12), '"-"FM00');
end
$$;

-- R14: a line for each branch, with the confirmed grades of its regular meetings by month, the latest where a month has
-- two. A year is good if no meeting was less than fair and enough of them were good; else it is what none fell below,
-- at most fair. There is no such grade while a meeting that was held has none, nor for a quarter.
create function auth.meeting_quality(p_unit uuid, p_period text)
returns table (row_key text, unit_code text, unit_name text, m01 text, m02 text, m03 text, m04 text, m05 text, m06 text,
               m07 text, m08 text, m09 text, m10 text, m11 text, m12 text, year_grade text, good int, not_graded int,
               mean_gap text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	p record;
	i record;
	v_days daterange;
	v_needed int;
	v_fair int := (select c.order_no from chibo.code c where c.list = 'meeting_grade' and c.code = 'fair');
begin
	select x.first, x.last into p from period_months(p_period) x;
	select x.lo, x.hi into i from interval_of(p_unit) x;
	v_days := daterange(lower(month_days(p.first)), upper(month_days(p.last)));
	v_needed := rule_number('score.good_year_meetings', least(upper(v_days) - 1, today()));
	return query
	with held as materialized (
		select m.id, m.unit_id, right(m.period_month, 2)::int as month, m.started_at, c.grade, c.gap, k.order_no
		from meeting m
		left join scoring c on c.id = m.id and c.state in ('confirmed', 'final')
		left join chibo.code k on k.list = 'meeting_grade' and k.code = c.grade
		where m.unit_pos between i.lo and i.hi and m.period_month between p.first and p.last
		  and m.kind = 'regular' and m.state in ('closed', 'submitted', 'acknowledged')
	), latest as (
		select h.unit_id, h.month, max(h.started_at) as at from held h where h.grade is not null group by h.unit_id, h.month
	), graded as (
		select h.*, l.at is not null as is_latest
		from held h left join latest l on l.unit_id = h.unit_id and l.month = h.month and l.at = h.started_at
	), branch as (
		select h.unit_id,
		       max(h.grade) filter (where h.is_latest and h.month = 1) as m01,
		       max(h.grade) filter (where h.is_latest and h.month = 2) as m02,
		       max(h.grade) filter (where h.is_latest and h.month = 3) as m03,
		       max(h.grade) filter (where h.is_latest and h.month = 4) as m04,
		       max(h.grade) filter (where h.is_latest and h.month = 5) as m05,
		       max(h.grade) filter (where h.is_latest and h.month = 6) as m06,
		       max(h.grade) filter (where h.is_latest and h.month = 7) as m07,
		       max(h.grade) filter (where h.is_latest and h.month = 8) as m08,
		       max(h.grade) filter (where h.is_latest and h.month = 9) as m09,
		       max(h.grade) filter (where h.is_latest and h.month = 10) as m10,
		       max(h.grade) filter (where h.is_latest and h.month = 11) as m11,
		       max(h.grade) filter (where h.is_latest and h.month = 12) as m12,
		       max(h.order_no) as worst, count(*) filter (where h.grade = 'good') as good,
		       count(*) filter (where h.grade is null) as not_graded, avg(h.gap) as gap
		from graded h group by h.unit_id
	)
	select u.code, u.code,
	       (select n.name from unit_name n where n.unit_id = u.id and covers(n.during, upper(v_days) - 1) limit 1),
	       b.m01, b.m02, b.m03, b.m04, b.m05, b.m06, b.m07, b.m08, b.m09, b.m10, b.m11, b.m12,
	       case when length(p_period) > 4 or b.worst is null or b.not_graded > 0 then null
	            when b.worst <= v_fair and b.good >= v_needed then 'good'
	            else (select c.code from chibo.code c
	                  where c.list = 'meeting_grade' and c.order_no = greatest(b.worst, v_fair) limit 1)
	       end,
	       coalesce(b.good, 0)::int, coalesce(b.not_graded, 0)::int, to_char(round(b.gap, 1), 'FM990.0')
	from unit u
	join unit_kind k on k.code = u.kind and k.is_branch
	left join branch b on b.unit_id = u.id
	where u.pos between i.lo and i.hi
	  -- not as ranges: the planner would expect next to none, and join them one by one
	  and u.founded_on < upper(v_days) and (u.closed_on is null or u.closed_on > lower(v_days))
	order by u.pos;
end
$$;

grant execute on function auth.belongs_to, auth.meeting_quality to chibo_app;

commit;
