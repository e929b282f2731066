"""An address of a cache is refused if it is none, before anything of it goes to anybody."""

import pytest

from qpf.model.cache import StoreError
from tests.shared_cache.opening import open_store

REDIS = "its address is none of Redis: redis[s]://[[user]:password@]host[:port][/number]"
S3 = "its address is none of S3: s3://bucket[/prefix][?endpoint_url=https://…][&region=…]"
ESCAPES = "; in a password, @ is written %40, / %2F, # %23 and ? %3F"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("redis://host:0", REDIS),
        ("redis://:hu/sh@host", REDIS + ESCAPES),
        ("redis://:hu#sh@host", REDIS + ESCAPES),
        ("redis://:12?sh@host", REDIS + ESCAPES),
        ("s3://key:12/sh@bucket", S3 + ESCAPES),
        ("s3://key:12#sh@bucket", S3 + ESCAPES),
        ("s3://key:12?sh@bucket", S3 + ESCAPES),
    ],
)
def test_what_is_no_address_is_told_how_it_is_written(url: str, said: str) -> None:
    with pytest.raises(StoreError) as refused:
        open_store(url)
    assert str(refused.value) == said
