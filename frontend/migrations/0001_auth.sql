-- The schema `auth`: who people are, and their sessions. One writer, the front end; no service reads it, they know people by
-- the subject of a token alone. The tables and columns are those of Better Auth (a test compares them with what it wants),
-- but for `attempt`, which is ours.

-- Roles are cluster-wide: it may exist already, or be created by a concurrent migration of another database.
-- `taskctl migrate` sets the password.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'taskwire_frontend') THEN
        CREATE ROLE taskwire_frontend LOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

CREATE SCHEMA IF NOT EXISTS auth;

CREATE TABLE auth."user" (
    -- The subject of this person's tokens, and so the `user_id` of everything that the services keep.
    id             uuid        PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    name           text        NOT NULL,
    -- In lower case.
    email          text        NOT NULL UNIQUE,
    email_verified boolean     NOT NULL,
    image          text,
    created_at     timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at     timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);

-- A row is a browser that is signed in. Without it no new token is given to that browser.
CREATE TABLE auth.session (
    -- The `sid` of the tokens that this session gets.
    id         uuid        PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    expires_at timestamptz NOT NULL,
    -- The cookie holds it with a signature by the front end's secret: the row alone is not enough to forge one.
    token      text        NOT NULL UNIQUE,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL,
    ip_address text,
    user_agent text,
    user_id    uuid        NOT NULL REFERENCES auth."user" (id) ON DELETE CASCADE
);
CREATE INDEX session_user_id_idx ON auth.session (user_id);
-- Serves the removal of those that have ended.
CREATE INDEX session_expires_at_idx ON auth.session (expires_at);

-- A way to sign in: the password (provider `credential`), or an account at Google or GitHub.
CREATE TABLE auth.account (
    id                       uuid        PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    account_id               text        NOT NULL,
    provider_id              text        NOT NULL,
    user_id                  uuid        NOT NULL REFERENCES auth."user" (id) ON DELETE CASCADE,
    -- The provider's tokens, encrypted by the front end's secret.
    access_token             text,
    refresh_token            text,
    id_token                 text,
    access_token_expires_at  timestamptz,
    refresh_token_expires_at timestamptz,
    scope                    text,
    -- scrypt, with its salt.
    password                 text,
    created_at               timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at               timestamptz NOT NULL
);
CREATE INDEX account_user_id_idx ON auth.account (user_id);

-- What a link in a mail, or the way back from a provider, is checked against. Used once, gone after its time.
CREATE TABLE auth.verification (
    id         uuid        PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    identifier text        NOT NULL,
    value      text        NOT NULL,
    expires_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE INDEX verification_identifier_idx ON auth.verification (identifier);

-- The keys that tokens are signed with; the public halves are what /api/auth/jwks shows.
CREATE TABLE auth.jwks (
    -- The `kid`.
    id          uuid        PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    public_key  text        NOT NULL,
    -- Encrypted by the front end's secret.
    private_key text        NOT NULL,
    created_at  timestamptz NOT NULL,
    expires_at  timestamptz,
    alg         text,
    crv         text
);

-- Limits per network address and path.
CREATE TABLE auth.rate_limit (
    id           uuid    PRIMARY KEY DEFAULT pg_catalog.gen_random_uuid(),
    key          text    NOT NULL UNIQUE,
    count        integer NOT NULL,
    -- Milliseconds since 1970.
    last_request bigint  NOT NULL
);

-- Limits per account, for an attacker with many addresses. Kept for addresses that have no account too, so that a refusal
-- does not tell which have one; and hence by a keyed hash, as they are no business of ours.
CREATE TABLE auth.attempt (
    kind          text        NOT NULL CHECK (kind IN ('sign-in', 'mail')),
    -- HMAC-SHA-256 of the e-mail address in lower case.
    account       bytea       NOT NULL CHECK (octet_length(account) = 32),
    -- Since the last success, or since a day without any.
    count         integer     NOT NULL CHECK (count > 0),
    last_at       timestamptz NOT NULL,
    blocked_until timestamptz NOT NULL,
    PRIMARY KEY (kind, account)
);
-- Serves the removal of those of long ago.
CREATE INDEX attempt_last_at_idx ON auth.attempt (last_at);

GRANT USAGE ON SCHEMA auth TO taskwire_frontend;
GRANT SELECT, INSERT, UPDATE, DELETE ON auth."user", auth.session, auth.account, auth.verification, auth.jwks,
    auth.rate_limit, auth.attempt TO taskwire_frontend;
