-- One row per price that the new one replaces, in whole or in part: it is known until now.
update price
set known_to = cast($now as timestamp)
where
    {{ is_replaced() }}
