-- Verify chibo:activity on pg

begin;

-- fails when one is missing
select 'auth.branch_activity'::regproc;
select 'auth.month_of_branches'::regproc;
select 'auth.pilot_list'::regproc;
select 'auth.ward_activity'::regproc;

rollback;
