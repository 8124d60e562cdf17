-- A district for measuring: :wards wards (20) of 10 branches, :members members, one caller who sees them all.
-- Ids are numbers written as UUIDs, so that pgbench and chibo_load can name them: units from 1000,
-- persons from 10000000, members from 20000000, memberships from 40000000. Run as a superuser.

\if :{?wards} \else \set wards 20 \endif
\set branches 10

create function pg_temp.id(n bigint) returns uuid language sql immutable as $$
	select lpad(n::text, 32, '0')::uuid
$$;

create function pg_temp.add(n bigint, parent bigint, code text, kind text, grassroots boolean) returns void
language sql as $$
	select auth.add_unit(pg_temp.id(n), pg_temp.id(parent), code, 'Đơn vị ' || code, null, kind,
		case when kind = 'branch' then 'hamlet' end, date '1975-05-19', '01-QĐ/MAU', grassroots, false, false, false)
$$;

begin;
select pg_temp.add(1, null, 'MAU', 'district_committee', false);
select pg_temp.add(100 + w, 1, format('W%s', lpad(w::text, 2, '0')), 'grassroots_committee', true)
from generate_series(0, :wards) w order by w;
select pg_temp.add(1000 + w * :branches + b, 101 + w, format('W%s.%s', lpad((w + 1)::text, 2, '0'), b), 'branch', false)
from generate_series(0, :wards - 1) w, generate_series(0, :branches - 1) b order by w, b;
-- W00 takes the imports, so that they leave the others as they are
select pg_temp.add(999, 100, 'W00.0', 'branch', false);
commit;

begin;
set local session_replication_role = replica;   -- no ledger entry for each, no check of what is right by design

create temporary table seeded on commit drop as
select n, 1000 + n * (:wards * :branches)::bigint / :members as unit_no from generate_series(0, :members - 1) n;

insert into chibo.person (id, unit_id, unit_pos, feed_id, family_name, middle_name, given_name, sex, born_on,
	native_place, education, profession)
select pg_temp.id(10000000 + s.n), u.id, u.pos, u.feed_id,
	(array['Nguyễn', 'Trần', 'Lê', 'Phạm', 'Hoàng', 'Lò', 'Cầm'])[1 + s.n % 7],
	(array['Văn', 'Thị', 'Đức', 'Thanh', 'Minh'])[1 + s.n % 5],
	(array['An', 'Bình', 'Cường', 'Dũng', 'Hạnh', 'Hoa', 'Lan', 'Thủy', 'Yến', 'Sơn', 'Tuấn'])[1 + s.n % 11],
	case when s.n % 3 = 0 then 'female' else 'male' end::chibo.sex, (1950 + s.n % 50)::text || '-07-12',
	'huyện Văn Chấn, Yên Bái', '12/12', 'Nông dân'
from seeded s join chibo.unit u on u.id = pg_temp.id(s.unit_no);

insert into chibo.member (id, person_id, unit_id, unit_pos, feed_id, is_guest, status, decision_on, joined_on,
	full_on, card_no, biography_no, works_away)
select pg_temp.id(20000000 + s.n), pg_temp.id(10000000 + s.n), u.id, u.pos, u.feed_id, false, 'full',
	'2010-05-19', '2010-06-01', '2011-06-01', lpad(s.n::text, 8, '0'), lpad((s.n % 1000000)::text, 6, '0') || 'A', false
from seeded s join chibo.unit u on u.id = pg_temp.id(s.unit_no);

insert into chibo.membership (id, member_id, unit_id, unit_pos, feed_id, kind, during)
select pg_temp.id(40000000 + s.n), pg_temp.id(20000000 + s.n), u.id, u.pos, u.feed_id, 'primary', '[2010-06-01,)'
from seeded s join chibo.unit u on u.id = pg_temp.id(s.unit_no);

insert into auth.account (id, feed_id, login_name, person_id)
values (pg_temp.id(1), pg_temp.id(1), 'do.luong', pg_temp.id(10000000));
insert into auth."grant" (id, person_id, role, unit_id, feed_id, during, basis, confirmed_at)
values (pg_temp.id(1), pg_temp.id(10000000), 'WO', pg_temp.id(1), pg_temp.id(1), '[2020-01-01,)', '01-QĐ/MAU', now());
commit;
