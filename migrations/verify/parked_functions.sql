-- Verify chibo:parked_functions on pg

begin;


rollback;
