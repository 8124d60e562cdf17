-- Verify chibo:catalogue on pg
select 1;
