-- Deploy chibo:feeds to pg
-- What a ward copies and pulls, and how both sides prove that they hold the same.

begin;
set local role chibo_ledger;
grant select on ledger.feed_head, ledger.history, ledger.parked to chibo_auth;

-- Which database this is, and which of its lives: positions and heads that somebody keeps are of one history. The row that
-- would be added now.
create function ledger.identity() returns ledger.history
language plpgsql stable set search_path = pg_catalog, ledger, pg_temp as $$
declare
	h history;
begin
	h.system_identifier := (select s.system_identifier from pg_control_system() s);
	-- of what is being written: the control file learns of a promotion at the next checkpoint
	h.timeline := ('x' || left(pg_walfile_name(pg_current_wal_lsn()), 8))::bit(32)::int;
	h.database := (select d.oid from pg_database d where d.datname = current_database());
	return h;
end
$$;

create function ledger.newest_history() returns ledger.history
language sql stable set search_path = pg_catalog, ledger, pg_temp as $$
	select h from history h order by h.started_at desc limit 1
$$;

create function ledger.add_history(p_uid int default null) returns uuid
language plpgsql set search_path = pg_catalog, ledger, pg_temp as $$
declare
	h history := identity();
begin
	insert into history (started_at, system_identifier, timeline, database, local_uid)
	values (greatest(clock_timestamp(), (newest_history()).started_at + interval '1 microsecond'), h.system_identifier, h.timeline,
		h.database, p_uid)
	returning id into h.id;
	return h.id;
end
$$;

-- Begins a new one when cluster, timeline or database is another than at the last look: restored, promoted, copied.
create function ledger.refresh_history() returns uuid
language plpgsql security definer set search_path = pg_catalog, ledger, pg_temp as $$
declare
	h history := newest_history();
	now history;
begin
	if pg_is_in_recovery() then
		return h.id;   -- a standby: it is seen when it is promoted
	end if;
	now := identity();
	if (h.system_identifier, h.timeline, h.database) is not distinct from (now.system_identifier, now.timeline, now.database) then
		return h.id;
	end if;
	lock table history in exclusive mode;
	h := newest_history();
	if (h.system_identifier, h.timeline, h.database) is not distinct from (now.system_identifier, now.timeline, now.database) then
		return h.id;
	end if;
	return add_history();
end
$$;

-- What looks the same and is not: somebody has put a cold copy back, and says so.
create function ledger.new_history(p_uid int) returns void
language plpgsql security definer set search_path = pg_catalog, ledger, pg_temp as $$
begin
	lock table history in exclusive mode;
	perform add_history(p_uid);
end
$$;
grant execute on function ledger.refresh_history, ledger.new_history to chibo_app;
grant execute on function ledger.refresh_history, ledger.newest_history to chibo_auth;
select ledger.refresh_history();

set local role chibo_auth;

-- --- what is kept ---

-- In the order in which a copy may take them: what is named comes before what names it. Whoever keeps records may read them:
-- `permission` is that of the method that shows one.
create table auth.sync_entity (
	entity       text primary key,
	order_no     int not null unique,
	permission   text not null,
	is_reference boolean not null   -- the same for everybody, in the feed of the root
);
insert into auth.sync_entity (entity, order_no, permission, is_reference) values
	('unit',                     10, 'unit_read',        false),
	('person',                   20, 'member_read',      false),
	('member',                   30, 'member_read',      false),
	('membership',               40, 'member_read',      false),
	('post',                     50, 'post_read',        false),
	('post_holding',             60, 'post_read',        false),
	('residential_registration', 70, 'residential_read', false),
	('meeting',                  80, 'meeting_read',     false),
	('vote_item',                90, 'meeting_read',     false),
	('minutes',                 100, 'meeting_read',     false),
	('resolution',              110, 'resolution_read',  false),
	('task',                    120, 'task_read',        false),
	('proposal',                130, 'proposal_read',    false),
	('plan',                    140, 'meeting_read',     false),
	('target',                  150, 'target_read',      false),
	('candidate',               160, 'candidate_read',   false),
	('probation',               170, 'member_read',      false),
	('legal_doc',               180, 'catalogue_read',   true),
	('rule',                    190, 'catalogue_read',   true),
	('calendar_day',            200, 'catalogue_read',   true);

-- Every record that is kept, as it is stored: without what moves with the tree. into_id: a unit that goes on in another one;
-- is_over: not to be used any more.
create view auth.sync_row with (security_invoker = true) as
	select 'unit' as entity, t.id, t.version, t.id as unit_id, t.pos, t.feed_id, to_jsonb(t) - '{pos,last,feed_id}'::text[] as stored,
	       case when t.closed_on is not null then t.successor end as into_id, false as is_over
	from chibo.unit t
	union all select 'person', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.person t
	union all select 'member', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.member t
	union all select 'membership', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.membership t
	union all select 'post', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.post t
	union all select 'post_holding', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.post_holding t
	union all select 'residential_registration', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id,
	       to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.residential_registration t
	union all select 'meeting', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.meeting t
	union all select 'vote_item', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.vote_item t
	union all select 'minutes', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.minutes t
	union all select 'resolution', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.resolution t
	union all select 'task', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.task t
	union all select 'proposal', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.proposal t
	union all select 'plan', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.plan t
	union all select 'target', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.target t
	union all select 'candidate', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.candidate t
	union all select 'probation', t.id, t.version, t.unit_id, t.unit_pos, t.feed_id, to_jsonb(t) - '{unit_pos,feed_id}'::text[], null, false
	from chibo.probation t
	union all select 'legal_doc', t.id, t.version, null, null, null, to_jsonb(t) - '{feed_id}'::text[], null, false
	from chibo.legal_doc t
	union all select 'rule', t.id, t.version, null, null, null, to_jsonb(t) - '{feed_id}'::text[], null,
	       coalesce(upper(t.during) <= chibo.today(), false)
	from chibo.rule_param t
	union all select 'calendar_day', t.id, t.version, null, null, null, to_jsonb(t) - '{feed_id}'::text[], null, false
	from chibo.calendar_day t;

-- 64 bits of a record as it is stored. Compared only between equal schema levels.
create function auth.row_digest(p_stored jsonb) returns bigint language sql immutable as $$
	select ('x' || left(md5(p_stored::text), 16))::bit(64)::bigint
$$;

create type auth.sync_kind as enum ('changed', 'deleted', 'left_scope', 'merged_into', 'retired');

-- bytes: of the record, roughly.
create type auth.sync_mark as (
	order_no int, entity text, id uuid, version int, kind auth.sync_kind, unit_id uuid, into_id uuid, digest bigint,
	"position" bigint, bytes bigint
);

-- --- whose feeds ---

-- Those of the grant that the caller acts in: the one of his unit, and the root's for what is the same for everybody.
create function auth.followed_feeds() returns table (feed uuid, is_reference boolean)
language sql stable set search_path = pg_catalog, auth, pg_temp as $$
	select t.feed_id, false from tree t where t.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid
	union all
	select r.unit_id, true from tree r
	where r.parent_id is null
	  and not exists (select from tree t
	                  where t.unit_id = nullif(current_setting('app.unit_id', true), '')::uuid and t.feed_id = r.unit_id)
$$;

create function auth.require_feed(p_feed uuid) returns void
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if not exists (select from followed_feeds() f where f.feed = p_feed) then
		perform refuse(5, 'not_found', 'feed');
	end if;
end
$$;

create function auth.sync_feeds()
returns table (feed uuid, name text, "position" bigint, hash bytea, is_reference boolean)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select f.feed, n.name, coalesce(h.position, 0), coalesce(h.hash, sha256(''::bytea)), f.is_reference
	from followed_feeds() f
	left join unit_name n on n.unit_id = f.feed and covers(n.during, today())
	left join ledger.feed_head h on h.feed = f.feed
	where nullif(current_setting('app.hi', true), '') is not null
	order by f.is_reference;
end
$$;

-- --- pages ---

-- Of a meeting's agenda and roll call, which come with it: their texts, and what else a line takes.
create function auth.parts_bytes(p_meeting uuid) returns bigint
language sql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
	select coalesce(sum(60 + octet_length(x.shown)), 0)
	from (select concat(i.title, i.presenter) as shown from agenda_item i where i.meeting_id = p_meeting
	      union all
	      select concat(a.full_name, a.reason) from attendance a where a.meeting_id = p_meeting) x
$$;

-- One plan for all entities: only the branch that is asked for runs. Instants as of one time zone, so that digests are the same
-- in every session.
create function auth.sync_state(p_entity text, p_ids uuid[])
returns table (entity text, id uuid, version int, unit_id uuid, pos int, feed_id uuid, digest bigint, bytes bigint, into_id uuid,
               is_over boolean)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp set plan_cache_mode = force_generic_plan
set timezone = 'UTC' as $$
begin
	return query
	select r.entity, r.id, r.version, r.unit_id, r.pos, r.feed_id, row_digest(r.stored),
	       octet_length(r.stored::text) + case p_entity when 'meeting' then parts_bytes(r.id) else 0 end,
	       r.into_id, r.is_over
	from sync_row r
	where r.entity = p_entity and r.id = any (p_ids);
end
$$;

-- Ids of an entity in the caller's interval of a feed, behind one of them.
create function auth.sync_ids(p_feed uuid, p_entity text, p_after uuid, p_limit int) returns uuid[]
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
	v_after uuid := coalesce(p_after, '00000000-0000-0000-0000-000000000000');
begin
	if (select e.is_reference from sync_entity e where e.entity = p_entity) then
		return array(
			with known as materialized (select r.id from sync_row r where r.entity = p_entity and r.id > v_after)
			select k.id from known k where p_feed = root_feed() order by k.id limit p_limit);
	end if;
	return array(
		with known as materialized (
			select r.id from sync_row r
			where r.entity = p_entity and r.pos between v_lo and v_hi and r.feed_id = p_feed and r.id > v_after
		)
		select k.id from known k order by k.id limit p_limit);
end
$$;

-- Hands the records of a page to the statements that select them, by entity: see chibo.sync_page.
create function auth.keep_page(p_marks auth.sync_mark[]) returns void
language plpgsql stable set search_path = pg_catalog, auth, pg_temp as $$
begin
	perform set_config('app.sync_' || g.entity, g.ids::text || '|' || g.versions::text, true)
	from (select m.entity, array_agg(m.id) as ids, array_agg(m.version) as versions
	      from unnest(p_marks) m where m.kind in ('changed', 'merged_into', 'retired') group by m.entity) g;
end
$$;

-- What the records of a page may come to; their replies are smaller than what is stored.
create function auth.page_bytes() returns bigint language sql immutable as $$ select 200000::bigint $$;

-- Of a mark itself.
create function auth.mark_bytes() returns bigint language sql immutable as $$ select 100::bigint $$;

-- As many of the marks as a reply holds, and at least one.
create function auth.cut_page(p_marks auth.sync_mark[]) returns auth.sync_mark[]
language sql stable set search_path = pg_catalog, auth, pg_temp as $$
	select array_agg(row(x.order_no, x.entity, x.id, x.version, x.kind, x.unit_id, x.into_id, x.digest, x.position, x.bytes)::sync_mark
	                 order by x.n)
	from (select m.*, sum(m.bytes) over (order by m.n) as total
	      from unnest(p_marks) with ordinality as m (order_no, entity, id, version, kind, unit_id, into_id, digest, "position", bytes, n)) x
	where x.total <= page_bytes() or x.n = 1
$$;

create function auth.sync_copy(p_feed uuid, p_entity text, p_after uuid, p_limit int) returns setof auth.sync_mark
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_ids uuid[];
	v_marks sync_mark[];
	v_page sync_mark[];
begin
	perform require_feed(p_feed);
	if not exists (select from sync_entity e where e.entity = p_entity) then
		perform refuse(3, 'unknown_entity', 'entity', 'value=' || left(p_entity, 40));
	end if;
	v_ids := sync_ids(p_feed, p_entity, p_after, p_limit + 1);
	v_marks := array(
		select row(0, s.entity, s.id, s.version, case when s.into_id is not null then 'merged_into' when s.is_over then 'retired'
		           else 'changed' end::sync_kind, s.unit_id, s.into_id, s.digest, null, s.bytes + mark_bytes())::sync_mark
		from sync_state(p_entity, v_ids) s order by s.id limit p_limit);
	v_page := cut_page(v_marks);
	perform keep_page(v_page),
	        set_config('app.sync_more', (cardinality(v_ids) > coalesce(cardinality(v_page), 0))::text, true);
	return query select m.* from unnest(v_page) m;
end
$$;

-- What the entries of a feed behind a position, up to another one, mean to the caller: of each record what became of it in the
-- end. It is his if it lies in his interval; it was, if it lay in a unit that does, or left one that did. What goes on in a unit
-- that has left is told to nobody here but that it is gone.
create function auth.sync_marks(p_feed uuid, p_after bigint, p_until bigint) returns setof auth.sync_mark
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
	v_unit uuid := nullif(current_setting('app.unit_id', true), '')::uuid;
	v_is_root boolean := p_feed = root_feed();
begin
	return query
	with own as materialized (
		select t.unit_id from tree t where t.pos between v_lo and v_hi
	), ever as materialized (
		select o.unit_id from own o
		union
		select c.unit_id from unit_closure c where c.ancestor_id = v_unit
	), told as materialized (
		select r.entity, r.id, max(r.position) as position,
		       bool_or(coalesce(r.unit_id in (select o.unit_id from own o), false)
		               or coalesce(r.from_unit_id in (select o.unit_id from ever o), false)
		               or r.kind = 'deleted' and coalesce(r.unit_id in (select o.unit_id from ever o), false)) as was_own
		from ledger.record r
		where r.feed = p_feed and r.position > p_after and r.position <= p_until and r.kind <> 'read'
		group by r.entity, r.id
	), hit as (
		select t.* from told t
		-- what shows something of what changed comes again
		union all
		select 'member', m.id, t.position, false from told t join member m on m.person_id = t.id where t.entity = 'person'
		union all
		select 'candidate', c.id, t.position, false from told t join candidate c on c.person_id = t.id where t.entity = 'person'
		union all
		select 'probation', m.id, t.position, false from told t join member m on m.person_id = t.id where t.entity = 'person'
		union all
		select 'probation', t.id, t.position, false from told t where t.entity = 'member'
		union all
		select 'meeting', t.id, t.position, false from told t where t.entity = 'pilot'
		union all
		select 'post', h.post_id, t.position, false from told t join post_holding h on h.id = t.id where t.entity = 'post_holding'
		union all
		select 'residential_registration', a.registration_id, t.position, false
		from told t join residential_assessment a on a.id = t.id where t.entity = 'residential_assessment'
		union all
		select 'proposal', r.proposal_id, t.position, false
		from told t join proposal_recipient r on r.id = t.id where t.entity = 'proposal_recipient'
		union all
		select 'target', g.parent_id, t.position, false from told t join target g on g.id = t.id
		where t.entity = 'target' and g.parent_id is not null
	), each as materialized (
		select e.order_no, e.is_reference, h.entity, h.id, max(h.position) as position, bool_or(h.was_own) as was_own
		from hit h join sync_entity e on e.entity = h.entity
		group by e.order_no, e.is_reference, h.entity, h.id
	), state as materialized (
		select s.*
		from (select x.entity, array_agg(x.id) as ids from each x group by x.entity) g
		cross join lateral sync_state(g.entity, g.ids) s
	)
	select x.order_no, x.entity, x.id, case when i.is_own then s.version end,
	       case when i.is_own and s.into_id is not null then 'merged_into' when i.is_own and s.is_over then 'retired'
	            when i.is_own then 'changed' when s.id is null then 'deleted' else 'left_scope' end::sync_kind,
	       case when i.is_own then s.unit_id end, case when i.is_own then s.into_id end, case when i.is_own then s.digest end,
	       x.position, case when i.is_own then s.bytes else 0 end + mark_bytes()
	from each x
	left join state s on s.entity = x.entity and s.id = x.id
	cross join lateral (
		select case when s.id is null then false when x.is_reference then v_is_root
		            else s.feed_id = p_feed and s.pos between v_lo and v_hi end as is_own
	) i
	where i.is_own or x.was_own or (x.is_reference and v_is_root)
	order by x.order_no, x.id;
end
$$;

-- The history and the head that the caller knows must be those of here.
create function auth.check_cursor(p_history uuid, p_feed uuid, p_position bigint, p_hash bytea) returns ledger.feed_head
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_history uuid := (ledger.newest_history()).id;
	h ledger.feed_head;
begin
	perform require_feed(p_feed);
	if p_history is distinct from v_history then
		perform refuse(9, 'history', 'history_id', 'history_id=' || v_history);
	end if;
	select x.* into h from ledger.feed_head x where x.feed = p_feed;
	h := (p_feed, coalesce(h.position, 0), coalesce(h.hash, sha256(''::bytea)));
	if p_position not between 0 and h.position then
		perform refuse(11, 'out_of_range', 'position', e'min=0\nmax=' || h.position);
	elsif p_position > 0
	      and p_hash is distinct from (select e.hash from ledger.entry e where e.feed = p_feed and e.position = p_position) then
		perform refuse(9, 'history', 'hash', 'history_id=' || v_history);
	end if;
	return h;
end
$$;

-- The last entry of a page: so many of them, or so many records, and at least one.
create function auth.page_end(p_feed uuid, p_after bigint, p_limit int) returns bigint
language sql stable set search_path = pg_catalog, pg_temp as $$
	select coalesce(max(x.position), p_after)
	from (select e.position, sum(octet_length(e.touched)) over (order by e.position) as total
	      from ledger.entry e
	      where e.feed = p_feed and e.position > p_after and e.position <= p_after + p_limit) x
	where x.total <= 15000 or x.position = p_after + 1   -- some 280 lines of touched
$$;

create function auth.sync_pull(
	p_history uuid, p_feed uuid, p_position bigint, p_hash bytea, p_limit int, p_after_entity text, p_after_id uuid)
returns setof auth.sync_mark
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_head ledger.feed_head := check_cursor(p_history, p_feed, p_position, p_hash);
	v_after_order int := (select e.order_no from sync_entity e where e.entity = p_after_entity);
	v_until bigint := page_end(p_feed, p_position, case when v_after_order is null then p_limit else 1 end);
	v_marks sync_mark[];
	v_page sync_mark[];
begin
	loop
		v_marks := array(
			select m::sync_mark from sync_marks(p_feed, p_position, v_until) m
			where v_after_order is null or (m.order_no, m.id) > (v_after_order, p_after_id));
		v_page := cut_page(v_marks);
		exit when coalesce(cardinality(v_page), 0) = cardinality(v_marks) or v_until <= p_position + 1;
		v_until := p_position + (v_until - p_position) / 2;
	end loop;
	perform keep_page(v_page),
	        set_config('app.sync_more', (cardinality(v_marks) > coalesce(cardinality(v_page), 0))::text, true),
	        set_config('app.sync_until', v_until::text, true),
	        set_config('app.sync_head', v_head.position::text, true),
	        set_config('app.sync_head_hash', encode(v_head.hash, 'hex'), true);
	return query select m.* from unnest(v_page) m;
end
$$;

-- The entries of the page that auth.sync_pull has cut: all of them, of whomever they tell; none while one goes on.
create function auth.sync_entries(p_feed uuid, p_position bigint) returns table ("position" bigint, hash bytea)
language plpgsql stable security definer set search_path = pg_catalog, auth, pg_temp as $$
begin
	perform require_feed(p_feed);
	return query
	select e.position, e.hash from ledger.entry e
	where e.feed = p_feed and e.position > p_position and not current_setting('app.sync_more')::boolean
	  and e.position <= current_setting('app.sync_until')::bigint
	order by e.position;
end
$$;

-- --- digests, and what computers say of themselves ---

-- By unit and entity, of all that lies in the caller's interval of the feed, and the head in the same snapshot.
create function auth.sync_digests(p_feed uuid) returns table (entity text, unit_id uuid, count int, digest bigint)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp set plan_cache_mode = force_generic_plan
set timezone = 'UTC' as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
	e sync_entity;
begin
	perform require_feed(p_feed);
	perform set_config('app.sync_head', coalesce((select h.position from ledger.feed_head h where h.feed = p_feed), 0)::text, true),
	        set_config('app.sync_level', (select m.level from meta.schema m)::text, true);
	for e in select x.* from sync_entity x where not x.is_reference or p_feed = root_feed() order by x.order_no loop
		if e.is_reference then
			return query
			select e.entity, null::uuid, count(*)::int, bit_xor(row_digest(r.stored))
			from sync_row r where r.entity = e.entity having count(*) > 0;
		else
			return query
			select e.entity, r.unit_id, count(*)::int, bit_xor(row_digest(r.stored))
			from sync_row r
			where r.entity = e.entity and r.pos between v_lo and v_hi and r.feed_id = p_feed
			group by r.unit_id order by r.unit_id;
		end if;
	end loop;
end
$$;

-- For any session, with a computer of its own or without.
create function auth.sync_open(
	out history_id uuid, out schema_level int, out now_at_us timestamptz, out device_id uuid, out high_seq bigint,
	out high_hash bytea, out may_pull boolean)
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	history_id := ledger.refresh_history();
	select h.schema_level, h.now_at_us into schema_level, now_at_us from hello() h;
	select d.id, d.high_seq, d.high_hash into device_id, high_seq, high_hash
	from device d where d.id = nullif(current_setting('app.device_id', true), '')::uuid;
	may_pull := exists (select from role_permission p
	                    where p.role = current_setting('app.role', true) and p.permission = 'sync_read');
end
$$;

-- What the computer of this connection says of itself. How far it has come counts in its own feed alone.
create function auth.sync_report(p_waiting int, p_oldest timestamptz, p_parked int, p_feed uuid, p_position bigint, p_proven timestamptz)
returns void
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	if p_waiting < 0 then
		perform refuse(3, 'out_of_range', 'waiting', 'min=0');
	elsif p_parked < 0 then
		perform refuse(3, 'out_of_range', 'parked', 'min=0');
	end if;
	update device d set reported_at = now(), waiting = p_waiting, oldest_at = p_oldest, proven_at = coalesce(p_proven, d.proven_at),
		position = case when d.feed_id = p_feed then p_position else d.position end
	where d.id = nullif(current_setting('app.device_id', true), '')::uuid;
	if not found then
		perform refuse(9, 'device_unknown');
	end if;
end
$$;

create function auth.sync_status(p_unit uuid, p_after uuid, p_limit int)
returns table (unit_path text, name text, state text, reported_at_us timestamptz, waiting int, oldest_at_us timestamptz, parked int,
               "position" bigint, behind bigint, proven_at_us timestamptz, device_id uuid)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	i record;
begin
	select x.lo, x.hi into i from interval_of(p_unit) x;
	return query
	select path_of(d.unit_id, today()), d.name, device_state(d)::text, d.reported_at, d.waiting, d.oldest_at,
	       (select count(*)::int from ledger.parked p where p.device_id = d.id and p.state = 'open'),
	       d.position, h.position - d.position, d.proven_at, d.id
	from tree t
	join device d on d.unit_id = t.unit_id
	left join ledger.feed_head h on h.feed = d.feed_id
	where t.pos between i.lo and i.hi and (p_after is null or d.id > p_after)
	order by d.id
	limit p_limit;
end
$$;

grant execute on function auth.sync_feeds, auth.sync_copy, auth.sync_pull, auth.sync_entries, auth.sync_digests, auth.sync_open,
	auth.sync_report, auth.sync_status to chibo_app;

set local role chibo_owner;

-- The records of an entity that the page of this request holds, in the version that its marks tell.
create function chibo.sync_page(p_entity text) returns table (id uuid, version int) language sql stable as $$
	select k.id, k.version
	from unnest(nullif(split_part(current_setting('app.sync_' || p_entity, true), '|', 1), '')::uuid[],
	            nullif(split_part(current_setting('app.sync_' || p_entity, true), '|', 2), '')::int[]) as k (id, version)
$$;
grant execute on function chibo.sync_page to chibo_app;

-- The names of the units of a page, each asked for once.
create function chibo.sync_paths(p_entity text) returns table (unit_id uuid, path text) language sql stable as $$
	select u.unit_id, auth.unit_path(u.unit_id, chibo.today())
	from (select distinct x.unit_id
	      from chibo.sync_page(p_entity) k
	      cross join lateral (
		select m.unit_id from chibo.member m where p_entity = 'member' and m.id = k.id
		union all
		select s.unit_id from chibo.membership s where p_entity = 'membership' and s.id = k.id) x) u
$$;
grant execute on function chibo.sync_paths to chibo_app;

commit;
