-- Revert chibo:catalogue from pg

begin;

set local role chibo_owner;
drop function chibo.rule_number;
drop table chibo.rule_param, chibo.scheme_line, chibo.scheme, chibo.sector, chibo.unit_kind;

commit;
