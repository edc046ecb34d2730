"""Addresses of buckets and endpoints: what is taken, and what is refused without a word of it."""

import pytest

from planrun.core.address import Address, Service, address, endpoint
from planrun.errors import UsageFault

CANARY = "s3cr3tCANARY"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("s3://bucket", Address(Service.S3, "bucket")),
        ("s3://bucket/", Address(Service.S3, "bucket")),
        ("s3://my.bucket-1/a/b c/", Address(Service.S3, "my.bucket-1", "a/b c")),
        ("gs://bucket/x", Address(Service.GS, "bucket", "x")),
        ("az://container/x", Address(Service.AZ, "container", "x")),
    ],
)
def test_what_an_address_says(text, found):
    assert address(text) == found
    assert address(str(found)) == found


def test_the_address_of_a_set_is_that_of_its_store_and_its_name():
    assert address("s3://bucket/a/b/set").split() == (Address(Service.S3, "bucket", "a/b"), "set")
    assert address("s3://bucket/set").split() == (Address(Service.S3, "bucket"), "set")
    assert address("s3://bucket").split() == (Address(Service.S3, "bucket"), "")


@pytest.mark.parametrize(
    "text",
    [
        f"s3://key:{CANARY}@bucket/prefix",
        f"s3://key:{CANARY}",
        f"s3://bucket/prefix?AWSAccessKeyId=x&Signature={CANARY}",
        f"s3://bucket/prefix#{CANARY}",
        f"https://hooks.example.org/{CANARY}",
        f"{CANARY}@bucket",
    ],
)
def test_what_may_be_a_credential_is_not_repeated(text):
    with pytest.raises(UsageFault) as refused:
        address(text)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "bucket", "s3:/bucket", "s3://", "s3:///x", "s3://b", "s3://bu_cket!/x", "ftp://bucket", "S3://bucket"]
)
def test_what_is_no_address(text):
    with pytest.raises(UsageFault):
        address(text)


@pytest.mark.parametrize("prefix", ["..", "a/../b", "./a", "a//b", "/a", "a\n", "a\x00b", "é", "a*?"])
def test_what_is_no_prefix(prefix):
    with pytest.raises(UsageFault):
        address(f"s3://bucket/{prefix}")


@pytest.mark.parametrize(
    "text",
    [
        "https://s3.example.org",
        "https://ref.storage.example.org/storage/v1/s3",
        "https://[2001:db8::1]:9000",
        "http://localhost:9000",
        "http://127.0.0.1",
        "http://127.8.8.8:1",
        "http://[::1]:9000",
    ],
)
def test_an_endpoint_with_tls_or_on_this_machine(text):
    assert endpoint(f"{text}/") == text


@pytest.mark.parametrize(
    "text",
    [
        "http://s3.example.org",
        "http://localhost.example.org",
        "http://127.0.0.1.example.org",
        "http://10.0.0.1",
        "http://0.0.0.0",
        "http://169.254.169.254",
        "http://2130706433",
        "http://[::ffff:10.0.0.1]",
    ],
)
def test_an_endpoint_without_tls_elsewhere(text):
    with pytest.raises(UsageFault, match="reached without TLS"):
        endpoint(text)


@pytest.mark.parametrize(
    "text", [f"https://key:{CANARY}@s3.example.org", f"https://s3.example.org?x={CANARY}", f"https://h/#{CANARY}"]
)
def test_an_endpoint_with_more_in_it_is_not_repeated(text):
    with pytest.raises(UsageFault) as refused:
        endpoint(text)
    assert CANARY not in str(refused.value)


@pytest.mark.parametrize(
    "text", ["", "s3.example.org", "ftp://x", "https://", "https://x:99999", "https://[::1", "file:///etc"]
)
def test_what_is_no_endpoint(text):
    with pytest.raises(UsageFault):
        endpoint(text)
