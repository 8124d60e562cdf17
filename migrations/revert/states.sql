-- Revert chibo:states from pg

begin;

set local role chibo_auth;
drop function auth.share_text;
drop function auth.next_actions;
drop function auth.reach_of;
drop function auth.own_name;
drop function auth.full_name_of;
set local role chibo_owner;
drop function chibo.caller;
drop function chibo.require_code;
drop function chibo.sees_names;
drop function chibo.reaches;
drop function chibo.states_of;
drop table chibo.action;
drop procedure meta.keep_states;
drop function chibo.require_step;
drop table chibo.transition;
drop function chibo.check_transition;
drop function chibo.day_of;
drop function chibo.a_month;
drop function chibo.month_days;
drop domain chibo.month;

commit;
