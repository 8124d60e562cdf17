-- Revert chibo:unit_functions from pg

begin;

set local role chibo_auth;
drop function auth.root_feed;
drop function auth.unit_path;
drop function auth.path_of;
drop function auth.move_unit;
drop function auth.transplant;
drop function auth.rebuild_closure;
drop function auth.rename_unit;
drop function auth.lock_unit;
drop function auth.create_unit;
drop function auth.add_unit;
drop function auth.ancestry;
drop function auth.widen;
drop function auth.take_range;
drop function auth.refresh_scope;
drop function auth.in_scope;

commit;
