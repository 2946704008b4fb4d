"""The regime of a scenario's file: its rules, read for every council and carried out."""
