"""What a person, a login and a session are, and the rules that hold without a database."""
