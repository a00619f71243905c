-- Search: words are written without asking whether they are there.
--
-- Expand only: the triggers keep the same words, so both versions of the service read them. A word of a task is written where
-- it was not kept before, and taken out where it was. Asked to do nothing about one that is there all the same, Postgres looks
-- it up, locks it and writes a record more: 40 of some 250 µs that a creation's words cost. Now the primary key refuses it.

-- Those of a new task: it has none yet.
CREATE FUNCTION tasks.keep_search_terms_of_new() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    title text[];
    more  text[] := '{}';
BEGIN
    IF NEW.deleted_at IS NOT NULL THEN
        RETURN NULL;
    END IF;
    title := tasks.search_words(NEW.title);
    IF NEW.description IS NOT NULL THEN
        more := tasks.search_more_words(title, NEW.description);
    END IF;
    INSERT INTO tasks.search_term (user_id, term, task_id, weight)
    SELECT NEW.user_id, word, NEW.id, CASE WHEN place <= cardinality(title) THEN 2 ELSE 1 END
      FROM unnest(title || more) WITH ORDINALITY AS said (word, place);
    INSERT INTO tasks.search_word (user_id, term)
    SELECT NEW.user_id, word FROM unnest(title || more) AS word ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

-- Those of a task that changed or is gone: what it says no more goes first, so a word that moved from the title to the
-- description is written once.
CREATE OR REPLACE FUNCTION tasks.keep_search_terms() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER
    SET search_path = pg_catalog
AS $$
DECLARE
    old_title text[] := '{}';
    old_more  text[] := '{}';
    new_title text[] := '{}';
    new_more  text[] := '{}';
    gone      text[];
    more      text[];
BEGIN
    IF OLD.deleted_at IS NULL THEN
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
    gone := array(SELECT word FROM unnest(old_title) AS word WHERE word <> ALL (new_title)
                   UNION ALL SELECT word FROM unnest(old_more) AS word WHERE word <> ALL (new_more));
    IF gone <> '{}' THEN
        DELETE FROM tasks.search_term WHERE user_id = OLD.user_id AND term = ANY (gone) AND task_id = OLD.id;
    END IF;
    more := array(SELECT word FROM unnest(new_title) AS word WHERE word <> ALL (old_title)
                   UNION ALL SELECT word FROM unnest(new_more) AS word WHERE word <> ALL (old_more));
    IF more <> '{}' THEN
        INSERT INTO tasks.search_term (user_id, term, task_id, weight)
        SELECT NEW.user_id, word, NEW.id, CASE WHEN word = ANY (new_title) THEN 2 ELSE 1 END FROM unnest(more) AS word;
        INSERT INTO tasks.search_word (user_id, term)
        SELECT NEW.user_id, word FROM unnest(more) AS word ON CONFLICT DO NOTHING;
    END IF;
    gone := array(SELECT word FROM unnest(gone) AS word WHERE word <> ALL (more));
    IF gone <> '{}' THEN
        PERFORM tasks.forget_search_words(OLD.user_id, gone);
    END IF;
    RETURN NULL;
END
$$;

DROP TRIGGER search_terms_of_new ON tasks.task;
CREATE TRIGGER search_terms_of_new AFTER INSERT ON tasks.task
    FOR EACH ROW EXECUTE FUNCTION tasks.keep_search_terms_of_new();

REVOKE ALL ON FUNCTION tasks.keep_search_terms_of_new() FROM PUBLIC;
