"""The main journey through the running suite, told step by step: ``./minasidor demo``."""
