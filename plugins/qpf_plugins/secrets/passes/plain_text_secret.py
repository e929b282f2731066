"""QPF520: a secret stands in a source for everyone to read."""

from collections.abc import Iterator

from qpf.api import Code, Diagnostic, Pass, Severity, Text
from qpf_plugins.secrets.judging import secrets_in

CODE = Code(
    "QPF520", "plain-text-secret", Severity.ERROR, "A source holds a secret in plain text.", by_looks=True
)


def check(text: Text) -> Iterator[Diagnostic]:
    """A source holds a secret in plain text.

    What it does:
        Looks through every input file, prompts, comments, templates, constraints and hand-written
        code included, even one that cannot be read as a document: for tokens and keys that are
        known by their form (of clouds, forges, model providers, brokers; private keys; signed
        tokens), for passwords in addresses, and for literals under names such as `password` and
        `api_key`. References (`${TOKEN}`, `{{ token }}`, `secret: name`), digests, and what says
        that it is an example are let pass. What is found is hidden wherever the finding is shown.
        It goes by looks: what is none after all is accepted by a comment that says why.

    Why is this bad:
        Whoever may read the repository, or any copy, fork or log of it, has the secret, and has
        it for good: history keeps what a later commit takes out. A prompt is sent to the
        provider of the model besides.

    Example:
        ```yaml
        reasoningengine:
          instructions: "Ask the price service; its password: tr0ub4dor-and-3."
        ```

    Use instead:
        ```yaml
        deployment:
          secrets: {PRICE_SERVICE_PASSWORD: {secret: price-service, key: password}}
        ```
    """
    for found in secrets_in(text.path, text.content):
        yield Diagnostic(
            CODE,
            f"{found.what} stands here in plain text",
            text.span(found.start, found.end),
            hint=(
                "withdraw the secret where it was issued, for history keeps it; then name a reference "
                "under deployment.secrets"
            ),
        )


PASS = Pass("plain-text-secret", 5, (CODE,), check, scope="source")
