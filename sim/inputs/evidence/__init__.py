"""What is known: the ledger of parameters, priors, beliefs, mechanisms, claims."""
