-- Verify chibo:accounts on pg

begin;

select 1 from auth.role where false;
select 1 from auth.object where false;
select 1 from auth.permission where false;
select 1 from auth.role_permission where false;
select 1 from auth.method where false;
select 1 from auth.account where false;
select 1 from auth.code where false;
select 1 from auth."grant" where false;
select 1 from auth.live_grant where false;
select 1 from auth.session where false;
select 1 from auth.event where false;

rollback;
