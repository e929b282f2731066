"""Texts with a secret in them and texts without, as they stand in real repositories.

Every secret is made up, and put together here from pieces, so that no scanner takes this file for a leak.
"""

from base64 import urlsafe_b64encode

HEX = "9f86d081884c7d659a2feaa0c55ad015"
MIXED = "q7Lw2Zx9Tn4Rb8Vc3Mk6Yp1Hs5Jd0GfA"
PIECES = (
    "eyJ" + "hbGciOiJIUzI1NiJ9",
    urlsafe_b64encode(b'{"sub":"fleet","iat":1}').decode().rstrip("="),
    MIXED,
)
JWT = ".".join(PIECES)
KEY = "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIEowIBAAKCAQEA7\nabc=\n-----END RSA PRIVATE KEY-----"

SECRETS = {
    "AWS access key": ("note: AKIA" + "Q3EGRIXNZ7PTLM2W", "AKIA" + "Q3EGRIXNZ7PTLM2W"),
    "AWS secret key": ("aws_secret_access_key: " + MIXED + "x/+8bcd2", MIXED + "x/+8bcd2"),
    "GitHub token": ("# used by CI: ghp_" + MIXED + "a1b2", "ghp_" + MIXED + "a1b2"),
    "GitHub fine-grained token": ("x: github_pat_" + MIXED, "github_pat_" + MIXED),
    "GitLab token": ("x: glpat-" + MIXED[:20], "glpat-" + MIXED[:20]),
    "npm token": ("x: npm_" + MIXED + "abcd", "npm_" + MIXED + "abcd"),
    "PyPI token": ("x: pypi-AgE" + MIXED, "pypi-AgE" + MIXED),
    "OpenAI key": ('x: "sk-proj-' + MIXED + '"', "sk-proj-" + MIXED),
    "Anthropic key": ("Use sk-ant-api03-" + MIXED + " for it.", "sk-ant-api03-" + MIXED),
    "Hugging Face token": ("x: hf_" + MIXED, "hf_" + MIXED),
    "Slack token": ("x: xoxb-" + "2847561930-" + MIXED, "xoxb-" + "2847561930-" + MIXED),
    "Slack webhook": (
        "x: https://hooks.slack.com/services/" + "T024BE7LD/B024BE7LE/" + MIXED[:24],
        "T024BE7LD/B024BE7LE/" + MIXED[:24],
    ),
    "Stripe key": ("x: sk_live_" + MIXED[:24], "sk_live_" + MIXED[:24]),
    "Google key": ("x: AIza" + MIXED + "abc", "AIza" + MIXED + "abc"),
    "SendGrid key": (
        "x: SG." + MIXED[:22] + "." + MIXED + MIXED[:11],
        "SG." + MIXED[:22] + "." + MIXED + MIXED[:11],
    ),
    "Twilio key": ("x: SK" + HEX, "SK" + HEX),
    "Telegram bot": ("x: 2847561930:AA" + MIXED + "a", "2847561930:AA" + MIXED + "a"),
    "Vault token": ("x: hvs." + MIXED, "hvs." + MIXED),
    "NATS seed": ("seed: SU" + "AM3QW7KZB5" * 5 + "XYZABC", "SU" + "AM3QW7KZB5" * 5 + "XYZABC"),
    "age key": ("x: AGE-SECRET-KEY-1" + "QZ7XW5KM" * 7 + "AB", "AGE-SECRET-KEY-1" + "QZ7XW5KM" * 7 + "AB"),
    "signed token": ("x: " + JWT, JWT),
    "private key": (KEY, "MIIEowIBAAKCAQEA7"),
    "address": ("url: postgresql://qpf:n0t-s0-s3cret@db.internal:5432/x", "qpf:n0t-s0-s3cret"),
    "address without user": ("url: redis://:Zk3vQ9@cache:6379/0", ":Zk3vQ9"),
    "authorization": ("curl -H 'Authorization: Bearer " + MIXED + "'", MIXED),
    "chosen password": ("password: hunter2", "hunter2"),
    "quoted word": ("db_password: 'letmein'", "letmein"),
    "machine password": ("  POSTGRES_PASSWORD: " + MIXED, MIXED),
    "flow mapping": ("{api_key: " + HEX + ", region: eu}", HEX),
    "uuid": ("client_secret: 3f2b8c1e-9d47-4a6b-8e21-7c5d90ab12ef", "3f2b8c1e-9d47-4a6b-8e21-7c5d90ab12ef"),
    "pair of name and value": ("- name: DB_PASSWORD\n  value: hunter2\n", "hunter2"),
    "block": ("signing_key: |\n  " + MIXED + "\nnext: 1\n", MIXED),
    "in a prompt": ("instructions: |\n  Ask the desk. The api_key: " + HEX + " and be brief.\n", HEX),
    "upper case": ("API_KEY=" + HEX, HEX),
    "begins like a path": ("aws_secret_access_key: /" + MIXED + "x", "/" + MIXED + "x"),
    "begins like a deeper path": ("api_key: /run/" + MIXED, "/run/" + MIXED),
    "begins like a variable": ("password: '$ecr3t-Passw0rd'", "$ecr3t-Passw0rd"),
    "begins with a variable": ("password: '$STORE-Passw0rd'", "$STORE-Passw0rd"),
    "begins with a variable in braces": ('password: "${STORE}Passw0rd"', "${STORE}Passw0rd"),
    "begins with an expression": ('api_key: "{{store}}' + MIXED + '"', "{{store}}" + MIXED),
    "begins like an expression": ("password: '{hunter2-X9'", "{hunter2-X9"),
    "begins like a file": ("password: '@dmin-Passw0rd9'", "@dmin-Passw0rd9"),
    "begins like a file of words": ("password: '@dmin-Password9'", "@dmin-Password9"),
    "begins like a place": ("password: '<3hunter2'", "<3hunter2"),
    "begins like a format": ("password: '%hunter2-X9'", "%hunter2-X9"),
    "begins like a block": ("password: '|hunter2-X9'", "|hunter2-X9"),
    "begins like an answer": ("password: '>hunter2-X9'", ">hunter2-X9"),
    "begins with crosses": ("aws_secret_access_key: xxx" + MIXED, "xxx" + MIXED),
    "begins with dots": ("api_key: .." + MIXED, ".." + MIXED),
    "begins with an ellipsis": ("api_key: …" + MIXED, "…" + MIXED),
    "begins with a word of a vault": ("client_secret: secret." + MIXED, "secret." + MIXED),
    "begins like a name in a file": ("api_key: file:" + MIXED, "file:" + MIXED),
    "begins like a name elsewhere": ("client_secret: op:" + MIXED, "op:" + MIXED),
    "begins like a resource": ("client_secret: arn:" + MIXED, "arn:" + MIXED),
    "address that begins like a variable": ("url: redis://:$ecr3t@cache:6379/0", ":$ecr3t"),
    "after other letters": ("größe: 1\npassword: hunter2", "hunter2"),
}
"""By name: a text, and the one secret in it as it must be found."""

GITHUB = "ghp_" + MIXED
SEVERAL = {
    "a token beside a key": ("api_key: " + HEX + " " + GITHUB, [HEX, GITHUB]),
    "a token below a key": ("api_key: |\n  " + HEX + "\n  " + GITHUB + "\n", [HEX, GITHUB]),
    "a note above a key": ("api_key: |\n  # note\n  " + HEX + "\n", [HEX]),
    "keys of one block": ("credentials: |\n\n  " + HEX + "\n\n  " + MIXED + "\n", [HEX, MIXED]),
    "a name in a block": ("api_key: |\n  " + MIXED + "\n  token: " + HEX + "\n", [MIXED, HEX]),
    "a private key in a block": (
        "private_key: |\n  " + KEY.replace("\n", "\n  ") + "\n  " + GITHUB + "\n",
        ["MIIEowIBAAKCAQEA7", GITHUB],
    ),
    "what follows a private key that does not end": (
        KEY.partition("-----END")[0] + "api_key: " + HEX + "\nnote: " + GITHUB + "\n",
        ["MIIEowIBAAKCAQEA7", HEX, GITHUB],
    ),
}
"""By name: a text, and all the secrets in it, in order."""

CODE_SECRETS = {
    "literal": ('TOKEN = "' + MIXED + '"', MIXED),
    "keyword": ("connect(password='s3cr3t-word')", "s3cr3t-word"),
    "token in code": ("client = Client('ghp_" + MIXED + "')", "ghp_" + MIXED),
}
"""The same for hand-written code and templates."""

DATA_FILES = (
    "agents/a.yaml", "compose.yml", "realm.json", ".env", "store.env", "nats.conf", "pyproject.toml",
    "README.md", "Dockerfile", "build/Dockerfile", "base.Dockerfile", "start.sh",
)  # fmt: skip
"""One of each suffix where a literal needs no quotes; templates of such files are such files."""
DATA_SECRETS = {
    "password": ("password: hunter2-X9", "hunter2-X9"),
    "variable": ("ENV STORE_API_KEY=" + HEX + "\n", HEX),
    "exported": ("export STORE_TOKEN=" + MIXED + " # for the store\n", MIXED),
    "beside an expression": ("x: {{ x }}\ntoken: " + MIXED + "\ny: {{ y }}\n", MIXED),
    "after an expression": ("{{ agent.name }} {% if x %} token: " + MIXED + " {% endif %}", MIXED),
    "in a template's comment": ("{# token: " + MIXED + " #}", MIXED),
    "literal in an expression": ("{{ connect(token='" + MIXED + "') }}", MIXED),
}
"""The same for texts of all such files."""
CLEAN_DATA = {
    "expression": "password: {{ store.password2 }}",
    "expression in quotes": 'STORE_API_KEY="{{ store.api_key_2024 }}"',
    "expression behind others": "STORE_URL={{ url }} STORE_TOKEN={{ store.token_v2024x }}",
    "variable of a build": "ARG STORE_TOKEN\nENV STORE_TOKEN=${STORE_TOKEN_2024}",
    "mounted": "RUN --mount=type=secret,id=token,target=/run/token2 TOKEN=$(cat /run/token2) make",
    "argument": 'password="$1"\ntoken=$token\nTOKEN=$STORE_TOKEN_2024',
    "what a command says": "token=$(jq -r .access_token_2024 answer.json)",
    "compared": 'if [ "$token" = "none" ]; then exit 1; fi',
}
CLEAN_TEMPLATES = {
    "setting": "{% set token = values.deployment.token_v2024x %}",
    "keyword": "{{ connect(token=values.deployment.token_v2024x) }}",
    "keyword over lines": "{%- set x = connect(\n  token=values.deployment.token_v2024x,\n) %}",
    "name within": "{{ values['token'] }} {{ token }}: {{ other }}",
}
CLEAN = {
    "reference": "secrets: {DATABASE_URL: {secret: main-agent-memory, key: url}}",
    "reference to an api key": "ANTHROPIC_API_KEY: {secret: main-agent-model, key: api-key}",
    "variable": "password: ${STORE_PASSWORD:?set it in .env}",
    "variable in an address": "url: redis://:${STORE_PASSWORD}@redis:6379/0",
    "template": 'password: "{{ store.password }}"',
    "place": "api_key: <your key>",
    "stars": "password: ********",
    "dots": "token: ...",
    "crosses": "token: xxxxxxxxxxxxxxxx",
    "example": "aws_access_key_id: AKIA" + "IOSFODNN7EXAMPLE",
    "example secret": "aws_secret_access_key: wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
    "change me": "password: change-me-1",
    "manual": "postgresql://user:password@localhost/db",
    "file": "token: /run/secrets/token",
    "vault": "api_key: vault:kv/agents#key1",
    "arn": "client_secret: arn:aws:secretsmanager:eu-1:123456789012:secret:x",
    "digest": "versionhash: sha256:" + HEX * 2,
    "digest under a name": "token: sha256:" + HEX * 2,
    "image": "image: registry.example/l9/main-agent@sha256:" + HEX * 2,
    "commit": "ref: 5ecf9b6f0c1d2e3a4b5c6d7e8f9a0b1c2d3e4f5a",
    "uuid": "request_id: 3f2b8c1e-9d47-4a6b-8e21-7c5d90ab12ef",
    "limit": "max_tokens: 20000",
    "keyspace": "keyspace: agent_v6:main_agent:*",
    "model": "primary_model: anthropic:claude-sonnet-4-5-20250929",
    "name": "token: main-agent-token-2",
    "module": 'implementation: "qpf_runtime.components.token:read_token2"',
    "required": "password: required",
    "absent": "password: null",
    "empty": 'password: ""',
    "prose": "instructions: Never repeat a password: it is private. A token = a word.",
    "prose about tokens": "description: What the access token: opaque to us.",
    "basic": "description: Needs basic understanding-of-markets only.",
    "git": "url: ssh://git@github.com/org/repo.git",
    "mail": "contact: https://example.org/a@b",
    "port": "url: nats://nats.messaging.svc:4222",
    "count": "token: 0123456789abcdef",
    "variable of small letters": "password: $store_password",
    "variable of large letters": "password: $STORE_PASSWORD_2024",
    "variable quoted": "password: '$STORE_PASSWORD'",
    "variables one after the other": 'api_key: "${REGION_2024}-${STORE_KEY_2024}"',
    "variable in a variable": 'password: "${STORE_PASSWORD:-${CACHE_PASSWORD_2}}"',
    "variable in a flow mapping": "{password: ${STORE_PASSWORD_2024}, region: eu}",
    "variable of a workflow": "token: ${{ secrets.STORE_TOKEN_2024 }}",
    "variable of a manifest": "api_key: $(STORE_API_KEY_2024)",
    "variable of another shell": "api_key: $env:STORE_API_KEY_2024",
    "variable of yet another shell": "password: '%STORE_PASSWORD%'",
    "expression without spaces": 'api_key: "{{values.store.key_v2024}}"',
    "expressions one after the other": 'api_key: "{{values.region2024}}:{{values.key2024}}"',
    "place of a format": "url: redis://:{quote(settings.password)}@cache:6379/0",
    "place of a numbered format": "url: redis://:%s@cache:6379/0",
    "place with digits": "api_key: <your-key-of-32-characters>",
    "path": "password: /run/secrets/main-agent_2.key",
    "path above": "password: ../secrets/password2",
    "path with a variable": "password: /run/secrets/${AGENT_2}/password",
    "path with a query": "access_token: /v2/oauth2/token?grant=code2",
    "file to be read": 'token: "@/run/secrets/main2024.token"',
    "file beside": "password: '@secrets/password2.txt'",
    "name in the environment": "api_key: env:X509CERT_KEY_2024",
    "name of a secret": "client_secret: secret:main-agent/client_secret_2024",
    "file with a scheme": "api_key: file:///run/secrets/key2024",
    "place in a vault": "client_secret: op://agents/main-agent-2024/client_secret",
    "place in another vault": 'api_key: "@Microsoft.KeyVault(SecretUri=https://x2024.vault.azure.net/key1)"',
    "encrypted": "client_secret: sealed:" + MIXED,
    "other digest": "token: md5:" + HEX,
    "crosses in groups": "password: xxxx-xxxx-xxxx",
    "large crosses": "password: XXXXXXXX",
    "dashes": "password: --------",
    "many dots": "password: ........",
    "ellipsis": "password: '…'",
    "hint of a form": "hint: tokens begin with ghp_ or sk- here",
}
CLEAN_CODE = {
    "expression": "token = os.environ['TOKEN']",
    "call": "password = read_secret(name)",
    "annotation": "def connect(password: str, token: Token1234567890) -> None: ...",
    "passed on": "connect(password=password, api_key=settings.api_key_v2024)",
    "constraint": "deployment: auth_token: string & =~ pattern1234567890",
    "template": "password: {{ password }}",
}
