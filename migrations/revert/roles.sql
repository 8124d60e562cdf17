-- Revert chibo:roles from pg

begin;

set local role chibo_auth;
drop function auth.role_rights;
drop function auth.role_rows;

commit;
