"""Whatever schemathesis makes of the agent's own OpenAPI document: no answer is a server's failure."""

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error

from tests.runtime.process import TOKEN, running_doubler

pytestmark = [pytest.mark.network, pytest.mark.slow]

HEADERS = {"authorization": f"Bearer {TOKEN}"}

EXAMPLES = 25


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    with running_doubler(tmp_path_factory.mktemp("agent")) as (_, url):
        yield url


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_no_request_makes_the_server_fail(url, mode):
    document = httpx.get(f"{url}/openapi.json", headers=HEADERS, trust_env=False).json()
    schema = schemathesis.openapi.from_dict(document)
    statuses = set()
    for found in schema.get_all_operations():
        operation = found.ok()

        @settings(
            max_examples=EXAMPLES,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=operation.as_strategy(generation_mode=mode))
        def probe(case):
            response = case.call(base_url=url, headers=HEADERS)
            case.validate_response(response, checks=[not_a_server_error])
            statuses.add(response.status_code)

        if mode is GenerationMode.POSITIVE or operation.body or operation.path_parameters:
            probe()
    assert statuses & {200, 202} if mode is GenerationMode.POSITIVE else statuses & {400, 404, 422}
    assert httpx.get(f"{url}/ready", trust_env=False).status_code == 200
