-- Revert chibo:posts from pg

begin;

set local role chibo_auth;
drop function auth.post_figures;
drop function auth.post_pairs;
drop function auth.posts_on;
drop function auth.post_page;
drop function auth.post_rows;
drop function auth.describe_post;
drop type auth.post_row;
drop function auth.holds_another;
drop function auth.is_member_on;
set local role chibo_owner;
drop function chibo.held_too_long;
drop function chibo.end_post;
drop function chibo.release_post;
drop function chibo.hold_post;
drop function chibo.holder_name;
drop function chibo.lock_post;
drop function chibo.create_post;
drop function chibo.days_from;
drop table chibo.post_holding;
drop table chibo.post;
drop type chibo.holding_mode;

commit;
