"""Retargeting: put the motion of one skeleton onto another."""
