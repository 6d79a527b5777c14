"""The till's door: bills and refunds by machine, one bearer key per store, every write exactly once.

Called by tills over HTTP; bodies are checked against the structures in `shapes.py`, which also make the OpenAPI document. It decides
nothing about points: that is `points.purchases`.
"""
