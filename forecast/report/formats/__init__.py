"""What draws pages and results: a terminal, and the formats of files."""

REPORT_FORMATS = ("html", "md", "json", "csv", "xlsx")
