-- Merges what a batch knows of a turn into its row: the earliest start, the first end, the latest error, the latest progress.
-- The verdict is of a row that is new.
INSERT INTO turn (run, span, turn_id, model, start_ns, last_ns, end_ns, completed, interrupted, failed, end_reason,
                  error_ns, error_class, error_reason, error_exhausted, progress_ns, attempt_ns,
                  started_ns, dirty, outcome, reason, over_ns)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18,
        ?19, ?20, ?21, ?22)
ON CONFLICT (run, span) DO UPDATE SET
    dirty = 1,
    turn_id = CASE WHEN ?18 < started_ns OR started_ns IS NULL THEN ?3 ELSE turn_id END,
    model = CASE WHEN ?18 < started_ns OR started_ns IS NULL THEN ?4 ELSE model END,
    started_ns = coalesce(min(started_ns, ?18), started_ns, ?18),
    start_ns = min(start_ns, ?5),
    last_ns = max(last_ns, ?6),
    completed = CASE WHEN ?7 < end_ns OR end_ns IS NULL THEN ?8 ELSE completed END,
    interrupted = CASE WHEN ?7 < end_ns OR end_ns IS NULL THEN ?9 ELSE interrupted END,
    failed = CASE WHEN ?7 < end_ns OR end_ns IS NULL THEN ?10 ELSE failed END,
    end_reason = CASE WHEN ?7 < end_ns OR end_ns IS NULL THEN ?11 ELSE end_reason END,
    end_ns = coalesce(min(end_ns, ?7), end_ns, ?7),
    error_class = CASE WHEN ?12 > error_ns OR error_ns IS NULL THEN ?13 ELSE error_class END,
    error_reason = CASE WHEN ?12 > error_ns OR error_ns IS NULL THEN ?14 ELSE error_reason END,
    error_exhausted = CASE WHEN ?12 > error_ns OR error_ns IS NULL THEN ?15 ELSE error_exhausted END,
    error_ns = coalesce(max(error_ns, ?12), error_ns, ?12),
    progress_ns = coalesce(max(progress_ns, ?16), progress_ns, ?16),
    attempt_ns = coalesce(max(attempt_ns, ?17), attempt_ns, ?17)
