-- Verify chibo:feeds on pg

begin;


rollback;
