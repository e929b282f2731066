"""Two passes over `base/constraints`: one over its files, one over every agent."""

from qpf_plugins.cue_constraints.passes import constraint_broken, constraint_violated

PASSES = (constraint_broken.PASS, constraint_violated.PASS)
