-- No rows: lines that are to be read once more are no longer staged.
delete from staged
where rejection_code = 'other_shape'
