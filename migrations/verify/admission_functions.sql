-- Verify chibo:admission_functions on pg

begin;


rollback;
