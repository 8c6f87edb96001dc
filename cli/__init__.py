"""The command `interlude`, which `make import` installs. Its parts are in importer and checker."""
