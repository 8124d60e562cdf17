-- Deploy chibo:persons to pg
-- Persons: members, and others who hold an account. The unit named here keeps the record.

begin;
set local role chibo_owner;

create table chibo.person (
	id           uuid constraint person_id__id_taken primary key,
	version      int not null default 1,
	unit_id      uuid not null,
	unit_pos     int not null,
	feed_id      uuid not null,
	family_name  text not null constraint family_name__name check (chibo.is_name_part(family_name)),
	middle_name  text constraint middle_name__name check (chibo.is_name_part(middle_name)),
	given_name   text not null constraint given_name__name check (chibo.is_name_part(given_name)),
	full_name    text not null generated always as
		(family_name || coalesce(' ' || middle_name, '') || ' ' || given_name) stored,
	name_folded  text not null generated always as
		(chibo.fold(family_name || coalesce(' ' || middle_name, '') || ' ' || given_name)) stored,
	sex          chibo.sex,
	born_on      chibo.partial_date,
	native_place text constraint native_place__text check (chibo.is_text(native_place, 200)),
	education    text constraint education__text check (chibo.is_text(education, 100)),
	profession   text constraint profession__text check (chibo.is_text(profession, 100)),
	foreign key (unit_id, unit_pos, feed_id) references chibo.unit (id, pos, feed_id) on update cascade
);
create index on chibo.person (unit_pos, id);
create index on chibo.person (unit_id);
create index on chibo.person using gin (name_folded public.gin_trgm_ops);

call meta.put_under_scope('chibo.person', 'unit_pos');
grant select, insert, update on chibo.person to chibo_app;
grant select, insert, references on chibo.person to chibo_auth;

commit;
