"""What `make` runs: it builds, trains, starts and checks Devir.

These modules run before any environment exists, so they use the standard library alone;
`service` is the exception, and runs in .venv.
"""
