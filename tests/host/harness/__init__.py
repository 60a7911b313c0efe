"""What the tests share: a scripted model server, a home for the host to run in, a terminal, and a recorder of hooks."""
