"""The defences, what is left when each is taken out, and the test that must fail then.

Tests of the same build follow each other.
"""

from . import calls, hosts, inputs, misuse, pauses, servers
from .mutation import Mutation

__all__ = ["MUTATIONS", "Mutation"]

MUTATIONS = [
    *inputs.MUTATIONS,
    *calls.MUTATIONS,
    *pauses.MUTATIONS,
    *servers.MUTATIONS,
    *misuse.MODELS,
    *hosts.MUTATIONS,
    *misuse.MUTATIONS,
]
