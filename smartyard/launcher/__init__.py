"""`make run`: the whole server on a laptop, and the outside it needs, ended together.

`__main__` is the order of the steps; `postgres` a PostgreSQL of our own from the wheel; `checks`
what is looked at before anything is written; `children` and `guardian` begin and end processes.
Production hosts do not use this: they have supervisord (`smartyard.ini`).
"""
