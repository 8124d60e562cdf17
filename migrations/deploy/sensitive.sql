-- Deploy chibo:sensitive to pg
-- What is kept apart from a person's record: sealed values, which this database cannot read, and codes that
-- reports count and lists never show.

begin;
set local role chibo_owner;

-- Key id (4 bytes, big-endian), nonce, ciphertext with its tag: made and opened by chibod alone.
create domain chibo.sealed as bytea check (length(value) >= 44);

create function chibo.seal_key(sealed bytea) returns int language sql immutable strict parallel safe as $$
	select get_byte(sealed, 0) << 24 | get_byte(sealed, 1) << 16 | get_byte(sealed, 2) << 8 | get_byte(sealed, 3)
$$;
grant execute on function chibo.seal_key to chibo_app, chibo_auth;

create table chibo.code_list (
	list text primary key check (list ~ '^[a-z][a-z_]{1,39}$'),
	name text not null
);
create table chibo.code (
	list     text not null references chibo.code_list,
	code     text not null check (code ~ '^[a-z][a-z_]{1,39}$'),
	name     text not null,
	order_no int not null,
	primary key (list, code)
);

-- Where the record of a person is kept, and in whose feed, is known for all that hangs on it.
alter table chibo.person add unique (id, unit_id, unit_pos, feed_id);

-- The hash finds equal numbers. No unique key: it would tell one ward what another one has.
create table chibo.person_sealed (
	id               uuid primary key,   -- of the person; each sealed value is bound to it
	version          int not null default 0,
	unit_id          uuid not null,
	unit_pos         int not null,
	feed_id          uuid not null,
	national_id      chibo.sealed,
	national_id_hash bytea check (length(national_id_hash) = 8),
	address          chibo.sealed,
	phone            chibo.sealed,
	notes            chibo.sealed,
	oldest_key       int generated always as (least(chibo.seal_key(national_id), chibo.seal_key(address),
		chibo.seal_key(phone), chibo.seal_key(notes))) stored,
	check ((national_id is null) = (national_id_hash is null)),
	foreign key (id, unit_id, unit_pos, feed_id) references chibo.person (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create index on chibo.person_sealed (unit_pos, id);
create index on chibo.person_sealed (national_id_hash, id);
create index on chibo.person_sealed (oldest_key, id);

create table chibo.person_origin (
	id             uuid primary key,
	version        int not null default 0,
	unit_id        uuid not null,
	unit_pos       int not null,
	feed_id        uuid not null,
	ethnicity      text,
	religion       text,
	ethnicity_list text not null generated always as ('ethnicity') stored,
	religion_list  text not null generated always as ('religion') stored,
	constraint ethnicity__not_found foreign key (ethnicity_list, ethnicity) references chibo.code (list, code),
	constraint religion__not_found foreign key (religion_list, religion) references chibo.code (list, code),
	foreign key (id, unit_id, unit_pos, feed_id) references chibo.person (id, unit_id, unit_pos, feed_id)
		on update cascade
);
create index on chibo.person_origin (unit_pos, id);

call meta.put_under_scope('chibo.person_sealed', 'unit_pos');
call meta.put_under_scope('chibo.person_origin', 'unit_pos');
call ledger.watch('chibo.person_sealed', 'person_sealed');
call ledger.watch('chibo.person_origin', 'person_origin');
grant select on chibo.code_list, chibo.code to chibo_app, chibo_auth, chibo_report;
grant select, insert, update on chibo.person_sealed, chibo.person_origin to chibo_app;
grant select, update on chibo.person_sealed to chibo_auth;
grant select on chibo.person_origin to chibo_auth;

insert into chibo.code_list (list, name) values
	('ethnicity', 'Dân tộc'),
	('religion', 'Tôn giáo');

-- The list of 54 peoples of the statistical office, in its order.
insert into chibo.code (list, code, name, order_no) values
	('ethnicity', 'kinh', 'Kinh', 1),
	('ethnicity', 'tay', 'Tày', 2),
	('ethnicity', 'thai', 'Thái', 3),
	('ethnicity', 'hoa', 'Hoa', 4),
	('ethnicity', 'khmer', 'Khơ-me', 5),
	('ethnicity', 'muong', 'Mường', 6),
	('ethnicity', 'nung', 'Nùng', 7),
	('ethnicity', 'hmong', 'Hmông', 8),
	('ethnicity', 'dao', 'Dao', 9),
	('ethnicity', 'gia_rai', 'Gia-rai', 10),
	('ethnicity', 'ngai', 'Ngái', 11),
	('ethnicity', 'e_de', 'Ê-đê', 12),
	('ethnicity', 'ba_na', 'Ba-na', 13),
	('ethnicity', 'xo_dang', 'Xơ-đăng', 14),
	('ethnicity', 'san_chay', 'Sán Chay', 15),
	('ethnicity', 'co_ho', 'Cơ-ho', 16),
	('ethnicity', 'cham', 'Chăm', 17),
	('ethnicity', 'san_diu', 'Sán Dìu', 18),
	('ethnicity', 'hre', 'Hrê', 19),
	('ethnicity', 'mnong', 'Mnông', 20),
	('ethnicity', 'ra_glai', 'Ra-glai', 21),
	('ethnicity', 'xtieng', 'Xtiêng', 22),
	('ethnicity', 'bru_van_kieu', 'Bru-Vân Kiều', 23),
	('ethnicity', 'tho', 'Thổ', 24),
	('ethnicity', 'giay', 'Giáy', 25),
	('ethnicity', 'co_tu', 'Cơ-tu', 26),
	('ethnicity', 'gie_trieng', 'Gié-Triêng', 27),
	('ethnicity', 'ma', 'Mạ', 28),
	('ethnicity', 'kho_mu', 'Khơ-mú', 29),
	('ethnicity', 'co', 'Co', 30),
	('ethnicity', 'ta_oi', 'Tà-ôi', 31),
	('ethnicity', 'cho_ro', 'Chơ-ro', 32),
	('ethnicity', 'khang', 'Kháng', 33),
	('ethnicity', 'xinh_mun', 'Xinh-mun', 34),
	('ethnicity', 'ha_nhi', 'Hà Nhì', 35),
	('ethnicity', 'chu_ru', 'Chu-ru', 36),
	('ethnicity', 'lao', 'Lào', 37),
	('ethnicity', 'la_chi', 'La Chí', 38),
	('ethnicity', 'la_ha', 'La Ha', 39),
	('ethnicity', 'phu_la', 'Phù Lá', 40),
	('ethnicity', 'la_hu', 'La Hủ', 41),
	('ethnicity', 'lu', 'Lự', 42),
	('ethnicity', 'lo_lo', 'Lô Lô', 43),
	('ethnicity', 'chut', 'Chứt', 44),
	('ethnicity', 'mang', 'Mảng', 45),
	('ethnicity', 'pa_then', 'Pà Thẻn', 46),
	('ethnicity', 'co_lao', 'Cơ Lao', 47),
	('ethnicity', 'cong', 'Cống', 48),
	('ethnicity', 'bo_y', 'Bố Y', 49),
	('ethnicity', 'si_la', 'Si La', 50),
	('ethnicity', 'pu_peo', 'Pu Péo', 51),
	('ethnicity', 'brau', 'Brâu', 52),
	('ethnicity', 'o_du', 'Ơ Đu', 53),
	('ethnicity', 'ro_mam', 'Rơ-măm', 54),
	('ethnicity', 'other', 'Dân tộc khác', 999);

-- The religions whose organisations the state recognises.
insert into chibo.code (list, code, name, order_no) values
	('religion', 'none', 'Không theo tôn giáo', 0),
	('religion', 'buddhism', 'Phật giáo', 1),
	('religion', 'catholicism', 'Công giáo', 2),
	('religion', 'protestantism', 'Tin lành', 3),
	('religion', 'cao_dai', 'Cao Đài', 4),
	('religion', 'hoa_hao', 'Phật giáo Hòa Hảo', 5),
	('religion', 'islam', 'Hồi giáo', 6),
	('religion', 'bahai', 'Tôn giáo Baha''i', 7),
	('religion', 'pure_land', 'Tịnh độ Cư sĩ Phật hội Việt Nam', 8),
	('religion', 'adventism', 'Cơ đốc Phục lâm', 9),
	('religion', 'tu_an_hieu_nghia', 'Phật giáo Tứ Ân Hiếu Nghĩa', 10),
	('religion', 'minh_su', 'Minh Sư Đạo', 11),
	('religion', 'minh_ly', 'Minh Lý Đạo – Tam Tông Miếu', 12),
	('religion', 'brahmanism', 'Bà-la-môn giáo', 13),
	('religion', 'latter_day_saints', 'Các Thánh hữu Ngày sau của Chúa Giê-su Ki-tô', 14),
	('religion', 'hieu_nghia_ta_lon', 'Phật giáo Hiếu Nghĩa Tà Lơn', 15),
	('religion', 'buu_son_ky_huong', 'Bửu Sơn Kỳ Hương', 16),
	('religion', 'other', 'Tôn giáo khác', 999);

set local role chibo_auth;

-- How much of a person's sensitive fields the caller sees: 'open', 'masked' (which of them are there), or
-- nothing. The scope of the grant is row-level security's question.
create function auth.sealed_sight(p_person uuid) returns text
language plpgsql stable set search_path = pg_catalog, pg_temp as $$
begin
	return case current_setting('app.reach', true)
		when 'scope' then 'open'
		when 'inspection' then 'open'
		when 'masked' then 'masked'
		when 'own' then case when p_person = nullif(current_setting('app.person_id', true), '')::uuid then 'open' end
	end;
end
$$;

-- For the server itself, that is for nobody's session.
create function auth.require_no_session() returns void
language plpgsql stable set search_path = pg_catalog, chibo, pg_temp as $$
begin
	if nullif(current_setting('app.session_id', true), '') is not null then
		perform refuse(7, 'permission_denied');
	end if;
end
$$;

-- Values sealed with a key older than `p_key`, of at most `p_limit` records.
create function auth.stale_values(p_key int, p_limit int)
returns table (table_name text, column_name text, id uuid, value bytea)
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform require_no_session();
	return query
	select 'person_sealed'::text, v.column_name, s.id, v.value::bytea
	from (select * from person_sealed p where p.oldest_key < p_key order by p.oldest_key, p.id limit p_limit) s
	cross join lateral (values ('national_id', s.national_id), ('address', s.address), ('phone', s.phone),
	                           ('notes', s.notes)) as v (column_name, value)
	where seal_key(v.value) < p_key;
end
$$;

create function auth.stale_records(p_key int) returns bigint
language plpgsql stable security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform require_no_session();
	return (select count(*) from person_sealed p where p.oldest_key < p_key);
end
$$;

-- Puts the same values back under a newer key. One that was changed since it was read stays as it is. The
-- record does not change by this: no version, no entry in the ledger.
create function auth.reseal(p_columns text[], p_ids uuid[], p_olds bytea[], p_news bytea[]) returns bigint
language plpgsql security definer set search_path = pg_catalog, auth, chibo, pg_temp as $$
begin
	perform require_no_session();
	perform set_config('app.lo', '1', true), set_config('app.hi', '2147483647', true);
	with v as (
		select * from unnest(p_columns, p_ids, p_olds, p_news) as v (column_name, id, old, new)
	), fresh as (
		select v.id,
		       max(v.new::text) filter (where v.column_name = 'national_id' and s.national_id = v.old)::bytea as national_id,
		       max(v.new::text) filter (where v.column_name = 'address' and s.address = v.old)::bytea as address,
		       max(v.new::text) filter (where v.column_name = 'phone' and s.phone = v.old)::bytea as phone,
		       max(v.new::text) filter (where v.column_name = 'notes' and s.notes = v.old)::bytea as notes
		from v join (select * from person_sealed p where p.id = any (p_ids) order by p.id for update) s on s.id = v.id
		group by v.id
	)
	update person_sealed p set
		national_id = coalesce(f.national_id, p.national_id),
		address = coalesce(f.address, p.address),
		phone = coalesce(f.phone, p.phone),
		notes = coalesce(f.notes, p.notes)
	from fresh f where p.id = f.id;
	return cardinality(p_ids);
end
$$;

grant execute on function auth.sealed_sight, auth.stale_values, auth.stale_records, auth.reseal to chibo_app;

commit;
