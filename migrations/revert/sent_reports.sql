-- Revert chibo:sent_reports from pg

begin;

set local role chibo_owner;
drop table chibo.sent_report_cell;
drop table chibo.sent_report;
drop type chibo.sent_report_state;
delete from chibo.transition where entity in ('sent_report');

commit;
