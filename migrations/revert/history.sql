-- Revert chibo:history from pg

begin;

set local role chibo_ledger;
drop function ledger.judge_head;
drop type ledger.verdict;

set local role chibo_auth;
drop function auth.acts_in_feed;
drop function auth.history;
drop function auth.cursor_from;
drop function auth.cursor_of;
drop function auth.story_of;
drop function auth.require_history;
drop function auth.subject_of;
drop function auth.position_of;

commit;
