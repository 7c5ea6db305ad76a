-- One row: the rated usage of an estimate, as what `lines` reads.
select
    1 as line_key,
    price_id,
{% for meter in meters %}
    {{ meter.name }},
{% endfor %}
    billed_audio_milliseconds
from rated
