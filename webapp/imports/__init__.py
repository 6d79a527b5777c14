"""Imports: files of members and bills, shown before, put in whole, taken out again."""
