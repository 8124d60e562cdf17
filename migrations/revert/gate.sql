-- Revert chibo:gate from pg

begin;

set local role chibo_auth;
drop function auth.route_table;
drop function auth.check_targets;
drop function auth.identify;

commit;
