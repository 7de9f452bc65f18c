"""`python -m makegood.cli`: as the command `makegood`."""

from makegood.cli.main import main

main()
