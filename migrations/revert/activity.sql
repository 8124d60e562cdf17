-- Revert chibo:activity from pg

begin;

set local role chibo_auth;
drop function auth.pilot_list;
drop function auth.ward_activity;
drop function auth.branch_activity;
drop function auth.month_of_branches;

commit;
