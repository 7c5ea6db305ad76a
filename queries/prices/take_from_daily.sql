-- One row per roll-up cell: what leaves it.
insert into usage_daily_delta (
    local_day,
    context,
    account_id,
    usage_type,
    provider,
    model,
    variant,
    price_id,
    record_count,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    billed_audio_milliseconds,
    cost_usd
)
with cell as (
    select
        local_day,
        context,
        account_id,
        usage_type,
        old_provider as provider,
        old_model as model,
        variant,
        null as price_id,
        -count(*) as record_count,
{% for meter in meters %}
        -sum({{ meter.name }}) as {{ meter.name }},
{% endfor %}
        -sum(audio_milliseconds) as billed_audio_milliseconds
    from changed
    group by
        local_day,
        context,
        account_id,
        usage_type,
        old_provider,
        old_model,
        variant
)

select
    usage.local_day,
    usage.context,
    usage.account_id,
    usage.usage_type,
    usage.provider,
    usage.model,
    usage.variant,
    usage.price_id,
    usage.record_count,
{% for meter in meters %}
    usage.{{ meter.name }},
{% endfor %}
    usage.billed_audio_milliseconds,
    cast(
{% for meter in meters %}
        {{ "+ " if not loop.first }}usage.{{ meter.billed }} * rate.{{ meter.name }}
{% endfor %}
        as decimal(38, 18)
    ) as cost_usd
from cell as usage
left join marginal_rate as rate on usage.price_id = rate.price_id
