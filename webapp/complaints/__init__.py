"""Complaints: cases on one promise ladder that the customer can see. `deadlines` knows the clock, `cases` the story, `ladder` what is missed."""
