-- Revert chibo:parked_functions from pg

begin;


commit;
