-- Revert chibo:scores from pg

begin;

set local role chibo_owner;
drop table chibo.score_line;
drop table chibo.score_sheet;
drop table chibo.scoring;
drop type chibo.sheet_state;
drop type chibo.scoring_state;
drop table chibo.grade_band;
drop table chibo.criterion;
drop table chibo.criteria_table;
delete from chibo.transition where entity in ('score_sheet', 'scoring');

commit;
