-- Revert chibo:posts from pg

begin;

set local role chibo_owner;
drop table chibo.post_holding;
drop table chibo.post;
drop type chibo.holding_mode;

commit;
