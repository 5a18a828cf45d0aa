"""The pages of Mina sidor. A client of the gateway's API: no database, no broker, no call past the gateway."""
