-- Revert chibo:clocks from pg

begin;

set local role chibo_owner;
drop function chibo.require_vote_subject;
drop trigger end_probation on chibo.member;
drop trigger begin_probation_of_guest on chibo.member;
drop trigger begin_probation on chibo.member;
drop function chibo.create_rule;
drop function chibo.rule_unit_fits;
drop function chibo.rule_fits;
drop function chibo.set_day;
drop function chibo.require_root;
drop function chibo.recount_clocks;
drop function chibo.clock_due;
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
