"""Laundry: the garment passport. What was there before is agreed before cleaning; each piece has a tag, stages and people; `stages` moves them."""
