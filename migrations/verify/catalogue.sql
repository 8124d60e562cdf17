-- Verify chibo:catalogue on pg

begin;

select 1 from chibo.unit_kind where false;
select 1 from chibo.sector where false;
select 1 from chibo.scheme where false;
select 1 from chibo.scheme_line where false;
select 1 from chibo.rule_param where false;

-- fails when one is missing
select 'chibo.rule_number'::regproc;

rollback;
