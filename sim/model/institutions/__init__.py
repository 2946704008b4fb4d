"""Institutions as SimPy processes: Ofsted, the department, directors, trusts, peers."""
