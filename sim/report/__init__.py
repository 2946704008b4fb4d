"""Tables, charts and pages made from a run folder."""
