"""The door between files of loans and the engine's dictionary. No request, no task, no database.

Runs inside the limited child process as well as in the web's own process, so nothing here imports
Django.
"""
