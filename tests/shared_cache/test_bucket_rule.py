"""The rule that the page gives for a bucket reaches all that a compile puts there."""

import json
import shutil
from pathlib import Path

import obstore
import pytest
from obstore.store import S3Store as Bucket

from tests.command import run
from tests.servers.s3 import S3

ROOT = Path(__file__).parent.parent.parent
PAGE = ROOT / "docs" / "how-to" / "share-a-cache.md"


@pytest.mark.network
def test_the_rule_for_a_bucket_reaches_all_that_a_compile_puts_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, s3: S3
) -> None:
    (line,) = (each for each in PAGE.read_text().splitlines() if each.startswith('{"Rules"'))
    (rule,) = json.loads(line)["Rules"]
    for name, value in s3.environment.items():
        monkeypatch.setenv(name, value)
    address = s3.create()
    fleet = shutil.copytree(ROOT / "tests" / "fleets" / "tiny", tmp_path / "fleet")
    assert run(["compile", "--cache", address], fleet)[0] == 0
    bucket = Bucket(address.removeprefix("s3://"), client_options={"allow_http": True})
    kept = [each["path"] for page in obstore.list(bucket) for each in page]
    assert kept
    assert [path for path in kept if not path.startswith(rule["Filter"]["Prefix"])] == []
