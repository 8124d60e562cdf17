-- Verify chibo:probation_functions on pg

begin;


rollback;
