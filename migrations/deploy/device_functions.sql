-- Deploy chibo:device_functions to pg
-- How a computer comes to be known, and stops being so.

begin;

commit;
