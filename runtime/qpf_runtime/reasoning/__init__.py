"""How an agent comes to a verdict: the port, a deterministic engine, and models of any provider.

Importing this imports no model library: `model` does, and only agents that declare a model import it.
"""

from qpf_runtime.reasoning.choosing import OFFLINE, Models, choose_reasoner
from qpf_runtime.reasoning.means import Means
from qpf_runtime.reasoning.offline import OfflineReasoner
from qpf_runtime.reasoning.recording import audited
from qpf_runtime.reasoning.transcript import Recorder, Transcript
from qpf_runtime.reasoning.verdict import Case, Evidence, Reasoner, Verdict

__all__ = [
    "OFFLINE",
    "Case",
    "Evidence",
    "Means",
    "Models",
    "OfflineReasoner",
    "Reasoner",
    "Recorder",
    "Transcript",
    "Verdict",
    "audited",
    "choose_reasoner",
]
