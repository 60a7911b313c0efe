-- The ways to the facts of a day, which are keyed by run: runs by when they began are found by run_by_start, and those that
-- were heard of on more than one day by this. (The division rounds toward 1970, so what began before is taken in whole.)
CREATE INDEX run_over_days ON run (last_ns)
    WHERE last_ns / 86400000000000 > start_ns / 86400000000000 OR start_ns < 0;
-- From a run to those that continue it.
CREATE INDEX run_by_continues ON run (continues) WHERE continues IS NOT NULL;
