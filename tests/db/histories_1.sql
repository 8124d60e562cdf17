-- Five thousand random histories.
\set seed 0.1930
\ir histories.psql
