-- Verify chibo:reports on pg

begin;


-- fails when one is missing
select 'auth.unit_figures'::regproc;

rollback;
