-- Revert chibo:admission_reports from pg

begin;

set local role chibo_auth;
drop function auth.pipeline_list;
drop function auth.pipeline_figures;
drop function auth.member_list;
drop function auth.require_list;
drop function auth.member_figures;
drop function auth.sees_small_groups;
drop function auth.figure_lines;
drop function auth.member_facts;
drop function auth.sector_facts;
drop function auth.structure_facts;
drop function auth.members_on;
drop function auth.admitted_facts;
drop function auth.seniority_band;
drop function auth.age_band;
drop type auth.member_fact;
drop function auth.pipeline_facts;
drop function auth.class_facts;
drop function auth.due_facts;
drop function auth.stage_facts;
drop function auth.on_the_way;
drop type auth.pipeline_fact;
drop function auth.past_stage;
drop function auth.stages_on;
drop function auth.admissions;
drop function auth.count_basis;
set local role chibo_owner;
drop function chibo.drill_days;
drop function chibo.report_days;
drop function chibo.years_between;
drop table chibo.figure_line;
drop table chibo.figure_group;

set local role chibo_owner;
revoke execute on function chibo.require_period from chibo_auth;
revoke select on chibo.scheme, chibo.scheme_line from chibo_auth;

commit;
