-- args:
select ledger.refresh_history() as history_id
