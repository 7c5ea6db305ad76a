-- No rows: all names are resolved anew when they are needed.
delete from model_name
