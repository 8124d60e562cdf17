-- Revert chibo:device_functions from pg

begin;


commit;
