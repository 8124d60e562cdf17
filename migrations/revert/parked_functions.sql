-- Revert chibo:parked_functions from pg

begin;

set local role chibo_auth;
drop function auth.resolve_parked;
drop function auth.is_accepted;
drop function auth.mark_parked_read;
drop function auth.parked_body;
drop function auth.parked_operation;
drop function auth.parked_operations;
drop function auth.tell_parked;
drop function auth.parked_pos;
set local role chibo_ledger;
revoke select, update (state, version, resolved_at, resolved_by, resent_id, note) on ledger.parked from chibo_auth;
revoke select on ledger.op from chibo_auth;
drop function ledger.reseal_bodies;
drop function ledger.stale_bodies_left;
drop function ledger.stale_bodies;
drop function ledger.quarantine;
drop function ledger.park;
drop function ledger.keep;
drop function ledger.recall_parked;
drop type ledger.verdict_of_parked;
drop function ledger.replay;
drop function ledger.claim;
drop function ledger.require_writable;
drop function ledger.take;
drop function ledger.pass_over;
drop function ledger.advance;
drop function ledger.require_next;
drop function ledger.hold_device;
drop function ledger.link;
drop index ledger.parked_by_key;
set local role chibo_auth;
revoke update (state, version, reason) on auth.device from chibo_ledger;
revoke select on auth.method from chibo_ledger;
revoke execute on function auth.require_no_session from chibo_ledger;
set local role chibo_owner;
revoke execute on function chibo.seal_key from chibo_ledger;

commit;
