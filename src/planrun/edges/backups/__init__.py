"""Backup files: pg_dump, COPY and copied files, kept in sets whose manifest alone says what counts."""
