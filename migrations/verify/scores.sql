-- Verify chibo:scores on pg

begin;

select 1 from chibo.criteria_table where false;
select 1 from chibo.criterion where false;
select 1 from chibo.grade_band where false;
select 1 from chibo.scoring where false;
select 1 from chibo.score_sheet where false;
select 1 from chibo.score_line where false;

-- fails when one is missing
select 'auth.belongs_to'::regproc;
select 'auth.meeting_quality'::regproc;
select 'auth.period_months'::regproc;
select 'chibo.a_number'::regproc;
select 'chibo.check_criteria'::regproc;
select 'chibo.check_points'::regproc;
select 'chibo.compare_rows'::regproc;
select 'chibo.confirm_scoring'::regproc;
select 'chibo.draft_self'::regproc;
select 'chibo.grade_of'::regproc;
select 'chibo.judge'::regproc;
select 'chibo.keep_confirmed'::regproc;
select 'chibo.keep_confirmed_sheet'::regproc;
select 'chibo.keep_published'::regproc;
select 'chibo.line_rows'::regproc;
select 'chibo.lock_scoring'::regproc;
select 'chibo.points_text'::regproc;
select 'chibo.publish_criteria'::regproc;
select 'chibo.publish_scoring'::regproc;
select 'chibo.require_room_for_peer'::regproc;
select 'chibo.require_table'::regproc;
select 'chibo.require_upper'::regproc;
select 'chibo.rewrite_sheet'::regproc;
select 'chibo.score_upper'::regproc;
select 'chibo.scoring_page'::regproc;
select 'chibo.scoring_rows'::regproc;
select 'chibo.sees_points'::regproc;
select 'chibo.sees_result'::regproc;
select 'chibo.sees_sheet'::regproc;
select 'chibo.sees_words'::regproc;
select 'chibo.send_back_scoring'::regproc;
select 'chibo.sheet_rows'::regproc;
select 'chibo.sight'::regproc;
select 'chibo.submit_self'::regproc;
select 'chibo.update_self'::regproc;
select 'chibo.update_upper'::regproc;
select 'chibo.upper_class'::regproc;
select 'chibo.write_lines'::regproc;
select 1 / count(*) from chibo.transition where entity = 'score_sheet';

rollback;
