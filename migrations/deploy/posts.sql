-- Deploy chibo:posts to pg
-- Posts inside and outside the Party, and who holds them on a day.

begin;
set local role chibo_owner;

create type chibo.holding_mode as enum ('elected', 'appointed');

create table chibo.post (
	id         uuid constraint post_id__id_taken primary key,
	version    int not null default 1,
	unit_id    uuid not null,   -- the unit that it belongs to, or within which it lies
	unit_pos   int not null,
	feed_id    uuid not null,
	type       text not null,   -- of code list post_type
	title      text not null constraint title__text check (chibo.is_text(title, 200)),   -- as it is called here
	body_name  text constraint body_name__text check (chibo.is_text(body_name, 200)),    -- of a post outside the Party
	is_party   boolean not null,
	part_time  boolean not null default false,
	during     daterange not null constraint last_on__before_start check (not isempty(during)),   -- while there is such a post
	constraint body_name__required check (is_party or body_name is not null),
	unique (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.post (unit_pos, id);
create index on chibo.post (unit_id);

-- Concurrent: one person, more than one of these on a day. Who is no member and no person here has a name alone.
create table chibo.post_holding (
	id           uuid constraint post_holding_id__id_taken primary key,
	version      int not null default 1,
	unit_id      uuid not null,   -- of the post
	unit_pos     int not null,
	feed_id      uuid not null,
	post_id      uuid not null,
	person_id    uuid constraint person_id__not_found references chibo.person,
	holder_name  text not null constraint holder_name__text check (chibo.is_text(holder_name, 100)),
	mode         chibo.holding_mode not null,
	decision_doc text not null constraint decision_doc__text check (chibo.is_text(decision_doc, 300)),
	during       daterange not null constraint until_on__before_start check (not isempty(during)),
	constraint post_id__post_taken exclude using gist (post_id with =, during with &&),
	foreign key (post_id, unit_id) references chibo.post (id, unit_id),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.post_holding (unit_pos, id);
create index on chibo.post_holding (person_id) where person_id is not null;
create index on chibo.post_holding (post_id);

call meta.put_under_scope('chibo.post', 'unit_pos');
call meta.put_under_scope('chibo.post_holding', 'unit_pos');
call ledger.watch('chibo.post', 'post');
call ledger.watch('chibo.post_holding', 'post_holding');
grant select, insert, update on chibo.post, chibo.post_holding to chibo_app;
grant select on chibo.post, chibo.post_holding to chibo_auth;

-- A period from its first to its last day, which may be open.
create function chibo.days_from(p_from date, p_last date, p_field text) returns daterange language plpgsql as $$
begin
	if p_last < p_from then
		perform chibo.refuse(3, 'before_start', p_field, 'from_on=' || chibo.iso(p_from));
	end if;
	return daterange(p_from, p_last + 1);
end
$$;

create function chibo.create_post(p_id uuid, p_unit uuid, p_type text, p_title text, p_body text, p_is_party boolean,
                                  p_part_time boolean, p_from date)
returns void language plpgsql as $$
declare
	u chibo.unit;
begin
	select x.* into u from chibo.unit x where x.id = p_unit and chibo.reaches(x.id, x.pos);
	if not found then
		perform chibo.refuse(5, 'not_found', 'unit_id');
	elsif u.closed_on is not null then
		perform chibo.refuse(9, 'closed', 'unit_id', 'closed_on=' || chibo.iso(u.closed_on));
	elsif p_from < u.founded_on then
		perform chibo.refuse(9, 'before_founding', 'from_on', 'founded_on=' || chibo.iso(u.founded_on));
	end if;
	perform chibo.require_code('post_type', p_type, 'type');
	insert into chibo.post (id, unit_id, unit_pos, feed_id, type, title, body_name, is_party, part_time, during)
	values (p_id, u.id, u.pos, u.feed_id, p_type,
		coalesce(p_title, (select c.name from chibo.code c where c.list = 'post_type' and c.code = p_type)),
		p_body, p_is_party, coalesce(p_part_time, false), daterange(p_from, null));
end
$$;

create function chibo.lock_post(p_id uuid, p_field text) returns chibo.post language plpgsql as $$
declare
	p chibo.post;
begin
	select x.* into p from chibo.post x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', p_field);
	end if;
	return p;
end
$$;

-- Whose name is written down: of a person in scope as the record has it today, or as given of somebody without one.
create function chibo.holder_name(p_person uuid, p_name text) returns text language plpgsql as $$
begin
	if p_person is null and p_name is null then
		perform chibo.refuse(3, 'required', 'holder_name');
	elsif p_person is not null and p_name is not null then
		perform chibo.refuse(3, 'person_or_name', 'holder_name');
	end if;
	perform auth.require_not_own(p_person, 'person_id');
	return coalesce(auth.full_name_of(p_person, 'person_id'), p_name);
end
$$;

create function chibo.hold_post(p_id uuid, p_post uuid, p_person uuid, p_name text, p_mode chibo.holding_mode,
                                p_decision text, p_from date, p_until date)
returns void language plpgsql as $$
declare
	p chibo.post := chibo.lock_post(p_post, 'post_id');
	v_during daterange := chibo.days_from(p_from, p_until, 'until_on');
begin
	if p_from < lower(p.during) then
		perform chibo.refuse(9, 'before_post', 'from_on', 'from_on=' || chibo.iso(lower(p.during)));
	elsif not v_during <@ p.during then
		perform chibo.refuse(9, 'post_ended', 'post_id', 'last_on=' || chibo.last_day(p.during));
	end if;
	insert into chibo.post_holding (id, unit_id, unit_pos, feed_id, post_id, person_id, holder_name, mode, decision_doc, during)
	values (p_id, p.unit_id, p.unit_pos, p.feed_id, p.id, p_person, chibo.holder_name(p_person, p_name), p_mode,
		p_decision, v_during);
end
$$;

-- The last day of a holding, at most the one that was planned.
create function chibo.release_post(p_id uuid, p_base_version int, p_last date) returns void language plpgsql as $$
declare
	h chibo.post_holding;
begin
	select x.* into h from chibo.post_holding x where x.id = p_id and chibo.reaches(x.unit_id, x.unit_pos) for update;
	if not found then
		perform chibo.refuse(5, 'not_found', 'id');
	elsif h.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || h.version);
	elsif p_last >= upper(h.during) then
		perform chibo.refuse(9, 'holding_over', 'last_on', 'until_on=' || chibo.last_day(h.during));
	end if;
	perform auth.require_not_own(h.person_id, 'id');
	update chibo.post_holding x
	set version = x.version + 1, during = chibo.days_from(lower(h.during), p_last, 'last_on')
	where x.id = h.id;
end
$$;

-- Abolishes a post: whoever holds it then, holds it until that day.
create function chibo.end_post(p_id uuid, p_base_version int, p_last date) returns void language plpgsql as $$
declare
	p chibo.post := chibo.lock_post(p_id, 'id');
	v_later date := (select max(lower(h.during)) from chibo.post_holding h where h.post_id = p_id);
begin
	if p.version <> p_base_version then
		perform chibo.refuse(10, 'conflict', 'base_version', 'version=' || p.version);
	elsif p_last >= upper(p.during) then
		perform chibo.refuse(9, 'post_ended', 'id', 'last_on=' || chibo.last_day(p.during));
	elsif v_later > p_last then
		perform chibo.refuse(9, 'held_later', 'last_on', 'from_on=' || chibo.iso(v_later));
	end if;
	update chibo.post x set version = x.version + 1, during = chibo.days_from(lower(p.during), p_last, 'last_on')
	where x.id = p.id;
	update chibo.post_holding h set version = h.version + 1, during = daterange(lower(h.during), p_last + 1)
	where h.post_id = p.id and not h.during <@ daterange(null, p_last + 1);
end
$$;

-- Days that a person has held posts of one type in one unit: long terms are only warned of.
create function chibo.held_too_long(p_holding uuid) returns boolean language plpgsql stable as $$
begin
	return (
		select sum(coalesce(upper(o.during), chibo.today()) - lower(o.during))
			> 365.25 * chibo.rule_number('post.max_years', lower(h.during))
		from chibo.post_holding h
		join chibo.post p on p.id = h.post_id
		join chibo.post_holding o on o.person_id = h.person_id
		join chibo.post op on op.id = o.post_id and op.type = p.type and op.unit_id = p.unit_id
		where h.id = p_holding
		group by h.id);
end
$$;

grant execute on function chibo.days_from, chibo.create_post, chibo.lock_post, chibo.holder_name, chibo.hold_post,
	chibo.release_post, chibo.end_post, chibo.held_too_long to chibo_app;

set local role chibo_auth;

-- A member of the Party on the day, wherever his place is.
create function auth.is_member_on(p_person uuid, p_day date) returns boolean
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	return exists (select from member m join membership s on s.member_id = m.id
	               where m.person_id = p_person and covers(s.during, p_day));
end
$$;

-- Whether the person holds another post on the day, in whatever unit: the figures of a unit do not depend on who asks.
create function auth.holds_another(p_person uuid, p_holding uuid, p_day date) returns boolean
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	return exists (select from post_holding o
	               where o.person_id = p_person and o.id <> p_holding and covers(o.during, p_day));
end
$$;

create type auth.post_row as (
	id uuid, version int, unit_id uuid, unit_path text, type text, type_name text, title text, body_name text,
	is_party boolean, part_time boolean, from_on text, last_on text, holding_id uuid, person_id uuid, holder_name text,
	is_member boolean, concurrent boolean, held_from_on text, held_until_on text, pos int
);

create function auth.describe_post(p chibo.post, p_day date) returns auth.post_row
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp as $$
declare
	h post_holding;
begin
	select x.* into h from post_holding x where x.post_id = p.id and covers(x.during, p_day);
	return row(p.id, p.version, p.unit_id, path_of(p.unit_id, today()), p.type,
		(select c.name from code c where c.list = 'post_type' and c.code = p.type), p.title, p.body_name, p.is_party,
		p.part_time, iso(lower(p.during)), last_day(p.during), h.id, h.person_id, h.holder_name,
		case when h.id is not null then is_member_on(h.person_id, p_day) end,
		case when h.id is not null then holds_another(h.person_id, h.id, p_day) end,
		iso(lower(h.during)), last_day(h.during), p.unit_pos);
end
$$;

create function auth.post_rows(p_id uuid) returns setof auth.post_row
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select d.* from post p cross join lateral describe_post(p, today()) d
	where p.id = p_id and reaches(p.unit_id, p.unit_pos);
end
$$;

-- Posts that there are on a day, in tree order.
create function auth.post_page(p_unit uuid, p_day date, p_type text, p_after_pos int, p_after_id uuid, p_limit int)
returns setof auth.post_row
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
		select p from post p
		where p.unit_pos <= i.hi and covers(p.during, p_day) and (p_type is null or p.type = p_type)
		  and (p.unit_pos, p.id) > (case when v_goes_on then p_after_pos else i.lo end,
			case when v_goes_on then p_after_id else '00000000-0000-0000-0000-000000000000' end)
		  and reaches(p.unit_id, p.unit_pos)
		order by p.unit_pos, p.id
		limit least(p_limit, 500)
	) page
	cross join lateral describe_post(page.p, p_day) d
	order by d.pos, d.id;
end
$$;

-- Posts of a unit and all below it on a day, with their holder.
create function auth.posts_on(p_unit uuid, p_day date, p_tree chibo.tree_mode)
returns table (post_id uuid, type text, holding_id uuid, person_id uuid)
language plpgsql stable set search_path = pg_catalog, auth, chibo, pg_temp
set plan_cache_mode = force_custom_plan as $$
declare
	v_lo int := nullif(current_setting('app.lo', true), '')::int;
	v_hi int := nullif(current_setting('app.hi', true), '')::int;
	v_tree_day date := case when p_tree = 'now' then today() else p_day end;
begin
	return query
	select p.id, p.type, h.id, h.person_id
	from post p
	join unit_closure c on c.unit_id = p.unit_id and c.ancestor_id = p_unit and covers(c.during, v_tree_day)
	left join post_holding h on h.post_id = p.id and covers(h.during, p_day)
	where p.unit_pos between v_lo and v_hi and covers(p.during, p_day);
end
$$;

-- Of each type of post those whose holder has a post of another type too, or another of the same.
create function auth.post_pairs(p_unit uuid, p_day date, p_tree chibo.tree_mode)
returns table (type text, type_name text, with_type text, with_type_name text, posts bigint, share_pct text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	with own as materialized (
		select x.post_id, x.type, x.holding_id, x.person_id, count(*) over (partition by x.type) as of_type
		from posts_on(p_unit, p_day, p_tree) x
	)
	select own.type, c.name, other.type, oc.name, count(distinct own.post_id),
	       share_text(count(distinct own.post_id), max(own.of_type))
	from own
	join post_holding o on o.person_id = own.person_id and o.id <> own.holding_id and covers(o.during, p_day)
	join post other on other.id = o.post_id
	join code c on c.list = 'post_type' and c.code = own.type
	join code oc on oc.list = 'post_type' and oc.code = other.type
	group by own.type, c.name, c.order_no, other.type, oc.name, oc.order_no
	order by c.order_no, own.type, oc.order_no, other.type;
end
$$;

-- R13. Shares are of all posts of the type, vacant ones too.
create function auth.post_figures(p_unit uuid, p_day date, p_tree chibo.tree_mode)
returns table (row_key text, type text, type_name text, posts bigint, held bigint, by_members bigint, by_members_pct text,
               concurrent bigint, concurrent_pct text, combined_with text)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	return query
	select f.type, f.type, c.name, f.posts, f.held, f.by_members, share_text(f.by_members, f.posts),
	       f.concurrent, share_text(f.concurrent, f.posts),
	       (select string_agg(w.with_type_name || ' ' || w.posts, ', ') from post_pairs(p_unit, p_day, p_tree) w
	        where w.type = f.type)
	from (
		select x.type, count(*) as posts, count(x.holding_id) as held,
		       count(*) filter (where is_member_on(x.person_id, p_day)) as by_members,
		       count(*) filter (where holds_another(x.person_id, x.holding_id, p_day)) as concurrent
		from posts_on(p_unit, p_day, p_tree) x
		group by x.type
	) f
	join code c on c.list = 'post_type' and c.code = f.type
	order by c.order_no, f.type;
end
$$;

grant execute on function auth.post_rows, auth.post_page, auth.post_pairs, auth.post_figures to chibo_app;

commit;
