"""`python -m forecast` is `forecast`."""

from forecast.cli.main import main

main()
