"""Trains Strata's starter model from pictures that a program draws. Never imported at run time."""
