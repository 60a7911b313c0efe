-- Version 2. A commit that keeps reports notes what they add to the rollups, and whoever settles adds up many notes at once.
CREATE TABLE uncounted (
    seq     bigserial PRIMARY KEY,
    -- How many reports it is of.
    reports bigint NOT NULL,
    -- What they add to the rollups.
    cells   text NOT NULL
);
-- It is filled and emptied all the time, and what is in it for a second is not worth to be compressed.
ALTER TABLE uncounted SET (autovacuum_vacuum_scale_factor = 0.0, autovacuum_vacuum_threshold = 1000,
                           toast.autovacuum_vacuum_scale_factor = 0.0, toast.autovacuum_vacuum_threshold = 5000);
ALTER TABLE uncounted ALTER cells SET STORAGE EXTERNAL;
