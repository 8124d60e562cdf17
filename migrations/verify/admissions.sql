-- Verify chibo:admissions on pg

begin;

select 1 from chibo.admission_case where false;
select 1 from chibo.paper_type where false;
select 1 from chibo.file_paper where false;
select 1 from chibo.background_check where false;

-- fails when one is missing
select 'auth.decider_of'::regproc;
select 'auth.unit_name_of'::regproc;
select 'chibo.open_case'::regproc;
select 'chibo.require_papers'::regproc;

rollback;
