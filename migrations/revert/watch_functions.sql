-- Revert chibo:watch_functions from pg

begin;

set local role chibo_auth;
drop function auth.watch;
drop function auth.watch_places;
set local role chibo_ledger;
drop function ledger.feed_heads;

commit;
