-- What reports add to the rollups, as the commit that kept them noted it: whoever settles adds up many notes at once.
CREATE TABLE uncounted (
    seq     INTEGER PRIMARY KEY AUTOINCREMENT,
    reports INTEGER NOT NULL,
    cells   TEXT NOT NULL
) STRICT;
