"""Other ways to hold a month of usage, each as its own documentation advises.

A peer runs in a process of its own (`worker`), which `asking` starts and asks. All are given the
same rows and the same prices (`shelf`), and must give the same answers (`answers`).
"""
