-- Writes events so that their ids ascend in the given order. A function, so that a statement which writes something else can
-- write its events as well, in the same round trip. It has the caller's rights: who may not insert may not do it this way.
CREATE FUNCTION outbox.enqueue(
    topics text[], keys text[], event_ids uuid[], kinds text[], sources text[], fingerprints bytea[], bodies bytea[],
    times timestamptz[], traces text[]
) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    INSERT INTO outbox.message (topic, key, event_id, kind, source, fingerprint, body, occurred_at, traceparent)
    SELECT topic, key, event_id, kind, source, fingerprint, body, occurred_at, traceparent
      FROM unnest(topics, keys, event_ids, kinds, sources, fingerprints, bodies, times, traces)
           WITH ORDINALITY AS e(topic, key, event_id, kind, source, fingerprint, body, occurred_at, traceparent, place)
     ORDER BY place;
END
$$;
