-- Verify chibo:sent_reports on pg

begin;

select 1 from chibo.sent_report where false;
select 1 from chibo.sent_report_cell where false;
select 1 / count(*) from chibo.transition where entity = 'sent_report';

rollback;
