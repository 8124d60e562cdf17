-- Verify chibo:target_functions on pg

begin;

select 1 from chibo.target_sheet where false;
-- fails when one is missing
select 'auth.heirs'::regproc;
select 'auth.metric_actual'::regproc;
select 'auth.metric_credits'::regproc;
select 'auth.metric_events'::regproc;
select 'auth.progress_lines'::regproc;
select 'auth.quiet_branches'::regproc;
select 'auth.ratio_text'::regproc;
select 'auth.target_on'::regproc;
select 'auth.target_progress'::regproc;
select 'auth.term_on'::regproc;
select 'chibo.adjust_target'::regproc;
select 'chibo.agree_target'::regproc;
select 'chibo.cascade_target'::regproc;
select 'chibo.close_target'::regproc;
select 'chibo.create_term'::regproc;
select 'chibo.days_of_target'::regproc;
select 'chibo.issue_target'::regproc;
select 'chibo.lock_target'::regproc;
select 'chibo.months_begun'::regproc;
select 'chibo.pace_of'::regproc;
select 'chibo.part_of_year'::regproc;
select 'chibo.propose_share'::regproc;
select 'chibo.propose_target'::regproc;
select 'chibo.require_from_above'::regproc;
select 'chibo.require_not_proposer'::regproc;
select 'chibo.require_parent_target'::regproc;
select 'chibo.send_back_target'::regproc;
select 'chibo.shares_of_target'::regproc;
select 'chibo.target_actions'::regproc;
select 'chibo.unit_below'::regproc;
select 'chibo.versions_of_target'::regproc;

rollback;
