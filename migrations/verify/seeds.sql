-- Verify chibo:seeds on pg

begin;
set local role chibo_auth;

select 1 / count(*) from auth.object;
select 1 / count(*) from auth.permission;
select 1 / count(*) from auth.role_permission where permission = 'unit_read';
select 1 / count(*) from auth.method where permission = 'unit_read';
select 1 / (count(*) = 12)::int from auth.role;
set local role chibo_owner;
select 1 / count(*) from chibo.unit_kind where is_branch;
select 1 / count(*) from chibo.sector;
select 1 / count(*) from chibo.rule_param where key = 'probation.months';

rollback;
