-- Revert chibo:sent_reports from pg

begin;

set local role chibo_auth;
drop function auth.report_differences;
drop function auth.missing_reports;
drop function auth.report_page;
drop function auth.report_is_intact;
drop function auth.report_cells;
drop function auth.report_rows;
drop function auth.describe_report;
drop type auth.report_row;
drop function auth.sees_report;
set local role chibo_owner;
drop function chibo.decide_report;
drop function chibo.send_report;
drop function chibo.lock_report;
drop function chibo.make_report;
drop function chibo.cell_text;
drop function chibo.cells_hash;
drop function chibo.report_cells;
drop function chibo.report_lines;
drop function chibo.report_periods;
drop function chibo.require_period;
drop function chibo.period_days;
drop table chibo.sent_report_cell;
drop table chibo.sent_report;
drop function chibo.keep_cells;
drop function chibo.keep_report;
drop type chibo.sent_report_state;
delete from chibo.transition where entity in ('sent_report');

commit;
