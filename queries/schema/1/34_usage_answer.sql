-- One row per usage record whose usage was not known, and that the book's owner has answered: the
-- counts that are not zero, as a JSON object. The record's identity stays that of what was sent.
create table usage_answer (
    record_id varchar primary key,
    answered_at timestamp not null,
    meters varchar not null
)
