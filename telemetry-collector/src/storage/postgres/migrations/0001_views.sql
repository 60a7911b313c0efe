-- For people and boards.

-- What stands for the latencies in a bucket, in milliseconds: at most 1 % from any of them.
CREATE FUNCTION bucket_ms(bucket smallint) RETURNS double precision
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN CASE WHEN bucket = 0 THEN 0.001::double precision
                ELSE 1e-3::double precision * 2 * power(1.02::double precision, bucket) / 2.02::double precision END;

-- The line of an event as JSON. A NUL in a text, which jsonb cannot hold, shows as the replacement character.
CREATE FUNCTION as_json(line text) RETURNS jsonb
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE RETURN replace(line, '\u0000', '\ufffd')::jsonb;

CREATE VIEW model_calls AS
SELECT to_timestamp(ts_ns / 1e9::double precision)          AS at,
       ts_ns,
       host,
       run,
       json ->> 'turn'                                      AS turn,
       json ->> 'call'                                      AS call,
       json ->> 'provider'                                  AS provider,
       json ->> 'model'                                     AS model,
       json ->> 'response_model'                            AS response_model,
       json ->> 'finish_reason'                             AS finish_reason,
       (json ->> 'retries')::bigint                         AS retries,
       (json ->> 'messages')::bigint                        AS messages,
       (json ->> 'latency_ns')::double precision / 1e6      AS latency_ms,
       (json ->> 'attempt_ns')::double precision / 1e6      AS attempt_ms,
       (json ->> 'ttft_ns')::double precision / 1e6         AS ttft_ms,
       (json #>> '{usage,input_tokens}')::numeric           AS input_tokens,
       (json #>> '{usage,output_tokens}')::numeric          AS output_tokens,
       (json #>> '{usage,cache_read_tokens}')::numeric      AS cache_read_tokens,
       (json #>> '{usage,cache_write_tokens}')::numeric     AS cache_write_tokens,
       (json #>> '{usage,reasoning_tokens}')::numeric       AS reasoning_tokens,
       (json #>> '{billing,reported_nanos}')::bigint        AS reported_nanos
FROM events CROSS JOIN LATERAL (SELECT as_json(line) AS json OFFSET 0) AS read
WHERE kind = 'model_call';

CREATE VIEW tool_calls AS
SELECT to_timestamp(ts_ns / 1e9::double precision)          AS at,
       ts_ns,
       host,
       run,
       json ->> 'turn'                                      AS turn,
       json ->> 'call'                                      AS call,
       json ->> 'span'                                      AS span,
       json ->> 'tool'                                      AS tool,
       json ->> 'toolset'                                   AS toolset,
       json ->> 'status'                                    AS status,
       json ->> 'error_type'                                AS error_type,
       (json ->> 'duration_ns')::double precision / 1e6     AS duration_ms
FROM events CROSS JOIN LATERAL (SELECT as_json(line) AS json OFFSET 0) AS read
WHERE kind = 'tool_call';
