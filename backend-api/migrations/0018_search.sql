-- Search: what tasks say, word by word, kept by the transaction that writes them.
--
-- Expand only. Triggers keep the words, so replicas of the version before keep them too. The words of what is there are written
-- here, which takes some minutes for a million tasks; writes of tasks wait meanwhile.
--
-- A prefix is found by a B-tree, which is one range of one user. Words with a typing error are looked for among the different
-- words of one user, which are few, and only when little else was found.

-- `levenshtein` is of an extension. It belongs to the schema, so that nobody else's path leads to another one.
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch SCHEMA tasks;
DO $$
BEGIN
    IF (SELECT extnamespace FROM pg_extension WHERE extname = 'fuzzystrmatch') <> 'tasks'::regnamespace THEN
        ALTER EXTENSION fuzzystrmatch SET SCHEMA tasks;
    END IF;
END
$$;

-- A text as it is compared: without case, accents and width. Each character of a script that does not separate words is a
-- word, so it gets blanks around it.
CREATE FUNCTION tasks.search_fold(said text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN CASE WHEN octet_length(said) = char_length(said) THEN lower(said COLLATE "pg_c_utf8")
       ELSE regexp_replace(
                translate(
                    replace(replace(replace(
                        regexp_replace(lower(normalize(said, NFKD) COLLATE "pg_c_utf8"), '[\u0300-\u036f\u3099\u309a]', '', 'g'),
                        'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'),
                    'ςøłđı', 'σoldi'),
                '([\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff])', ' \1 ', 'g') END;

-- The words of a text: letters and digits, at most 64 of each. `domain/words.rs` does the same for highlights, and a test
-- compares the two.
--
-- In PL/pgSQL, as the functions below: a session keeps their plans, while a function in SQL is read again by each transaction.
CREATE FUNCTION tasks.search_words(said text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT
AS $$
BEGIN
    RETURN (SELECT coalesce(array_agg(DISTINCT left(word, 64) COLLATE "C"), '{}')
              FROM unnest(regexp_split_to_array(tasks.search_fold(said) COLLATE "pg_unicode_fast", '[^[:alnum:]]+')) AS word
             WHERE word <> '');
END
$$;

-- One word of one task.
CREATE TABLE tasks.search_term (
    user_id text     NOT NULL,
    term    text     COLLATE "C" NOT NULL,
    task_id uuid     NOT NULL,
    -- 2: of the title. 1: of the description alone.
    weight  smallint NOT NULL,
    PRIMARY KEY (user_id, term, task_id) INCLUDE (weight)
);

-- One word of the name of a tag or of a project.
CREATE TABLE tasks.search_name (
    user_id text NOT NULL,
    term    text COLLATE "C" NOT NULL,
    id      uuid NOT NULL,
    kind    text NOT NULL CHECK (kind IN ('tag', 'project')),
    PRIMARY KEY (user_id, term, id)
);

-- The different words of a user, among which those with a typing error are looked for.
CREATE TABLE tasks.search_word (
    user_id text NOT NULL,
    term    text COLLATE "C" NOT NULL,
    PRIMARY KEY (user_id, term)
);

-- The service reads and writes them by the functions below alone.
ALTER TABLE tasks.search_term ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.search_term FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks.search_name ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.search_name FORCE ROW LEVEL SECURITY;
ALTER TABLE tasks.search_word ENABLE ROW LEVEL SECURITY;
ALTER TABLE tasks.search_word FORCE ROW LEVEL SECURITY;
GRANT SELECT ON tasks.search_term, tasks.search_name, tasks.search_word TO taskwire_reconciler;

-- Which tasks hold a tag. Tasks that hold one are found by it; the ids are different ones for each user.
CREATE INDEX task_tagged ON tasks.task USING gin (tags) WITH (fastupdate = off) WHERE deleted_at IS NULL AND tags <> '{}';

-- The words that a description has beside those of the title, the first thousand of them.
CREATE FUNCTION tasks.search_more_words(title_words text[], description text) RETURNS text[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
BEGIN
    RETURN (SELECT coalesce(array_agg(word), '{}')
              FROM (SELECT word FROM unnest(tasks.search_words(description)) AS word
                     WHERE word <> ALL (title_words) LIMIT 1000) AS more);
END
$$;

-- Forgets words that nothing says any more. Each is looked up by itself: an anti-join would read all words of the user.
CREATE FUNCTION tasks.forget_search_words(whose text, gone text[]) RETURNS void
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
BEGIN
    DELETE FROM tasks.search_word AS known
     WHERE known.user_id = whose AND known.term = ANY (gone)
       AND (SELECT true FROM tasks.search_term AS t WHERE t.user_id = whose AND t.term = known.term LIMIT 1) IS NULL
       AND (SELECT true FROM tasks.search_name AS n WHERE n.user_id = whose AND n.term = known.term LIMIT 1) IS NULL;
END
$$;

-- Whoever writes a user's tasks, tags and projects holds the user's lock, so two transactions never write the same word. Words
-- that should not be there yet are no reason to refuse what a user writes.
CREATE FUNCTION tasks.keep_search_terms() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    old_title text[] := '{}';
    old_more  text[] := '{}';
    new_title text[] := '{}';
    new_more  text[] := '{}';
    gone text[];
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL THEN
        old_title := tasks.search_words(OLD.title);
        IF OLD.description IS NOT NULL THEN
            old_more := tasks.search_more_words(old_title, OLD.description);
        END IF;
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        new_title := tasks.search_words(NEW.title);
        IF NEW.description IS NOT NULL THEN
            new_more := tasks.search_more_words(new_title, NEW.description);
        END IF;
    END IF;
    IF old_title <> '{}' OR old_more <> '{}' THEN
        gone := array(SELECT word FROM unnest(old_title) AS word WHERE word <> ALL (new_title)
                       UNION ALL SELECT word FROM unnest(old_more) AS word WHERE word <> ALL (new_more));
        DELETE FROM tasks.search_term WHERE user_id = OLD.user_id AND term = ANY (gone) AND task_id = OLD.id;
    END IF;
    IF new_title <> '{}' OR new_more <> '{}' THEN
        INSERT INTO tasks.search_term (user_id, term, task_id, weight)
        SELECT NEW.user_id, word, NEW.id, 2 FROM unnest(new_title) AS word WHERE word <> ALL (old_title)
         UNION ALL
        SELECT NEW.user_id, word, NEW.id, 1 FROM unnest(new_more) AS word WHERE word <> ALL (old_more)
            ON CONFLICT (user_id, term, task_id) DO UPDATE SET weight = excluded.weight;
        INSERT INTO tasks.search_word (user_id, term)
        SELECT NEW.user_id, word FROM unnest(new_title || new_more) AS word
         WHERE word <> ALL (old_title) AND word <> ALL (old_more) ON CONFLICT DO NOTHING;
    END IF;
    IF gone <> '{}' THEN
        PERFORM tasks.forget_search_words(OLD.user_id, gone);
    END IF;
    RETURN NULL;
END
$$;

-- The same for what is named: a tag or a project, as the trigger says.
CREATE FUNCTION tasks.keep_search_names() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    old_words text[] := '{}';
    new_words text[] := '{}';
BEGIN
    IF TG_OP <> 'INSERT' AND OLD.deleted_at IS NULL THEN
        old_words := tasks.search_words(OLD.name);
    END IF;
    IF TG_OP <> 'DELETE' AND NEW.deleted_at IS NULL THEN
        new_words := tasks.search_words(NEW.name);
    END IF;
    IF old_words <> '{}' THEN
        DELETE FROM tasks.search_name WHERE user_id = OLD.user_id AND term = ANY (old_words) AND id = OLD.id;
    END IF;
    IF new_words <> '{}' THEN
        INSERT INTO tasks.search_name (user_id, term, id, kind)
        SELECT NEW.user_id, word, NEW.id, TG_ARGV[0] FROM unnest(new_words) AS word ON CONFLICT DO NOTHING;
        INSERT INTO tasks.search_word (user_id, term)
        SELECT NEW.user_id, word FROM unnest(new_words) AS word ON CONFLICT DO NOTHING;
    END IF;
    IF old_words <> '{}' THEN
        PERFORM tasks.forget_search_words(OLD.user_id, old_words);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER search_terms_of_new AFTER INSERT ON tasks.task
    FOR EACH ROW EXECUTE FUNCTION tasks.keep_search_terms();
CREATE TRIGGER search_terms_of_changed AFTER UPDATE OF title, description, deleted_at ON tasks.task
    FOR EACH ROW WHEN (OLD.title IS DISTINCT FROM NEW.title OR OLD.description IS DISTINCT FROM NEW.description
                       OR (OLD.deleted_at IS NULL) <> (NEW.deleted_at IS NULL))
    EXECUTE FUNCTION tasks.keep_search_terms();
CREATE TRIGGER search_terms_of_gone AFTER DELETE ON tasks.task
    FOR EACH ROW EXECUTE FUNCTION tasks.keep_search_terms();
CREATE TRIGGER search_names_of_tags AFTER INSERT OR DELETE OR UPDATE OF name, deleted_at ON tasks.tag
    FOR EACH ROW EXECUTE FUNCTION tasks.keep_search_names('tag');
CREATE TRIGGER search_names_of_projects AFTER INSERT OR DELETE OR UPDATE OF name, deleted_at ON tasks.project
    FOR EACH ROW EXECUTE FUNCTION tasks.keep_search_names('project');

INSERT INTO tasks.search_term (user_id, term, task_id, weight)
SELECT t.user_id, word, t.id, 2 FROM tasks.task AS t, unnest(tasks.search_words(t.title)) AS word WHERE t.deleted_at IS NULL
 UNION ALL
SELECT t.user_id, word, t.id, 1
  FROM tasks.task AS t, unnest(tasks.search_more_words(tasks.search_words(t.title), t.description)) AS word
 WHERE t.deleted_at IS NULL AND t.description IS NOT NULL;
INSERT INTO tasks.search_name (user_id, term, id, kind)
SELECT t.user_id, word, t.id, 'tag' FROM tasks.tag AS t, unnest(tasks.search_words(t.name)) AS word WHERE t.deleted_at IS NULL
 UNION ALL
SELECT p.user_id, word, p.id, 'project'
  FROM tasks.project AS p, unnest(tasks.search_words(p.name)) AS word WHERE p.deleted_at IS NULL;
INSERT INTO tasks.search_word (user_id, term)
SELECT user_id, term FROM tasks.search_term UNION SELECT user_id, term FROM tasks.search_name;

-- The user's words that are like one that was typed, the likest first: one letter is another one, too many or missing, two
-- neighbours are swapped, or two letters are wrong in a long word. Those that begin like it are not among them, and nothing is
-- like a word with a digit: another number is another thing. All of one user's words of such a length are compared,
-- which takes as long as it takes, however many words others have.
CREATE FUNCTION tasks.search_alike(whose text, typed text) RETURNS SETOF text
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 5
    SET search_path = pg_catalog
AS $$
    SELECT measured.term
      FROM (SELECT known.term, tasks.levenshtein_less_equal(known.term, typed, 2) AS distance
              FROM tasks.search_word AS known
             WHERE known.user_id = whose AND char_length(typed) >= 4 AND typed !~ '[0-9]'
               AND NOT starts_with(known.term, typed)
               AND char_length(known.term) BETWEEN char_length(typed) - 2 AND char_length(typed) + 2
            OFFSET 0) AS measured
     WHERE measured.distance = 1
        OR (measured.distance = 2
            AND (char_length(typed) >= 8
                 OR EXISTS (SELECT FROM generate_series(1, char_length(typed) - 1) AS i
                             WHERE measured.term = overlay(typed PLACING reverse(substr(typed, i, 2)) FROM i FOR 2))))
     ORDER BY measured.distance, measured.term
     LIMIT 20
$$;

-- The tasks of a user that have a term of each word's ranges: of the title, of a tag's or the project's name, of the
-- description. The score is the sum of what each counts. Each range is read by itself: joined in one go, all of the user's terms
-- would be compared with each.
CREATE FUNCTION tasks.search_ranges(
    whose text, lows text[], highs text[], numbers integer[], counts integer[], every_word integer
)
    RETURNS TABLE (task_id uuid, score integer)
    LANGUAGE sql STABLE PARALLEL SAFE ROWS 50
    SET search_path = pg_catalog
AS $$
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(lows, highs, numbers, counts) AS range (low, high, n, count)
    ), named AS MATERIALIZED (
        SELECT wanted.n, wanted.count, name.id, name.kind
          FROM wanted CROSS JOIN LATERAL (
               SELECT * FROM tasks.search_name WHERE user_id = whose AND term >= wanted.low AND term < wanted.high OFFSET 0
          ) AS name
    ), hit AS (
        SELECT term.task_id, wanted.n, wanted.count * term.weight * 2 AS score
          FROM wanted CROSS JOIN LATERAL (
               SELECT * FROM tasks.search_term WHERE user_id = whose AND term >= wanted.low AND term < wanted.high OFFSET 0
          ) AS term
         UNION ALL
        SELECT task.id, named.n, named.count * 3
          FROM named JOIN tasks.task ON task.tags @> ARRAY[named.id] AND task.tags <> '{}'
         WHERE named.kind = 'tag' AND task.user_id = whose AND task.deleted_at IS NULL
         UNION ALL
        SELECT task.id, named.n, named.count * 3
          FROM named JOIN tasks.task ON task.project_id = named.id
         WHERE named.kind = 'project' AND task.user_id = whose AND task.deleted_at IS NULL
    )
    SELECT hit.task_id, sum(hit.score)::integer FROM hit GROUP BY hit.task_id
    HAVING bit_or(1 << (hit.n - 1)) = every_word
$$;

-- What the caller's tasks are found by: each has all the words, or words that begin like them; if fewer than five do, words
-- that are like them will do as well. `alike` are those, the same for each row.
--
-- The rights of its owner let it use indexes that row-level security keeps functions of a column from; it asks for the
-- caller's rows alone, and what it gives is read again under the caller's policy.
CREATE FUNCTION tasks.search(query text)
    RETURNS TABLE (task_id uuid, score integer, alike text[])
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 50
    SET search_path = pg_catalog
    SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
    whose text := outbox.caller();
    words text[] := tasks.search_words(query);
    every_word integer := (1 << cardinality(words)) - 1;
    -- What stands for the words: from one term up to, but not with, another, and what a hit counts.
    lows text[];
    highs text[];
    numbers integer[];
    counts integer[];
    likes text[];
    ids uuid[];
    scores integer[];
BEGIN
    IF words = '{}' THEN
        RETURN;
    END IF;
    -- A term has letters and digits alone: the last character of all comes after each that goes on.
    SELECT array_agg(low), array_agg(high), array_agg(n), array_agg(count) INTO lows, highs, numbers, counts
      FROM unnest(words) WITH ORDINALITY AS wanted (word, n),
           LATERAL (VALUES (word, word || '0', 4), (word || '0', word || chr(1114111), 3)) AS range (low, high, count);
    SELECT array_agg(found.task_id), array_agg(found.score) INTO ids, scores
      FROM tasks.search_ranges(whose, lows, highs, numbers, counts, every_word) AS found;
    IF coalesce(cardinality(ids), 0) < 5 THEN
        SELECT array_agg(a.term), lows || array_agg(a.term), highs || array_agg(a.term || '0'), numbers || array_agg(a.n),
               counts || array_agg(1)
          INTO likes, lows, highs, numbers, counts
          FROM (SELECT w.n::integer AS n, t.term
                  FROM unnest(words) WITH ORDINALITY AS w (word, n), tasks.search_alike(whose, w.word) AS t (term)) AS a;
        IF likes IS NOT NULL THEN
            SELECT array_agg(found.task_id), array_agg(found.score) INTO ids, scores
              FROM tasks.search_ranges(whose, lows, highs, numbers, counts, every_word) AS found;
        END IF;
    END IF;
    RETURN QUERY SELECT found.id, found.score, likes FROM unnest(ids, scores) AS found (id, score);
END
$$;

REVOKE ALL ON FUNCTION tasks.search(text), tasks.search_ranges(text, text[], text[], integer[], integer[], integer),
                       tasks.search_alike(text, text), tasks.search_fold(text), tasks.search_words(text),
                       tasks.search_more_words(text[], text),
                       tasks.forget_search_words(text, text[]), tasks.keep_search_terms(), tasks.keep_search_names() FROM PUBLIC;
GRANT EXECUTE ON FUNCTION tasks.search(text) TO taskwire_backend_api;
