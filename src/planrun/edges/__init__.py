"""The edges: each room is the only one that speaks to its library or to its part of the world."""
