-- Revert chibo:seeds from pg

begin;

set local role chibo_owner;
delete from chibo.rule_param;
delete from chibo.sector;
delete from chibo.unit_kind;
set local role chibo_auth;
delete from auth.method;
delete from auth.role_permission;
delete from auth.permission;
delete from auth.object;
delete from auth.role;

commit;
