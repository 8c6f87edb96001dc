"""Makes docs/performance.md, its plots and its figures of what was measured."""
