-- One row: a single record of few meters that has a price.
insert into usage_open (
{{ usage_columns() }},
    content_hash
)
values (
{% for name in usage %}
{% if name in counted and name not in common_names or name in ("other_meters", "unpriced_reason") %}
    {{ "0" if name in counted else "null" }},
{% elif name == "variant" %}
    '',
{% else %}
    ${{ name }},
{% endif %}
{% endfor %}
    $content_hash
)
