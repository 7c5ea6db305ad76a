-- One row less per content of the files of this load, before the new counts are written.
delete from follow_content
where path in (select earlier_content.path from earlier_content)
