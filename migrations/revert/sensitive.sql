-- Revert chibo:sensitive from pg

begin;

set local role chibo_auth;
drop function auth.sealed_sight, auth.stale_values, auth.stale_records, auth.reseal, auth.require_no_session;
set local role chibo_owner;
drop table chibo.person_sealed, chibo.person_origin, chibo.code, chibo.code_list;
alter table chibo.person drop constraint person_id_unit_id_unit_pos_feed_id_key;
drop function chibo.seal_key;
drop domain chibo.sealed;

commit;
