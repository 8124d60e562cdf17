-- Revert chibo:activity from pg

begin;


commit;
