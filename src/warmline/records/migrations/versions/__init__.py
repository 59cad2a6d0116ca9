"""One file for each step, found and ordered by alembic."""
