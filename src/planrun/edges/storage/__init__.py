"""Stores: the places that hold copies of backup sets, behind `planrun.ports.Store`."""
