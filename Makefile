# For those whose fingers say make: everything is in ./minasidor.
.PHONY: help up demo test quick status logs down migrate seed bench doctor screenshots lighthouse
help up demo test status logs down migrate seed bench doctor lighthouse:
	@./minasidor $@
quick:
	@./minasidor test --quick
screenshots:
	@./minasidor screenshots .run/screenshots
.PHONY: lock
## write requirements/*.txt anew (needs uv)
lock:
	for name in runtime build simulators test lint; do \
	  uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    requirements/$$name.in -o requirements/$$name.txt || exit 1; \
	done
	python3 tools/check_locks.py
