-- One row per transaction: each account gets credits, then they are used up by reservations.
insert into credit_transaction (
    transaction_id,
    account_id,
    account_sequence,
    type,
    kind,
    amount,
    balance_after,
    reservation_id,
    created_at
)
select
    'txn_' || printf('%014x', 1767225600000000 + number * 1000) || '0000000000' as transaction_id,
    'acc_' || substring(md5('filled ' || number % $accounts), 1, 20) as account_id,
    number // $accounts + 1 as account_sequence,
    case when number // $accounts % 2 = 0 then 'credit' else 'debit' end as type,
    case when number // $accounts % 2 = 0 then 'add' else 'confirm' end as kind,
    1 as amount,
    case when number // $accounts % 2 = 0 then 1 else 0 end as balance_after,
    case
        when number // $accounts % 2 = 1
            then 'res_' || printf('%014x', 1767225600000000 + number * 1000 - 500) || '0000000000'
    end as reservation_id,
    make_timestamp(1767225600000000 + number * 1000) as created_at
from range($transactions) as numbers(number)
order by number
