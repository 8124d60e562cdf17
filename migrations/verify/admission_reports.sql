-- Verify chibo:admission_reports on pg

begin;

select 1 from chibo.figure_group where false;
select 1 from chibo.figure_line where false;

-- fails when one is missing
select 'auth.admissions'::regproc;
select 'auth.class_facts'::regproc;
select 'auth.count_basis'::regproc;
select 'auth.due_facts'::regproc;
select 'auth.figure_lines'::regproc;
select 'auth.heirs'::regproc;
select 'auth.on_the_way'::regproc;
select 'auth.past_stage'::regproc;
select 'auth.pipeline_facts'::regproc;
select 'auth.pipeline_figures'::regproc;
select 'auth.pipeline_list'::regproc;
select 'auth.stage_facts'::regproc;
select 'auth.stages_on'::regproc;
select 'chibo.years_between'::regproc;

rollback;
