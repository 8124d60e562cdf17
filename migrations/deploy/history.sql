-- Deploy chibo:history to pg
-- Who changed or read what, when, in which role; and whether a kept head is still on the chain.

begin;
set local role chibo_auth;

-- Where the record stands in today's tree. What has no unit of its own, or is no more, stands where its feed does.
create function auth.position_of(p_entity text, p_id uuid) returns int
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return coalesce(
		case p_entity
			when 'unit' then (select t.pos from tree t where t.unit_id = p_id)
			when 'person' then (select p.unit_pos from person p where p.id = p_id)
			when 'member' then (select m.unit_pos from member m where m.id = p_id)
			when 'membership' then (select s.unit_pos from membership s where s.id = p_id)
			when 'account' then (select p.unit_pos from account a join person p on p.id = a.person_id where a.id = p_id)
			when 'resolution' then (select r.unit_pos from resolution r where r.id = p_id)
			when 'resolution_copy' then (select c.unit_pos from resolution_copy c where c.id = p_id)
			when 'proposal' then (select p.unit_pos from proposal p where p.id = p_id)
			when 'proposal_recipient' then (select r.unit_pos from proposal_recipient r where r.id = p_id)
			when 'task' then (select t.unit_pos from task t where t.id = p_id)
			when 'grant' then (select t.pos from "grant" g join tree t on t.unit_id = g.unit_id where g.id = p_id)
			when 'device' then (select t.pos from device d join tree t on t.unit_id = d.unit_id where d.id = p_id)
			when 'meeting' then (select m.unit_pos from meeting m where m.id = p_id)
			when 'vote_item' then (select v.unit_pos from vote_item v where v.id = p_id)
			when 'minutes' then (select m.unit_pos from minutes m where m.id = p_id)
			when 'post' then (select p.unit_pos from post p where p.id = p_id)
			when 'post_holding' then (select h.unit_pos from post_holding h where h.id = p_id)
			when 'residential_registration' then (select r.unit_pos from residential_registration r where r.id = p_id)
			when 'residential_assessment' then (select a.unit_pos from residential_assessment a where a.id = p_id)
			when 'sent_report' then (select r.unit_pos from sent_report r where r.id = p_id)
			when 'plan' then (select p.unit_pos from plan p where p.id = p_id)
			when 'pilot' then (select p.unit_pos from pilot p where p.id = p_id)
			when 'candidate' then (select c.unit_pos from candidate c where c.id = p_id)
			when 'probation' then (select p.unit_pos from probation p where p.id = p_id)
			when 'term' then (select t.unit_pos from term t where t.id = p_id)
			when 'target' then (select t.unit_pos from target t where t.id = p_id)
			when 'scoring' then (select s.unit_pos from scoring s where s.id = p_id)
			when 'parked_operation' then (select t.pos from ledger.parked p join device d on d.id = p.device_id
			                              join tree t on t.unit_id = d.unit_id where p.id = p_id)
			when 'score_sheet' then (select s.unit_pos from score_sheet s where s.id = p_id)
		end,
		(select t.pos from ledger.record r join tree t on t.unit_id = r.feed
		 where r.entity = p_entity and r.id = p_id and r.kind <> 'left_scope'
		 order by r.at desc limit 1));
end
$$;

-- Whom the record is about: a person himself and the member that he is.
create function auth.subject_of(p_entity text, p_id uuid) returns uuid
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return case p_entity
		when 'person' then p_id
		when 'member' then (select m.person_id from member m where m.id = p_id)
		when 'candidate' then (select c.person_id from candidate c where c.id = p_id)
		when 'probation' then (select m.person_id from member m where m.id = p_id)
	end;
end
$$;

-- Refuses what lies outside the caller's interval like what does not exist. Who reaches only himself has no interval.
create function auth.require_history(p_entity text, p_id uuid) returns void
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_seen boolean := case current_setting('app.reach', true)
		when 'own' then subject_of(p_entity, p_id) = nullif(current_setting('app.person_id', true), '')::uuid
		when 'scope' then position_of(p_entity, p_id) between nullif(current_setting('app.lo', true), '')::int
		                                                  and nullif(current_setting('app.hi', true), '')::int
	end;
begin
	if v_seen is not true then
		perform refuse(5, 'not_found', 'id');
	end if;
end
$$;

-- One story may be told by several records: person, member and places of one human being.
create function auth.story_of(p_entity text, p_id uuid) returns table (entity text, id uuid)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_person uuid := subject_of(p_entity, p_id);
begin
	return query
	select p_entity, p_id where v_person is null
	union all
	select 'person', v_person where v_person is not null
	union all
	select 'member', m.id from member m where m.person_id = v_person
	union all
	select 'membership', s.id from member m join membership s on s.member_id = m.id where m.person_id = v_person;
end
$$;

-- A place in a history, as its rows give it out: everything that orders them.
create function auth.cursor_of(r ledger.record) returns text
language sql immutable set search_path = pg_catalog, pg_temp as $$
	select concat_ws('.', (extract(epoch from r.at) * 1000000)::bigint, r.feed, r.position, r.entity, r.id)
$$;

-- Absent: before the newest.
create function auth.cursor_from(p_text text) returns ledger.record
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	part text[] := string_to_array(p_text, '.');
	v_uuid text := '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$';
	r ledger.record;
begin
	if p_text is null then
		r.at := 'infinity';
		return r;
	elsif p_text !~ '^[0-9]{1,16}\.[^.]*\.[0-9]{1,18}\.[a-z_]{1,40}\.[^.]*$' or part[2] !~ v_uuid or part[5] !~ v_uuid then
		perform refuse(3, 'format', 'after');
	end if;
	r.at := to_timestamp(0) + part[1]::bigint * interval '1 microsecond';
	r.feed := part[2];
	r.position := part[3];
	r.entity := part[4];
	r.id := part[5];
	return r;
end
$$;

-- Newest first, on from a cursor. An auditor is not told the name of the one whom the record is about.
create function auth.history(p_entity text, p_id uuid, p_after text, p_limit int)
returns table (at_us timestamptz, full_name text, role text, unit_path text, method text, entity text, id uuid,
               kind ledger.kind, version int, "position" bigint, cursor text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	v_entity text := coalesce(p_entity, 'person');
	v_id uuid := coalesce(p_id, case when p_entity is null then nullif(current_setting('app.person_id', true), '')::uuid end);
	v_hidden uuid := case when current_setting('app.role', true) = 'AU' then subject_of(v_entity, v_id) end;
	v_limit int := least(p_limit, 200);
	a ledger.record := cursor_from(p_after);
begin
	perform require_history(v_entity, v_id);
	return query
	with hit as (
		select r.*
		from story_of(v_entity, v_id) s
		cross join lateral (
			select x.* from ledger.record x
			where x.entity = s.entity and x.id = s.id
			  and (x.at, x.feed, x.position, x.entity, x.id) < (a.at, a.feed, a.position, a.entity, a.id)
			order by x.at desc, x.feed desc, x.position desc
			limit v_limit
		) r
		order by r.at desc, r.feed desc, r.position desc, r.entity desc, r.id desc
		limit v_limit
	)
	select h.at, p.full_name, g.role, path_of(g.unit_id, (h.at at time zone 'Asia/Ho_Chi_Minh')::date),
	       e.method, h.entity, h.id, h.kind, h.version, h.position, cursor_of(h)
	from hit h
	join ledger.entry e on e.feed = h.feed and e.position = h.position
	left join account c on c.id = e.account_id
	left join person p on p.id = c.person_id and p.id is distinct from v_hidden
	left join "grant" g on g.id = e.grant_id
	order by h.at desc, h.feed desc, h.position desc, h.entity desc, h.id desc;
end
$$;

grant execute on function auth.history to chibo_app;

-- Whether the caller holds a grant in the feed, or above all of it; for requests that open no scope.
create function auth.acts_in_feed(p_feed uuid) returns boolean
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return exists (
		select from live_grant g
		join tree t on t.unit_id = g.unit_id
		join tree f on f.unit_id = p_feed
		where g.person_id = nullif(current_setting('app.person_id', true), '')::uuid
		  and (t.feed_id = p_feed or f.pos between t.pos and t.last));
end
$$;
grant execute on function auth.acts_in_feed to chibo_ledger;

set local role chibo_ledger;

create type ledger.verdict as enum ('matches', 'unknown_position', 'contradicts');

-- What became of a head that somebody kept. Whether there is an entry at the position at all is told only to who
-- acts in the feed or above it: to others a head that does not match contradicts.
create function ledger.judge_head(p_feed uuid, p_position bigint, p_hash bytea) returns ledger.verdict
language plpgsql stable security definer set search_path = pg_catalog, ledger, auth, chibo, pg_temp as $$
declare
	v_hash bytea := (select e.hash from ledger.entry e where e.feed = p_feed and e.position = p_position);
begin
	return case
		when v_hash = p_hash then 'matches'::ledger.verdict
		when v_hash is null and auth.acts_in_feed(p_feed) then 'unknown_position'::ledger.verdict
		else 'contradicts'::ledger.verdict
	end;
end
$$;
grant execute on function ledger.judge_head to chibo_app;

commit;
