-- Revert chibo:votes from pg

begin;

set local role chibo_owner;
drop function chibo.vote_options;
drop function chibo.vote_rows;
drop function chibo.require_options;
drop function chibo.require_round;
drop function chibo.compare_roll;
drop function chibo.require_in_session;
drop function chibo.ratio_on;
drop function chibo.least_number;
drop function chibo.vote_rule_key;
drop function chibo.roll_at;
drop table chibo.vote_option;
drop table chibo.vote_item;
drop function chibo.keep_vote;
drop type chibo.vote_purpose;
drop type chibo.vote_method;

commit;
