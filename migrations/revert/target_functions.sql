-- Revert chibo:target_functions from pg

begin;


commit;
