-- One row: the usage of an estimate.
select
    cast($at as timestamp) as occurred_at,
    nullif(cast($provider_as_sent as varchar), '') as provider_as_sent,
    cast($model_as_sent as varchar) as model_as_sent,
    cast($variant as varchar) as variant,
    cast(null as varchar) as other_meters,
{% for meter in meters %}
    cast(${{ meter.name }} as bigint) as {{ meter.name }}{{ "," if not loop.last }}
{% endfor %}
