-- Verify chibo:feeds on pg

begin;

select 1 from auth.sync_entity where false;
select 1 from auth.sync_row where false;

-- fails when one is missing
select 'auth.check_cursor'::regproc;
select 'auth.cut_page'::regproc;
select 'auth.followed_feeds'::regproc;
select 'auth.keep_page'::regproc;
select 'auth.mark_bytes'::regproc;
select 'auth.page_bytes'::regproc;
select 'auth.page_end'::regproc;
select 'auth.parts_bytes'::regproc;
select 'auth.require_feed'::regproc;
select 'auth.row_digest'::regproc;
select 'auth.sync_copy'::regproc;
select 'auth.sync_digests'::regproc;
select 'auth.sync_entries'::regproc;
select 'auth.sync_feeds'::regproc;
select 'auth.sync_ids'::regproc;
select 'auth.sync_marks'::regproc;
select 'auth.sync_open'::regproc;
select 'auth.sync_pull'::regproc;
select 'auth.sync_report'::regproc;
select 'auth.sync_state'::regproc;
select 'auth.sync_status'::regproc;
select 'chibo.sync_page'::regproc;
select 'chibo.sync_paths'::regproc;
select 'ledger.add_history'::regproc;
select 'ledger.identity'::regproc;
select 'ledger.new_history'::regproc;
select 'ledger.newest_history'::regproc;
select 'ledger.refresh_history'::regproc;

rollback;
