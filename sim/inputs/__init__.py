"""What goes into a run: the ledger, the levers, the scenarios and the state of England."""
