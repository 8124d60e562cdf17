-- Revert chibo:members from pg

begin;

set local role chibo_owner;
drop table chibo.membership, chibo.member;

commit;
