"""Everything about HTTP that two services would otherwise both write."""
