-- One row: a single record.
insert into usage_open (
{{ usage_columns() }},
    content_hash
)
values (
{% for name in usage %}
    ${{ name }},
{% endfor %}
    $content_hash
)
