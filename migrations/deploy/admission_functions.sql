-- Deploy chibo:admission_functions to pg
-- What is done with the file of an admission, from opening it to the ceremony.

begin;

commit;
