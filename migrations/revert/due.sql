-- Revert chibo:due from pg

begin;


commit;
