-- Revert chibo:accounts from pg

begin;

set local role chibo_auth;
drop table auth.failure, auth.event, auth.session, auth."grant", auth.code, auth.account, auth.role_permission,
	auth.role;

commit;
