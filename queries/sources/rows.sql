-- One row per row of another program's log, to be held in memory: what maps it runs once. Where the
-- book keeps tags in the order of their keys, those that are texts only are put into it here: such
-- a row can still be plain, and what it says is cut and joined without being parsed. (Before a key
-- stands a comma and a quote; a text that ends in a comma would look the same.)
select
    * exclude (tags),
    case
        when
            $are_tags_sorted
            and regexp_full_match(
                tags,
                '\{"[^"\\]*[^"\\,]":"([^"\\]*[^"\\,])?"(,"[^"\\]*[^"\\,]":"([^"\\]*[^"\\,])?")+\}'
            )
            then '{"'
            || array_to_string(
                list_sort(string_split(substring(tags, 3, length(tags) - 3), ',"')), ',"'
            )
            || '}'
        else tags
    end as tags
from source_row
