-- Deploy chibo:reports to pg
-- The figures of every unit below a unit on a day. All reports add up these rows, so they agree.

begin;
set local role chibo_auth;

-- Counts those who took part on the day, by their membership; what became of a member later, and which
-- unit keeps his record now, changes nothing. `then` adds up in the tree of that day, `now` in today's.
create function auth.unit_figures(p_unit uuid, p_day date, p_tree chibo.tree_mode)
returns table (unit_id uuid, kind text, sector text, is_branch boolean, is_grassroots boolean, members bigint,
               women bigint, probationary bigint, temporary bigint, residential bigint,
               residential_women bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp
-- a branch and a district need different joins
set plan_cache_mode = force_custom_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
	v_tree_day date := case when p_tree = 'now' then today() else p_day end;
begin
	return query
	with place as materialized (
		select s.unit_id,
		       count(*) filter (where s.kind = 'primary') as members,
		       count(*) filter (where s.kind = 'primary' and p.sex = 'female') as women,
		       count(*) filter (where s.kind = 'primary'
		                        and status_on(m.status, m.full_on, p_day) = 'probationary') as probationary,
		       count(*) filter (where s.kind = 'temporary') as temporary,
		       count(*) filter (where s.kind = 'residential') as residential,
		       count(*) filter (where s.kind = 'residential' and p.sex = 'female') as residential_women
		from membership s
		join member m on m.id = s.member_id
		join person p on p.id = m.person_id
		where s.unit_pos between v_lo and v_hi and covers(s.during, p_day)
		group by s.unit_id
	)
	select u.id, u.kind, u.sector, k.is_branch, u.is_grassroots,
	       coalesce(f.members, 0), coalesce(f.women, 0), coalesce(f.probationary, 0), coalesce(f.temporary, 0),
	       coalesce(f.residential, 0), coalesce(f.residential_women, 0)
	from unit_closure c
	join unit u on u.id = c.unit_id
	join unit_kind k on k.code = u.kind
	left join place f on f.unit_id = u.id
	where c.ancestor_id = p_unit and covers(c.during, v_tree_day) and u.pos between v_lo and v_hi
	  and covers(daterange(u.founded_on, u.closed_on), p_day);
end
$$;

grant execute on function auth.unit_figures to chibo_app;

commit;
