"""The one rule of this plugin."""

from qpf_plugins.secrets.passes import plain_text_secret

PASSES = (plain_text_secret.PASS,)
