"""What org-registry does: one function per verb, the only place that tells the other services."""
