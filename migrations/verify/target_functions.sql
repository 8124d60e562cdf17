-- Verify chibo:target_functions on pg

begin;


rollback;
