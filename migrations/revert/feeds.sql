-- Revert chibo:feeds from pg

begin;

set local role chibo_owner;
drop function chibo.sync_paths;
drop function chibo.sync_page;
set local role chibo_auth;
drop function auth.sync_status;
drop function auth.sync_report;
drop function auth.sync_open;
drop function auth.sync_digests;
drop function auth.sync_entries;
drop function auth.sync_pull;
drop function auth.page_end;
drop function auth.check_cursor;
drop function auth.sync_marks;
drop function auth.sync_copy;
drop function auth.cut_page;
drop function auth.mark_bytes;
drop function auth.page_bytes;
drop function auth.keep_page;
drop function auth.sync_ids;
drop function auth.sync_state;
drop function auth.parts_bytes;
drop function auth.sync_feeds;
drop function auth.require_feed;
drop function auth.followed_feeds;
drop type auth.sync_mark;
drop type auth.sync_kind;
drop function auth.row_digest;
drop view auth.sync_row;
drop table auth.sync_entity;
set local role chibo_ledger;
drop function ledger.new_history;
drop function ledger.refresh_history;
drop function ledger.add_history;
drop function ledger.newest_history;
drop function ledger.identity;

commit;
