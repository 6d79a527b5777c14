"""Rules of care: read, switched, edited, tried dry, measured."""
