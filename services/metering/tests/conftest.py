from chassis.testing import for_service

settings, database, app, client, tx = for_service("metering")
