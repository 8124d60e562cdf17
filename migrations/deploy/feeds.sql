-- Deploy chibo:feeds to pg
-- What a ward copies and pulls, and how both sides prove that they hold the same.

begin;

commit;
