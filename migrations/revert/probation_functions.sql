-- Revert chibo:probation_functions from pg

begin;

set local role chibo_auth;
drop function auth.probation_totals;
drop function auth.probation_due;
drop function auth.probations_on;
set local role chibo_owner;
drop function chibo.resume_probation;
drop function chibo.propose_removal;
drop function chibo.decide_probation;
drop function chibo.require_decision;
drop function chibo.extend_probation;
drop function chibo.send_probation_back;
drop function chibo.reopen_probation;
drop function chibo.submit_probation;
drop function chibo.committee_vote_on_probation;
drop function chibo.committee_vote;
drop function chibo.vote_on_probation;
drop function chibo.set_probation_paper;
drop function chibo.require_resolution;
drop function chibo.lock_probation;
drop function chibo.probation_actions;
drop function chibo.probation_papers;
drop view chibo.probation_sheet;
drop function chibo.remind_days;
drop function chibo.reminder;
drop function chibo.reminder_at;
drop trigger keep_full_on on chibo.member;
drop function chibo.keep_full_on;

commit;
