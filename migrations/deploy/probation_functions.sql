-- Deploy chibo:probation_functions to pg
-- From the first day of probation to the decision.

begin;

commit;
