-- One row per issued document whose number does not follow the one before it, in its series or in
-- the chain of all documents.
with numbered as (
    select
        number,
        series,
        series_position,
        chain_position,
        issue_date,
        row_number() over (partition by series order by series_position) as series_row,
        row_number() over (order by chain_position) as chain_row,
        max(issue_date) over (
            partition by series
            order by series_position
            rows between unbounded preceding and current row
        ) as latest_date
    from invoice
)

select
    number,
    series_position,
    chain_position,
    issue_date
from numbered
where
    series_position <> series_row
    or chain_position <> chain_row
    or issue_date <> latest_date
    or not starts_with(number, series)
