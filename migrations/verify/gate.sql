-- Verify chibo:gate on pg

begin;


-- fails when one is missing
select 'auth.check_targets'::regproc;
select 'auth.identify'::regproc;
select 'auth.route_table'::regproc;

rollback;
