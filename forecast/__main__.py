"""`python -m forecast` is `forecast`."""

from forecast.cli.start import main

if __name__ == "__main__":
    main()
