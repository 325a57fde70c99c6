"""How much compute and chip money AI training and AI inference will each take."""

__version__ = "0.1.0"
