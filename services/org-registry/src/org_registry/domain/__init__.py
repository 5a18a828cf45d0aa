"""Plain rules: numbers, what the register's answer means, who may act for an account and who may end that."""
