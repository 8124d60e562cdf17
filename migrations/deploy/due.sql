-- Deploy chibo:due to pg
-- What is due, what is overdue, by how much, and who has to act.

begin;

commit;
