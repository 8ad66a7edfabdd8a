"""Command-line options that choose a performance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .performance import Performance

if TYPE_CHECKING:
    import argparse


def add_performance_options(parser: argparse.ArgumentParser) -> None:
    usual = Performance()
    parser.add_argument("--step-sec", type=float, default=usual.step_sec)
    parser.add_argument("--step-length", type=float, default=usual.step_length, help="metres")
    parser.add_argument("--radius", type=float, default=usual.radius, help="of the circle, metres")


def performance_of(options: argparse.Namespace) -> Performance:
    return Performance(step_sec=options.step_sec, step_length=options.step_length, radius=options.radius)
