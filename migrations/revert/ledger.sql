-- Revert chibo:ledger from pg

begin;

-- with the triggers that other tables have from here
set local role chibo_ledger;
drop function ledger.touch() cascade;
drop function ledger.unit_of;
drop function ledger.line;
drop procedure ledger.watch;
drop function ledger.roll_back;
drop function ledger.publish;
drop function ledger.field;
drop function ledger.mark;
drop function ledger.append;
drop table ledger.record, ledger.entry, ledger.feed_head, ledger.op;
drop type ledger.kind;
drop function ledger.refuse_change;
revoke usage on schema ledger from chibo_verify;

commit;
