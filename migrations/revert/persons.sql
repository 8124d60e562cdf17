-- Revert chibo:persons from pg

begin;

set local role chibo_owner;
drop table chibo.person;

commit;
