"""From bytes to a table of text: what an untrusted file is, whether it is safe, what its cells say.

Nothing here knows the database, the dictionary's meaning or who sent the file. It runs in the
limited child process of `child.py`; a file that cannot be read raises `FileRefused`.
"""
