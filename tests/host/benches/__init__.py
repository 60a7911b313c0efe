"""Benches inside the real host; `scripts/bench-host` makes the environment they need and runs them."""
