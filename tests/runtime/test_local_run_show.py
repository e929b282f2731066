"""What `qpf send` names as the next command."""

import pytest

from qpf_plugins.local_run.delivery import Delivered
from qpf_plugins.local_run.show import as_text

FAILED = {"at": "ada.step", "code": "step_failed", "message": "odd", "passing": False}
GIVEN_UP = "given up: qpf dlq show p-1 --env dev; when the cause is mended: qpf dlq replay p-1 --env dev"


@pytest.mark.parametrize(
    ("kind", "payload", "lasting", "last"),
    [
        ("result", {"decision": "approved"}, True, "all of it: qpf trace p-1 --env dev"),
        ("result", {"decision": "escalated"}, True, "decide it: qpf approvals list --env dev"),
        ("result", {"decision": "escalated"}, False, "all of it: qpf trace p-1 --env dev"),
        ("error", FAILED, True, GIVEN_UP),
        ("error", FAILED | {"passing": True}, True, "path"),
        ("error", FAILED, False, "path"),
    ],
)
def test_an_answer_names_the_command_that_goes_on(kind, payload, lasting, last):
    reply = {"kind": kind, "payload": payload, "causation_id": "p-1"}
    told = as_text("dev", Delivered("ada.note", "note", "x", reply, (), (), "p-1", lasting=lasting))
    assert told.splitlines()[-1] == last
