-- Deploy chibo:import to pg
-- Lists of members, up to 1000 lines in one transaction: all or nothing.

begin;
set local role chibo_owner;

create type chibo.member_line as (
	row_no        int,
	id            uuid,
	person_id     uuid,
	membership_id uuid,
	unit_code     text,
	kind          chibo.membership_kind,
	from_on       text,
	family_name   text,
	middle_name   text,
	given_name    text,
	sex           chibo.sex,
	born_on       text,
	native_place  text,
	education     text,
	profession    text,
	status        chibo.member_status,
	decision_on   text,
	joined_on     text,
	full_on       text,
	card_no       text,
	biography_no  text,
	works_away    boolean
);

-- Each line with its unit, if that lies below `p_unit`, and the member it is about, if he is known
-- already: by biography number in the same feed; a guest without one by name and birth in the same unit.
create function chibo.resolve_lines(p_unit uuid, p_lines chibo.member_line[])
returns table (ordinal bigint, unit_id uuid, known_id uuid) language plpgsql stable as $$
begin
	return query
	select l.ordinality, u.id, coalesce(m.id, guest.id)
	from unnest(p_lines) with ordinality l
	left join chibo.unit top on top.id = p_unit
	left join chibo.unit u on u.code = l.unit_code and u.pos between top.pos and top.last
	left join chibo.member m on m.feed_id = u.feed_id and m.biography_no = l.biography_no
		and chibo.inside(m.unit_pos)
	left join lateral (
		select g.id from chibo.member g join chibo.person p on p.id = g.person_id
		where l.biography_no is null and g.unit_id = u.id and g.biography_no is null
		  and p.family_name = l.family_name and p.given_name = l.given_name
		  and p.middle_name is not distinct from l.middle_name and p.born_on = l.born_on
		order by g.id limit 1
	) guest on true;
end
$$;

-- Every bad cell of every line, each with the first rule that it breaks.
create function chibo.check_lines(p_unit uuid, p_lines chibo.member_line[])
returns table (row_no int, field text, rule text, value text) language plpgsql stable as $$
declare
	v_today text := chibo.iso(chibo.today());
begin
	return query
	with line as (
		select l.*, r.known_id, u.id as unit_id, u.feed_id, u.closed_on, chibo.iso(u.founded_on) as founded_on,
		       k.is_branch, coalesce(l.kind, 'primary') = 'primary' as counted,
		       count(*) over (partition by l.id) as same_id,
		       count(*) over (partition by u.feed_id, l.biography_no) as same_biography,
		       count(*) over (partition by u.feed_id, l.card_no) as same_card,
		       taken.id is not null as card_taken
		from unnest(p_lines) with ordinality l
		join chibo.resolve_lines(p_unit, p_lines) r on r.ordinal = l.ordinality
		left join chibo.unit u on u.id = r.unit_id
		left join chibo.unit_kind k on k.code = u.kind
		left join chibo.member taken on taken.feed_id = u.feed_id and taken.card_no = l.card_no
			and taken.id is distinct from r.known_id and chibo.inside(taken.unit_pos)
	), judged as (
		-- one array and not a VALUES list, which would be set up anew for every line
		select l.row_no, l.ordinality, l as cells, array_remove(array[
			case when l.id is null then 'id required'
			     when l.same_id > 1 then 'id twice' end,
			case when l.person_id is null then 'person_id required' end,
			case when l.membership_id is null then 'membership_id required' end,
			case when l.unit_code is null then 'unit_code required'
			     when l.unit_code is not null and l.unit_id is null then 'unit_code not_found'
			     when not l.is_branch then 'unit_code not_a_branch'
			     when l.closed_on is not null then 'unit_code closed' end,
			case when l.family_name is null then 'family_name required'
			     when not chibo.is_name_part(l.family_name) then 'family_name name' end,
			case when not chibo.is_name_part(l.middle_name) then 'middle_name name' end,
			case when l.given_name is null then 'given_name required'
			     when not chibo.is_name_part(l.given_name) then 'given_name name' end,
			case when l.sex is null then 'sex required' end,
			case when l.born_on is null then 'born_on required'
			     when not chibo.is_partial_date(l.born_on) then 'born_on date_format'
			     when l.born_on <= '1900' then 'born_on too_early'
			     when l.born_on > v_today then 'born_on not_future' end,
			case when not chibo.is_text(l.native_place, 200) then 'native_place text' end,
			case when not chibo.is_text(l.education, 100) then 'education text' end,
			case when not chibo.is_text(l.profession, 100) then 'profession text' end,
			case when l.status is null then 'status required'
			     when l.status not in ('probationary', 'full') then 'status not_active' end,
			case when l.counted and l.decision_on is null then 'decision_on required'
			     when not chibo.is_day(l.decision_on) then 'decision_on date_format'
			     when l.decision_on > v_today then 'decision_on not_future'
			     when l.decision_on > l.joined_on then 'decision_on after_joined' end,
			case when l.counted and l.joined_on is null then 'joined_on required'
			     when not chibo.is_day(l.joined_on) then 'joined_on date_format'
			     when l.joined_on > v_today then 'joined_on not_future' end,
			case when l.counted and l.status = 'full' and l.full_on is null then 'full_on required'
			     when l.status = 'probationary' and l.full_on is not null then 'full_on probationary'
			     when not chibo.is_day(l.full_on) then 'full_on date_format'
			     when l.full_on > v_today then 'full_on not_future'
			     when l.full_on < l.joined_on then 'full_on before_joined' end,
			case when l.counted and l.status = 'full' and l.card_no is null then 'card_no required'
			     when l.card_no !~ '^[0-9]{8}$' then 'card_no format'
			     when l.card_no is not null and l.same_card > 1 then 'card_no twice'
			     when l.card_taken then 'card_no taken' end,
			case when l.counted and l.biography_no is null then 'biography_no required'
			     when l.biography_no !~ '^[0-9]{6}[A-ZĐ]{1,3}$' then 'biography_no format'
			     when l.biography_no is not null and l.same_biography > 1 then 'biography_no twice' end,
			case when not chibo.is_day(l.from_on) then 'from_on date_format'
			     when l.counted and l.from_on > v_today then 'from_on not_future'
			     when l.from_on < l.founded_on then 'from_on before_founding'
			     when l.from_on < l.joined_on then 'from_on before_joined' end
		], null) as bad
		from line l
	)
	select j.row_no, split_part(b, ' ', 1), split_part(b, ' ', 2),
	       left(to_jsonb(j.cells) ->> split_part(b, ' ', 1), 80)
	from judged j cross join unnest(j.bad) b
	order by j.row_no, j.ordinality
	limit 2000;
end
$$;

-- The first day in a unit when the request names none: joining, or the unit's founding if that is later.
create function chibo.first_day(p_from date, p_joined date, p_founded date) returns date
language sql stable as $$
	select coalesce(p_from, greatest(p_joined, p_founded), chibo.today())
$$;

create function chibo.import_lines(p_unit uuid, p_lines chibo.member_line[]) returns void language plpgsql as $$
declare
	v_first int;
	v_problems bigint;
	v_new chibo.member_line[];
begin
	if not exists (select from chibo.unit u where u.id = p_unit) then
		perform chibo.refuse(5, 'not_found', 'unit_id');
	elsif coalesce(cardinality(p_lines), 0) not between 1 and 1000 then
		perform chibo.refuse(3, 'out_of_range', 'lines', e'min=1\nmax=1000');
	end if;
	select min(c.row_no), count(*) into v_first, v_problems from chibo.check_lines(p_unit, p_lines) c;
	if v_problems > 0 then
		perform chibo.refuse(3, 'import_rows', 'lines', format(e'first_row=%s\nproblems=%s', v_first, v_problems));
	end if;
	v_new := array(
		select p_lines[r.ordinal] from chibo.resolve_lines(p_unit, p_lines) r
		where r.known_id is null order by r.ordinal);
	if cardinality(v_new) = 0 then
		perform ledger.mark(u.feed_id) from chibo.unit u where u.id = p_unit;
		return;
	end if;
	insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, middle_name, given_name, sex, born_on,
		native_place, education, profession)
	select l.person_id, u.id, u.pos, u.feed_id, l.family_name, l.middle_name, l.given_name, l.sex, l.born_on,
	       l.native_place, l.education, l.profession
	from unnest(v_new) l join chibo.unit u on u.code = l.unit_code;
	insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on,
		full_on, card_no, biography_no, works_away)
	select l.id, l.person_id, u.id, u.pos, u.feed_id, coalesce(l.kind, 'primary') <> 'primary', l.status,
	       l.decision_on::date, l.joined_on::date, l.full_on::date, l.card_no, l.biography_no,
	       coalesce(l.works_away, false)
	from unnest(v_new) l join chibo.unit u on u.code = l.unit_code;
	insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
	select l.membership_id, l.id, u.id, u.pos, u.feed_id, coalesce(l.kind, 'primary'),
	       daterange(chibo.first_day(l.from_on::date, l.joined_on::date, u.founded_on), null)
	from unnest(v_new) l join chibo.unit u on u.code = l.unit_code;
end
$$;

grant execute on function chibo.resolve_lines, chibo.check_lines, chibo.first_day, chibo.import_lines to chibo_app;

commit;
