"""What BankID's server and the app do: plain Python, no web framework."""
