-- Verify chibo:history on pg

begin;

-- fails when one is missing
select 'auth.acts_in_feed'::regproc;
select 'auth.cursor_from'::regproc;
select 'auth.cursor_of'::regproc;
select 'auth.history'::regproc;
select 'auth.position_of'::regproc;
select 'auth.require_history'::regproc;
select 'auth.story_of'::regproc;
select 'auth.subject_of'::regproc;
select 'ledger.judge_head'::regproc;
select 'ledger.verdict'::regtype;

rollback;
