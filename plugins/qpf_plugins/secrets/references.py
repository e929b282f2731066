"""Tells what stands for a secret from a secret: variables, expressions, paths, names, digests, blanks.

A value is one from its first character to its last: `$TOKEN` is a reference, `$ecr3t-Passw0rd` only begins
like one.
"""

import re

# Patterns match in one way only: the first is the longest, and nothing is tried twice.
_VARIABLE = r"""(?>
    \$\{\{[^\n]*?\}\}                                       # ${{ secrets.TOKEN }}
    | \$\{[^{}\n]*(?:\$\{[^{}\n]*\}[^{}\n]*)*\}             # ${TOKEN}   ${TOKEN:-${OTHER}}
    | \$\([^()\n]*\)                                        # $(TOKEN)   $(cat token)
    | \$env:[A-Za-z_]\w*
    | \$[a-z_]+(?![A-Za-z0-9]) | \$[A-Z_][A-Z0-9_]*         # $token     $TOKEN
    | \{\{[^\n]*?\}\} | \{%[^\n]*?%\}                       # {{ token }}
    | \{[A-Za-z_][\w.]*(?:\([\w.,\ ]*\))?(?:![ars])?\}      # {token}    {quote(token)}
    | %[A-Z_][A-Z0-9_]*% | %\([\w.]+\)s | %\{[\w.]+\} | %s  # %TOKEN%
    | <[^<>\n]+>                                            # <token>
)"""
# Words as people make names of, parted as in names, among them variables: `agent-2.key`, `${name}.key`.
_WORDS = r"[A-Za-z]*[0-9]{0,4}(?:[-_.*][A-Za-z]*[0-9]{0,4})*"
_PART = rf"{_WORDS}(?:{_VARIABLE}{_WORDS})*"
_TAIL = rf"(?:[?&=\#:@]{_PART})*"
_SHAPES = (
    rf"(?:{_VARIABLE}[-_.:/@ ]*)+",
    rf"(?:(?:\.\.|@(?:\.{{1,2}}|{_WORDS}))(?:/{_PART})+|(?:/{_PART}){{2,}}){_TAIL}",
    rf"(?i:env|vault|secrets?|ref|file)[:.](?:{_PART}(?:[/?&=\#:@]{_PART})*)",
    r"(?i:env)[:.][A-Z_][A-Z0-9_]*",
    r"@Microsoft\.KeyVault\([^()\n]*\)",
    r"(?i:op)://[\w./?=&-]+",
    r"(?i:arn)(?::[a-z0-9-]*){3}:[0-9]*:[\w:/.+=@-]+",
    r"(?i:sealed)[:.][\w+/=.-]+",  # encrypted
    r"(?i:sha256|sha512|md5)[:.][\w+/=-]+",
    r"(?i:x{3,}(?:[-_]x{3,})*)",
    r"\*+ | -+ | \.{2,} | …+",
)


def is_reference(text: str, start: int, end: int) -> bool:
    """Whether what stands there is a reference; a bare value may end inside of one, at its bracket."""
    # Making the patterns takes longer than looking at a small fleet, and few texts hold what they are for.
    shapes = (re.compile(shape, re.VERBOSE) for shape in _SHAPES)
    return any((match := shape.match(text, start)) and match.end() >= end for shape in shapes)
