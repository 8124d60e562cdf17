-- Revert chibo:votes from pg

begin;

set local role chibo_owner;
drop table chibo.vote_option;
drop table chibo.vote_item;
drop type chibo.vote_purpose;
drop type chibo.vote_method;

commit;
