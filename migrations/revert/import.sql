-- Revert chibo:import from pg

begin;

set local role chibo_owner;
drop function chibo.import_lines;
drop function chibo.first_day;
drop function chibo.check_lines;
drop function chibo.resolve_lines;
drop type chibo.member_line;

commit;
