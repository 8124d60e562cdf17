-- Verify chibo:probation_functions on pg

begin;

select 1 from chibo.probation_sheet where false;
-- fails when one is missing
select 'auth.probation_due'::regproc;
select 'auth.probation_totals'::regproc;
select 'auth.probations_on'::regproc;
select 'chibo.committee_vote'::regproc;
select 'chibo.committee_vote_on_probation'::regproc;
select 'chibo.decide_probation'::regproc;
select 'chibo.extend_probation'::regproc;
select 'chibo.keep_full_on'::regproc;
select 'chibo.lock_probation'::regproc;
select 'chibo.probation_actions'::regproc;
select 'chibo.probation_papers'::regproc;
select 'chibo.propose_removal'::regproc;
select 'chibo.remind_days'::regproc;
select 'chibo.reminder'::regproc;
select 'chibo.reminder_at'::regproc;
select 'chibo.reopen_probation'::regproc;
select 'chibo.require_decision'::regproc;
select 'chibo.require_resolution'::regproc;
select 'chibo.resume_probation'::regproc;
select 'chibo.send_probation_back'::regproc;
select 'chibo.set_probation_paper'::regproc;
select 'chibo.submit_probation'::regproc;
select 'chibo.vote_on_probation'::regproc;

rollback;
