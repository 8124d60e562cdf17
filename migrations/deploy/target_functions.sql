-- Deploy chibo:target_functions to pg
-- Targets from level to level, and progress against them (R08).

begin;

commit;
