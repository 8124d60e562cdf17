-- Revert chibo:feeds from pg

begin;


commit;
