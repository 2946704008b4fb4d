"""Tables for the screen, the workbook and open data."""
