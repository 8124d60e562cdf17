-- Deploy chibo:watch_functions to pg
-- What a stream of changes tells, and how the server learns that there are some.

begin;
set local role chibo_ledger;

-- Where all feeds stand: one look for all streams of a server.
create function ledger.feed_heads() returns table (feed uuid, "position" bigint)
language sql stable security definer set search_path = pg_catalog, ledger, pg_temp as $$
	select h.feed, h.position from feed_head h
$$;
grant execute on function ledger.feed_heads to chibo_app;

set local role chibo_auth;

-- Where a stream stands in each feed that the interval [p_lo, p_hi] touches: where it stood before, or else at the head. A feed
-- that was begun since is told from its first entry on.
create function auth.watch_places(p_home uuid, p_lo int, p_hi int, p_feeds uuid[], p_positions bigint[], p_since timestamptz)
returns table (feed uuid, "position" bigint, head bigint)
language sql stable set search_path = pg_catalog, auth, pg_temp as $$
	with touched as (
		select p_home as feed union select t.feed_id from tree t where t.pos between p_lo and p_hi
	), known as (
		select k.feed, max(k.position) as position from unnest(p_feeds, p_positions) as k (feed, position) group by k.feed
	)
	select t.feed, coalesce(k.position, case when b.at >= p_since then 0 end, h.position, 0), coalesce(h.position, 0)
	from touched t
	left join known k on k.feed = t.feed
	left join ledger.feed_head h on h.feed = t.feed
	left join ledger.entry b on b.feed = t.feed and b.position = 1
$$;

-- What happened behind the given positions in the unit and below it: a row for each record, by entry, and a last one for each
-- feed without a method: how far it was looked through, and whether there is more. Of an entry at most 200 records are named,
-- of a look 1000, so that memory stays flat. Only whoever may read histories is told who it was.
create function auth.watch(p_unit uuid, p_feeds uuid[], p_positions bigint[], p_since timestamptz)
returns table (feed uuid, "position" bigint, at timestamptz, method text, full_name text, records int, entity text, id uuid,
               version int, kind auth.sync_kind, unit_id uuid, more boolean)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
	v_self uuid := nullif(current_setting('app.person_id', true), '')::uuid;
	v_home uuid;
	v_names boolean := exists (select from role_permission p where p.role = current_setting('app.role', true)
	                                                           and p.permission = 'history_read' and p.reach = 'scope');
begin
	select t.pos, least(t.last, v_hi), t.feed_id into v_lo, v_hi, v_home
	from tree t
	where t.unit_id = coalesce(p_unit, nullif(current_setting('app.unit_id', true), '')::uuid) and t.pos between v_lo and v_hi;
	if not found then
		perform refuse(5, 'not_found', 'unit_id');
	elsif exists (select from watch_places(v_home, v_lo, v_hi, p_feeds, p_positions, p_since) w where w.position > w.head) then
		perform refuse(11, 'out_of_range', 'after');
	end if;
	return query
	with place as materialized (
		select w.* from watch_places(v_home, v_lo, v_hi, p_feeds, p_positions, p_since) w
	), entry as materialized (
		select e.feed, e.position, e.at, e.method, e.account_id
		from place w
		cross join lateral (
			select x.* from ledger.entry x where x.feed = w.feed and x.position > w.position order by x.position limit 200
		) e
		where w.position < w.head
		order by e.feed, e.position
		limit 200
	), hit as materialized (
		select r.feed, r.position, r.entity, r.id, r.version, i.is_here,
		       case when r.kind = 'deleted' then 'deleted' when r.kind = 'left_scope' or not i.is_here then 'left_scope'
		            else 'changed' end::sync_kind as kind,
		       case when i.is_here then r.unit_id else r.from_unit_id end as unit_id,
		       row_number() over (partition by r.feed, r.position order by r.entity, r.id) as n,
		       count(*) over (partition by r.feed, r.position) as records
		from entry e
		join ledger.record r on r.feed = e.feed and r.position = e.position and r.kind <> 'read'
		left join tree u on u.unit_id = r.unit_id
		left join tree f on f.unit_id = r.from_unit_id
		cross join lateral (
			select coalesce(coalesce(u.pos, position_of(r.entity, r.id)) between v_lo and v_hi, false) as is_here,
			       coalesce(f.pos between v_lo and v_hi, false) as was_here
		) i
		where i.is_here or i.was_here
	), measured as (
		select e.*, sum((select count(*) from hit h where h.feed = e.feed and h.position = e.position and h.n <= 200))
			over (order by e.feed, e.position) as sum
		from entry e
	), told as materialized (
		select m.* from measured m where m.sum <= 1000
	), reached as (
		select w.feed, coalesce(max(t.position), w.position) as position, w.head
		from place w left join told t on t.feed = w.feed group by w.feed, w.position, w.head
	)
	select t.feed, t.position, t.at, t.method, p.full_name, h.records::int, h.entity, h.id, h.version, h.kind, h.unit_id, false
	from told t
	join hit h on h.feed = t.feed and h.position = t.position and h.n <= 200
	left join account a on a.id = t.account_id
	left join person p on p.id = a.person_id and (v_names or p.id = v_self)
	union all
	select r.feed, r.position, null, null, null, null, null, null, null, null, null, r.position < r.head
	from reached r
	order by 1, 2, 4 nulls last, 7, 8;
end
$$;
grant execute on function auth.watch to chibo_app;

commit;
