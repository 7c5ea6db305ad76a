-- One row per issued document: invoice or credit note. It never changes.
-- purpose is month (usage of a month), void or credit (they refer to a document).
-- chain_sha256 is that of the previous one, the number and the SHA-256 of content and faces.
create table invoice (
    number varchar not null primary key,
    chain_position bigint not null,
    series varchar not null,
    series_position bigint not null,
    kind varchar not null,
    purpose varchar not null,
    account_id varchar not null,
    month date not null,
    issue_date date not null,
    due_date date,
    currency varchar not null,
    subtotal decimal(38, 3) not null,
    tax decimal(38, 3) not null,
    total decimal(38, 3) not null,
    refers_to varchar,
    reason varchar,
    content varchar not null,
    sha256 varchar not null,
    previous_sha256 varchar not null,
    chain_sha256 varchar not null,
    versions varchar not null,
    issued_at timestamp not null
)
