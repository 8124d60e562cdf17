-- Verify chibo:due on pg

begin;


rollback;
