# For those whose fingers say make: everything is in ./minasidor.
.PHONY: help up demo test quick status logs down migrate seed bench doctor
help up demo test status logs down migrate seed bench doctor:
	@./minasidor $@
quick:
	@./minasidor test --quick
