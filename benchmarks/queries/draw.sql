-- No rows: defines a number in [0, 1) that looks random and is the same for the same three numbers.
-- The numbers are made one before they are hashed: hashes that are combined differ by a constant.
create or replace temp macro draw(number, seed, salt) as
    cast(hash(cast(seed * 1000000000000000 + number * 16 + salt as bigint)) >> 11 as double)
    * 1.1102230246251565e-16
