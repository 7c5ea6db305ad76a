-- One row: the name of the book's database, among those that are attached.
select current_database() as database_name
