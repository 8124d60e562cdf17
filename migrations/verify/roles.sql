-- Verify chibo:roles on pg

begin;


-- fails when one is missing
select 'auth.role_rights'::regproc;
select 'auth.role_rows'::regproc;

rollback;
