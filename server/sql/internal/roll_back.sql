-- args:
select from ledger.roll_back()
