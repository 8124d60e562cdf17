-- Verify chibo:activity on pg

begin;


rollback;
