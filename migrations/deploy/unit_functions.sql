-- Deploy chibo:unit_functions to pg
-- Everything that changes the tree. Callers hold the tree lock (see auth.enter): no position is handed
-- out, and no interval read, while another transaction moves units.

begin;
set local role chibo_auth;

create function auth.in_scope(p_unit uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return exists (select from tree t where t.unit_id = p_unit
		and t.pos between nullif(current_setting('app.lo', true), '')::int
		              and nullif(current_setting('app.hi', true), '')::int);
end
$$;

-- Reads the interval of the acting grant again: the tree may have been renumbered by this transaction.
create function auth.refresh_scope() returns void
language plpgsql set search_path = pg_catalog, auth, pg_temp as $$
begin
	perform set_config('app.lo', t.pos::text, true), set_config('app.hi', t.last::text, true)
	from tree t where t.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid;
end
$$;

-- Takes `p_width` numbers never used before inside the unit; answers with the first of them.
create function auth.take_range(p_unit uuid, p_width int) returns int
language plpgsql set search_path = pg_catalog, auth, pg_temp as $$
declare
	v_first int;
begin
	loop
		update tree t set used = t.used + p_width
		where t.unit_id = p_unit and t.used::bigint + p_width <= t.last
		returning t.used - p_width + 1 into v_first;
		exit when found;
		perform widen(p_unit, p_width);
	end loop;
	return v_first;
end
$$;

-- Moves the unit and all below it into a fresh range at least twice as wide, with room for `p_need` more.
create function auth.widen(p_unit uuid, p_need int) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	t tree;
	v_width bigint;
	v_first bigint;
begin
	select x.* into strict t from tree x where x.unit_id = p_unit;
	v_width := 2 * (t.last::bigint - t.pos + 1);
	while t.used - t.pos + 1 + p_need > v_width loop
		v_width := 2 * v_width;
	end loop;
	if t.parent_id is null then
		v_first := t.last::bigint + 1;
	else
		v_first := take_range(t.parent_id, least(v_width, 1 << 30)::int);
		select x.* into strict t from tree x where x.unit_id = p_unit;
	end if;
	if v_width > 1 << 30 or v_first + v_width > 2147483647 then
		perform refuse(9, 'tree_full');
	end if;
	update tree x set pos = x.pos + (v_first - t.pos), used = x.used + (v_first - t.pos),
		last = case when x.unit_id = p_unit then v_first + v_width - 1 else x.last + (v_first - t.pos) end
	where x.pos between t.pos and t.last;
end
$$;

-- Who stands above the unit on which days of `p_during`, by unit_parent.
create function auth.ancestry(p_unit uuid, p_during daterange)
returns table (ancestor_id uuid, depth int, during daterange)
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	return query
	with recursive up as (
		select p_unit as ancestor_id, 0 as depth, p_during as during
		union all
		select p.parent_id, up.depth + 1, up.during * p.during
		from up join unit_parent p on p.unit_id = up.ancestor_id and p.during && up.during
	)
	select up.ancestor_id, up.depth, unnest(range_agg(up.during)) from up group by up.ancestor_id, up.depth;
end
$$;

-- Inserts a unit below `p_parent`; null makes the root. No questions asked: see create_unit.
-- A child gets 1/256 of its parent's width, at least 16 numbers and at most 4096: room for the usual
-- ward, so that widening stays rare, without using up the numbers when units move.
create function auth.add_unit(
	p_id uuid, p_parent uuid, p_code text, p_name text, p_abbrev text, p_kind text, p_sector text,
	p_founded_on date, p_basis text, p_is_grassroots boolean, p_can_decide_admission boolean,
	p_issues_transfer_letter boolean, p_keeps_member_files boolean)
returns void language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_width int := 1 << 24;
	v_pos int := 1;
	v_feed uuid := p_id;
begin
	if p_parent is not null then
		select greatest(16, least(4096, (t.last - t.pos + 1) / 256)),
		       case when p_is_grassroots then p_id else t.feed_id end
		into strict v_width, v_feed from tree t where t.unit_id = p_parent;
		v_pos := take_range(p_parent, v_width);
	end if;
	insert into tree (unit_id, parent_id, pos, last, used, feed_id)
	values (p_id, p_parent, v_pos, v_pos + v_width - 1, v_pos, v_feed);
	perform refresh_scope();
	insert into unit (id, pos, last, feed_id, code, kind, sector, founded_on, basis, is_grassroots,
		can_decide_admission, issues_transfer_letter, keeps_member_files)
	values (p_id, v_pos, v_pos + v_width - 1, v_feed, p_code, p_kind, p_sector, p_founded_on, p_basis,
		p_is_grassroots, p_can_decide_admission, p_issues_transfer_letter, p_keeps_member_files);
	insert into unit_name (unit_id, unit_pos, name, abbrev, during)
	values (p_id, v_pos, p_name, p_abbrev, daterange(p_founded_on, null));
	if p_parent is not null then
		insert into unit_parent (unit_id, unit_pos, parent_id, during)
		values (p_id, v_pos, p_parent, daterange(p_founded_on, null));
	end if;
	insert into unit_closure (ancestor_id, unit_id, unit_pos, depth, during)
	select a.ancestor_id, p_id, v_pos, a.depth, a.during
	from ancestry(p_id, daterange(p_founded_on, null)) a;
end
$$;

create function auth.create_unit(
	p_id uuid, p_parent uuid, p_code text, p_name text, p_abbrev text, p_kind text, p_sector text,
	p_founded_on date, p_basis text, p_is_grassroots boolean, p_can_decide_admission boolean,
	p_issues_transfer_letter boolean, p_keeps_member_files boolean)
returns void language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_kind unit_kind;
	v_parent unit;
begin
	if not in_scope(p_parent) then
		perform refuse(5, 'not_found', 'parent_id');
	end if;
	select k.* into v_kind from unit_kind k where k.code = p_kind;
	if not found then
		perform refuse(5, 'not_found', 'kind');
	end if;
	if v_kind.is_branch and p_sector is null then
		perform refuse(3, 'required', 'sector');
	end if;
	select u.* into strict v_parent from unit u where u.id = p_parent;
	if v_parent.closed_on is not null then
		perform refuse(9, 'closed', 'parent_id', 'closed_on=' || iso(v_parent.closed_on));
	end if;
	if p_founded_on > today() then
		perform refuse(3, 'not_future', 'founded_on');
	end if;
	if p_founded_on < v_parent.founded_on then
		perform refuse(9, 'before_parent', 'founded_on', 'founded_on=' || iso(v_parent.founded_on));
	end if;
	perform add_unit(p_id, p_parent, p_code, p_name, p_abbrev, p_kind, p_sector, p_founded_on, p_basis,
		coalesce(p_is_grassroots, v_kind.is_grassroots), coalesce(p_can_decide_admission, false),
		coalesce(p_issues_transfer_letter, false), coalesce(p_keeps_member_files, false));
end
$$;

-- Locks the unit's row for a change from `p_base_version`.
create function auth.lock_unit(p_id uuid, p_base_version int) returns chibo.unit
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	u unit;
begin
	select x.* into u from unit x where x.id = p_id and in_scope(x.id) for update;
	if not found then
		perform refuse(5, 'not_found', 'id');
	end if;
	if u.version <> p_base_version then
		perform refuse(10, 'conflict', 'base_version', 'version=' || u.version);
	end if;
	return u;
end
$$;

-- A new name from a day on, until the next change that is already known.
create function auth.rename_unit(p_id uuid, p_base_version int, p_name text, p_abbrev text, p_from date)
returns void language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	u unit := lock_unit(p_id, p_base_version);
	v_during daterange;
begin
	select n.during into v_during from unit_name n where n.unit_id = p_id and n.during @> p_from;
	if not found then
		perform refuse(9, 'before_founding', 'from_on', 'founded_on=' || iso(u.founded_on));
	end if;
	if lower(v_during) = p_from then
		update unit_name n set name = p_name, abbrev = p_abbrev
		where n.unit_id = p_id and n.during = v_during;
	else
		update unit_name n set during = daterange(lower(v_during), p_from)
		where n.unit_id = p_id and n.during = v_during;
		insert into unit_name (unit_id, unit_pos, name, abbrev, during)
		values (p_id, u.pos, p_name, p_abbrev, daterange(p_from, upper(v_during)));
	end if;
	update unit x set version = x.version + 1 where x.id = p_id;
end
$$;

-- Derives the closure of everything that stands below the unit at any time from `p_from` on anew.
create function auth.rebuild_closure(p_unit uuid, p_from date) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_after daterange := daterange(p_from, null);
	v_below uuid[] := array(select distinct c.unit_id from unit_closure c
	                        where c.ancestor_id = p_unit and c.during && v_after);
begin
	delete from unit_closure c where c.unit_id = any (v_below) and lower(c.during) >= p_from;
	update unit_closure c set during = daterange(lower(c.during), p_from)
	where c.unit_id = any (v_below) and c.during && v_after;
	insert into unit_closure (ancestor_id, unit_id, unit_pos, depth, during)
	select a.ancestor_id, u.id, u.pos, a.depth, a.during
	from unit u
	cross join lateral ancestry(u.id, v_after * daterange(u.founded_on, u.closed_on)) a
	where u.id = any (v_below);
end
$$;

-- Gives the unit's subtree fresh positions below `p_parent`; the rows below follow by cascade.
create function auth.transplant(p_unit uuid, p_parent uuid) returns void
language plpgsql set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	t tree;
	v_first int;
	v_feed uuid;
begin
	select x.* into strict t from tree x where x.unit_id = p_unit;
	v_first := take_range(p_parent, t.last - t.pos + 1);
	-- taking the range may have renumbered either of them
	select x.* into strict t from tree x where x.unit_id = p_unit;
	select x.feed_id into strict v_feed from tree x where x.unit_id = p_parent;
	perform set_config('app.moved_from', t.parent_id::text, true);   -- for ledger.touch
	update tree x set
		pos = x.pos + (v_first - t.pos), last = x.last + (v_first - t.pos), used = x.used + (v_first - t.pos),
		parent_id = case when x.unit_id = p_unit then p_parent else x.parent_id end,
		-- what was published by the feed of the old parent moves to that of the new one
		feed_id = case when x.feed_id = t.feed_id and t.feed_id <> p_unit then v_feed else x.feed_id end
	where x.pos between t.pos and t.last;
	perform set_config('app.moved_from', '', true), refresh_scope();
end
$$;

create function auth.move_unit(p_id uuid, p_base_version int, p_parent uuid, p_from date) returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	u unit := lock_unit(p_id, p_base_version);
	v_parent unit;
	v_now unit_parent;
begin
	select x.* into v_parent from unit x where x.id = p_parent and in_scope(x.id);
	if not found then
		perform refuse(5, 'not_found', 'parent_id');
	end if;
	select p.* into v_now from unit_parent p where p.unit_id = p_id and upper_inf(p.during);
	if not found then
		perform refuse(9, 'root_stays', 'id');
	end if;
	if v_now.parent_id = p_parent then
		perform refuse(9, 'same_parent', 'parent_id');
	end if;
	if v_parent.closed_on is not null then
		perform refuse(9, 'closed', 'parent_id', 'closed_on=' || iso(v_parent.closed_on));
	end if;
	if p_from > today() then
		perform refuse(3, 'not_future', 'from_on');
	end if;
	if p_from < lower(v_now.during) then
		perform refuse(9, 'before_last_move', 'from_on', 'from_on=' || iso(lower(v_now.during)));
	end if;
	if p_from < v_parent.founded_on then
		perform refuse(9, 'before_parent', 'from_on', 'founded_on=' || iso(v_parent.founded_on));
	end if;
	if exists (select from unit_closure c where c.ancestor_id = p_id and c.unit_id = p_parent
	           and c.during && daterange(p_from, null)) then
		perform refuse(9, 'cycle', 'parent_id');
	end if;

	if p_from = lower(v_now.during) then
		update unit_parent p set parent_id = p_parent where p.unit_id = p_id and p.during = v_now.during;
	else
		update unit_parent p set during = daterange(lower(p.during), p_from)
		where p.unit_id = p_id and p.during = v_now.during;
		insert into unit_parent (unit_id, unit_pos, parent_id, during)
		values (p_id, u.pos, p_parent, daterange(p_from, null));
	end if;
	perform rebuild_closure(p_id, p_from);
	perform transplant(p_id, p_parent);
	update unit x set version = x.version + 1 where x.id = p_id;
end
$$;

-- Names from the root down, joined by ' › '.
create function auth.path_of(p_unit uuid, p_day date) returns text
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	return (
		select string_agg(n.name, ' › ' order by c.depth desc)
		from unit_closure c
		join unit_name n on n.unit_id = c.ancestor_id and covers(n.during, p_day)
		where c.unit_id = p_unit and covers(c.during, p_day)
	);
end
$$;

-- The same for a unit in the caller's scope. The names of the units above are no secret.
create function auth.unit_path(p_unit uuid, p_day date) returns text
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return case when in_scope(p_unit) then path_of(p_unit, p_day) end;
end
$$;

-- The feed that publishes what belongs to no ward: catalogues, accounts.
create function auth.root_feed() returns uuid
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	return (select t.unit_id from tree t where t.parent_id is null);
end
$$;

grant execute on function auth.in_scope, auth.create_unit, auth.rename_unit, auth.move_unit, auth.unit_path,
	auth.root_feed to chibo_app;

commit;
