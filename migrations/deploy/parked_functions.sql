-- Deploy chibo:parked_functions to pg
-- The chain of a device, and what happens to its refused operations.

begin;

commit;
