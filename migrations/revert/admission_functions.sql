-- Revert chibo:admission_functions from pg

begin;


commit;
