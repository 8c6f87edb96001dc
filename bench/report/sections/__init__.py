"""The sections of the page: each is a function from the figures of a report to Markdown."""
