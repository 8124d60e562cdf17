-- Revert chibo:target_functions from pg

begin;

set local role chibo_auth;
drop function auth.target_progress;
drop function auth.quiet_branches;
drop function auth.progress_lines;
drop function auth.term_on;
drop function auth.target_on;
drop function auth.metric_actual;
drop function auth.metric_credits;
drop function auth.heirs;
drop function auth.metric_events;
drop function auth.ratio_text;
set local role chibo_owner;
drop function chibo.pace_of;
drop type chibo.target_pace;
drop type chibo.count_basis;
drop function chibo.part_of_year;
drop function chibo.months_begun;
drop function chibo.target_actions;
drop view chibo.target_sheet;
drop function chibo.adjust_target;
drop function chibo.cascade_target;
drop function chibo.propose_share;
drop function chibo.unit_below;
drop type chibo.target_line;
drop function chibo.shares_of_target;
drop function chibo.versions_of_target;
drop function chibo.close_target;
drop function chibo.issue_target;
drop function chibo.send_back_target;
drop function chibo.agree_target;
drop function chibo.require_not_proposer;
drop function chibo.require_from_above;
drop function chibo.lock_target;
drop function chibo.propose_target;
drop function chibo.require_parent_target;
drop function chibo.days_of_target;
drop function chibo.create_term;
drop index chibo.class_attendance_issued_on_idx;
drop index chibo.candidate_listed_on_idx;
drop index chibo.member_full_on_idx;

commit;
