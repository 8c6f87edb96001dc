"""The command `interlude`, which `make import` installs: its parts are in importer and checker."""
