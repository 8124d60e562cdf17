-- Verify chibo:device_functions on pg

begin;


rollback;
