-- Revert chibo:probation_functions from pg

begin;


commit;
