"""Points: what a bill earns, the ledger that is the balance, visits, bills and their claims, and each line in plain words."""
