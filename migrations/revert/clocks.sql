-- Revert chibo:clocks from pg

begin;

set local role chibo_owner;
drop function chibo.require_vote_subject;
drop trigger end_probation on chibo.member;
drop trigger begin_probation_of_guest on chibo.member;
drop trigger begin_probation on chibo.member;
drop function chibo.recount_clocks;
drop function chibo.extend_clock;
drop function chibo.stop_clock;
drop function chibo.start_clock;
drop function chibo.rule_on;
drop function chibo.day_after;
drop table chibo.clock;
drop table chibo.clock_kind;
drop function chibo.end_probation;
drop function chibo.begin_probation;
drop type chibo.clock_actor;

commit;
