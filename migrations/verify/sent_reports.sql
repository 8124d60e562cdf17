-- Verify chibo:sent_reports on pg

begin;

select 1 from chibo.sent_report where false;
select 1 from chibo.sent_report_cell where false;

-- fails when one is missing
select 'auth.describe_report'::regproc;
select 'auth.missing_reports'::regproc;
select 'auth.report_cells'::regproc;
select 'auth.report_differences'::regproc;
select 'auth.report_is_intact'::regproc;
select 'auth.report_page'::regproc;
select 'auth.report_rows'::regproc;
select 'auth.sees_report'::regproc;
select 'chibo.cell_text'::regproc;
select 'chibo.cells_hash'::regproc;
select 'chibo.decide_report'::regproc;
select 'chibo.keep_cells'::regproc;
select 'chibo.keep_report'::regproc;
select 'chibo.lock_report'::regproc;
select 'chibo.make_report'::regproc;
select 'chibo.period_days'::regproc;
select 'chibo.report_cells'::regproc;
select 'chibo.report_lines'::regproc;
select 'chibo.report_periods'::regproc;
select 'chibo.require_period'::regproc;
select 'chibo.send_report'::regproc;
select 1 / count(*) from chibo.transition where entity = 'sent_report';

rollback;
