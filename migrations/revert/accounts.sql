-- Revert chibo:accounts from pg

begin;

set local role chibo_auth;
drop view auth.live_grant, auth.standing_grant;
drop table auth.event, auth.session, auth."grant", auth.code, auth.account, auth.method,
	auth.role_permission, auth.permission, auth.object, auth.role;

commit;
