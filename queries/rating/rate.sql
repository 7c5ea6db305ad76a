-- One row per unrated record with its model, its price or the reason why it has none, what is
-- billed of it and what it costs. An ordinary range join: price rows never overlap, so a record
-- finds one row at most.
with marginal as (
    {{ marginals(meters) }}
),

highest as (
    select
        price_id,
        any_value(divisor) as divisor,
{% for meter in totals %}
        max(rate) filter (
            meter in (
{% for part in meters if part.total == meter.name %}
                '{{ part.name }}'{{ "," if not loop.last }}
{% endfor %}
            )
        ) as {{ meter.name }},
{% endfor %}
{% for meter in meters %}
        bool_or(meter = '{{ meter.name }}') as has_{{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
    from unit_rate
    group by price_id
),

rate_summary as (
    select
        price.price_id,
        price.provider,
        price.model,
        price.variant,
        price.effective_from,
        price.effective_to,
        price.input_tokens_from,
        price.input_tokens_to,
        price.window_days,
        price.window_start_second,
        price.window_end_second,
        price.window_zone,
        price.minimum_audio_milliseconds,
        price.is_free,
        coalesce(highest.divisor, 1) as divisor,
{% for meter in totals %}
        coalesce(highest.{{ meter.name }}, 0) as highest_{{ meter.name }},
{% endfor %}
{% for meter in meters %}
        coalesce(highest.has_{{ meter.name }}, false) as has_{{ meter.name }},
        coalesce(marginal.{{ meter.name }}, 0) as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
    from price
    left join highest on price.price_id = highest.price_id
    left join marginal on price.price_id = marginal.price_id
    where price.known_to = timestamp '9999-12-31'
),

named as (
    select
        unrated.*,
        name.provider,
        coalesce(name.model, unrated.model_as_sent) as model,
        name.price_provider,
        name.price_model,
        name.price_variant,
        coalesce(name.how, 'unknown') as how
    from unrated
    left join resolved_name as name
        on
            coalesce(unrated.provider_as_sent, '') = name.provider_as_sent
            and unrated.model_as_sent = name.model_as_sent
            and unrated.variant = name.variant
            and unrated.occurred_at >= name.valid_from
            and unrated.occurred_at < name.valid_to
),

matched as (
    select
        named.*,
        rate,
        case
            when named.other_meters is not null then {{ unknown_meters("named.") | indent(8) }}
        end as unknown,
        case
            when named.audio_milliseconds > 0 and rate.price_id is not null
                then greatest(named.audio_milliseconds, rate.minimum_audio_milliseconds)
            else named.audio_milliseconds
        end as billed_audio_milliseconds
    from named
    cross join {{ ignored_meters() }}
    left join rate_summary as rate
        on
            named.price_provider = rate.provider
            and named.price_model = rate.model
            and named.price_variant = rate.variant
            and named.occurred_at >= rate.effective_from
            and named.occurred_at < rate.effective_to
            and named.input_tokens >= rate.input_tokens_from
            and named.input_tokens < rate.input_tokens_to
            and {{ is_in_window("named.occurred_at", "rate.") }}
),

judged as (
    select
        *,
        case
            when how = 'ambiguous' then 'ambiguous_model'
            when how = 'unknown' then 'unknown_model'
            when rate.price_id is null and price_variant <> '' then 'no_price_for_variant'
            when rate.price_id is null then 'no_price'
            when rate.is_free then null
            when
                cast(
{% for meter in totals %}
                    {{ "+ " if not loop.first }}{{ meter.name }} * rate.highest_{{ meter.name }}
{% endfor %}
                    as decimal(38, 18)
                ) > 1000000000 * rate.divisor
                then 'too_large'
            when list_contains(unknown, 'total_mismatch')
                then 'total_mismatch: '
                || regexp_extract(other_meters, '"total_mismatch":([0-9]+)', 1)
            when
                list_contains(unknown, 'usage_unknown')
                and (
                    $usage_unknown = 'hold'
                    -- What is not known at all cannot be estimated.
                    or $usage_unknown = 'estimate'
{% for meter in totals if meter.name != "requests" %}
                    and {{ meter.name }} = 0
{% endfor %}
                )
                then 'usage_unknown'
            when len(list_filter(unknown, lambda each: each <> 'usage_unknown')) > 0
                then 'other_meters: '
                || array_to_string(
                    list_filter(unknown, lambda each: each <> 'usage_unknown'), ', '
                )
{% for meter in totals if meter.name != "requests" %}
            when {{ meter.name }} > 0 and not rate.has_{{ meter.name }}
                then 'no_rate: {{ meter.name }}'
{% endfor %}
{% for meter in meters if meter.needs_rate %}
            when {{ meter.name }} > 0 and not rate.has_{{ meter.name }}
                then 'no_rate: {{ meter.name }}'
{% endfor %}
{% for meter in meters if meter.is_overlap %}
            when
                {{ meter.name }} > 0
                and not rate.has_{{ meter.name }}
{% for whole in meter.part_of %}
                and rate.has_{{ whole }}
{% endfor %}
                then 'no_rate: {{ meter.name }}'
{% endfor %}
            when
{% for total in wholes %}
                {{ "or " if not loop.first }}{{ total.name }}
{% for part in meters if part.total == total.name and part != total %}
{% set like = " or rate.has_" ~ part.priced_like if part.priced_like else "" %}
                {{ "+" if part.is_overlap else "-" }} if(
                    rate.has_{{ part.name }}{{ like }}, {{ part.name }}, 0
                )
{% endfor %}
                < 0
{% endfor %}
                then 'overlapping_parts'
        end as unpriced_reason
    from matched
),

costed as (
    select
        * exclude (
            price_provider, price_model, price_variant, how, unknown, billed_audio_milliseconds
        ),
        case
            when unpriced_reason is null then billed_audio_milliseconds else audio_milliseconds
        end as billed_audio_milliseconds,
        case
            when unpriced_reason is null
                then {{ undivided_cost(meters) | indent(8) }}
        end as undivided_cost
    from judged
)

select
    * exclude (rate, undivided_cost),
    case when unpriced_reason is null then rate.price_id end as price_id,
    {{ divided("undivided_cost", "rate.divisor") }} as cost_usd
from costed
