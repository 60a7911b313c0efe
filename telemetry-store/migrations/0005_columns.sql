-- The ways to the facts of a day, which are keyed by run: runs by when they began are found by run_by_start, and those that
-- were heard of on more than one day by this. (The division rounds toward 1970, so what began before is taken in whole.)
CREATE INDEX run_over_days ON run (last_ns)
    WHERE last_ns / 86400000000000 > start_ns / 86400000000000 OR start_ns < 0;
-- From a run to those that continue it.
CREATE INDEX run_by_continues ON run (continues) WHERE continues IS NOT NULL;

-- The days that have facts, with the kinds of facts (a bit each) whose columns are not what the rows say any more.
CREATE TABLE fact_day (
    day   INTEGER PRIMARY KEY,
    stale INTEGER NOT NULL
) STRICT;
-- Facts by column, made from the other tables (columns/keep.rs): the day, the kind and the column are one number.
CREATE TABLE fact_column (
    id    INTEGER PRIMARY KEY,
    -- Of a kind of a day alone: the form of its columns, and how many facts there are.
    form  INTEGER,
    facts INTEGER,
    data  BLOB
) STRICT;
-- How far the days of the facts that were read have been marked as stale: less than `offset` when a program did that does
-- not know of columns.
ALTER TABLE log_file ADD COLUMN marked INTEGER;
