"""`python -m qpf`."""

from qpf.cli.main import main

main()
