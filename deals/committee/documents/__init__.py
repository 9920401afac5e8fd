"""Frozen packages on paper: plain values in, PDF bytes out."""
