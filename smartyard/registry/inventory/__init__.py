"""The operator's inventory as files: read, checked, compared with the database, written at once.

A file goes through `reading` (text to raw rows with their lines), `rows` (shapes), `plan` (what
the database is to hold), `difference` (what that changes) and `repository` (bulk statements).
"""
