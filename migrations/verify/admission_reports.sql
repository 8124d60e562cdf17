-- Verify chibo:admission_reports on pg

begin;

select 1 from chibo.figure_group where false;
select 1 from chibo.figure_line where false;

-- fails when one is missing
select 'auth.admissions'::regproc;
select 'auth.admitted_facts'::regproc;
select 'auth.age_band'::regproc;
select 'auth.class_facts'::regproc;
select 'auth.count_basis'::regproc;
select 'auth.due_facts'::regproc;
select 'auth.figure_lines'::regproc;
select 'auth.member_facts'::regproc;
select 'auth.member_figures'::regproc;
select 'auth.member_list'::regproc;
select 'auth.members_on'::regproc;
select 'auth.on_the_way'::regproc;
select 'auth.past_stage'::regproc;
select 'auth.pipeline_facts'::regproc;
select 'auth.pipeline_figures'::regproc;
select 'auth.pipeline_list'::regproc;
select 'auth.require_list'::regproc;
select 'auth.sector_facts'::regproc;
select 'auth.sees_small_groups'::regproc;
select 'auth.seniority_band'::regproc;
select 'auth.stage_facts'::regproc;
select 'auth.stages_on'::regproc;
select 'auth.structure_facts'::regproc;
select 'chibo.drill_days'::regproc;
select 'chibo.report_days'::regproc;
select 'chibo.years_between'::regproc;

rollback;
