-- What outlives a process of the host besides its audit. Several processes write it.
CREATE TABLE requests (
    id             TEXT PRIMARY KEY,
    state          TEXT NOT NULL CHECK (state IN ('pending', 'approved', 'denied', 'expired', 'revoked', 'spent')),
    binding        TEXT NOT NULL,
    subject        TEXT NOT NULL,
    facts          TEXT NOT NULL,
    quorum         INTEGER NOT NULL CHECK (quorum > 0),
    requested      INTEGER NOT NULL,
    approve_by     INTEGER NOT NULL,
    execute_within INTEGER NOT NULL,
    approved       INTEGER,
    execute_by     INTEGER,
    ended          INTEGER,
    ended_by       TEXT,
    ended_reason   TEXT,
    CHECK ((state IN ('approved', 'spent')) <= (approved IS NOT NULL AND execute_by IS NOT NULL)),
    CHECK ((state IN ('pending', 'approved')) = (ended IS NULL))
) STRICT;

-- One call waits once.
CREATE UNIQUE INDEX requests_open ON requests (binding) WHERE state IN ('pending', 'approved');
CREATE INDEX requests_subject ON requests (subject) WHERE state = 'pending';
CREATE INDEX requests_ended ON requests (ended) WHERE ended IS NOT NULL;

-- Nobody counts twice.
CREATE TABLE votes (
    request TEXT NOT NULL REFERENCES requests (id) ON DELETE CASCADE,
    subject TEXT NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (request, subject)
) STRICT;

-- What has ended stays ended, whatever a statement says.
CREATE TRIGGER requests_ended_stay BEFORE UPDATE ON requests WHEN OLD.ended IS NOT NULL
    BEGIN SELECT RAISE(ABORT, 'a request that has ended does not change'); END;

CREATE TABLE messages (
    id       TEXT PRIMARY KEY,
    receiver TEXT NOT NULL,
    body     TEXT NOT NULL,
    written  INTEGER NOT NULL,
    due      INTEGER NOT NULL,
    tries    INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_due ON messages (receiver, due);

-- A task whose end is not known ran when its process went away, or runs in one that is here.
CREATE TABLE tasks (
    id       TEXT PRIMARY KEY,
    subject  TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    plugin   TEXT NOT NULL,
    tool     TEXT NOT NULL,
    created  INTEGER NOT NULL,
    updated  INTEGER NOT NULL,
    ended    TEXT
) STRICT;
CREATE INDEX tasks_created ON tasks (created);
