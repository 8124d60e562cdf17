-- Verify chibo:import on pg

begin;


-- fails when one is missing
select 'chibo.check_lines'::regproc;
select 'chibo.first_day'::regproc;
select 'chibo.import_lines'::regproc;
select 'chibo.resolve_lines'::regproc;

rollback;
