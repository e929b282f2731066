"""Findings about plugins and about what they do when they run."""

from qpf.model.diagnostic import Code, Severity

PLUGIN_UNLOADABLE = Code(
    "QPF001", "plugin-unloadable", Severity.ERROR, "An installed plugin cannot be imported or registered."
)
DUPLICATE_PLUGIN = Code(
    "QPF002", "duplicate-plugin", Severity.ERROR, "Two plugins have the same name, or are the same object."
)
UNKNOWN_PLUGIN = Code(
    "QPF003", "unknown-plugin", Severity.ERROR, "A plugin that is asked for is not installed."
)
UNKNOWN_HOOK = Code(
    "QPF004", "unknown-hook", Severity.ERROR, "A plugin implements a hook that does not exist."
)
BAD_HOOK = Code(
    "QPF005", "bad-hook", Severity.ERROR, "A plugin implements a hook in a way that cannot be called."
)
HOOK_FAILED = Code("QPF006", "hook-failed", Severity.ERROR, "A hook of a plugin raised.")
BAD_REGISTRATION = Code(
    "QPF007", "bad-registration", Severity.ERROR, "A plugin registered something malformed."
)
DUPLICATE_REGISTRATION = Code(
    "QPF008", "duplicate-registration", Severity.ERROR, "A name is registered twice."
)
CONFLICTING_CODE = Code(
    "QPF009",
    "conflicting-code",
    Severity.ERROR,
    "A code has two meanings, or is not the plugin's to declare.",
)
UNKNOWN_PASS = Code("QPF010", "unknown-pass", Severity.ERROR, "A pass runs after one that does not exist.")
PASS_CYCLE = Code("QPF011", "pass-cycle", Severity.ERROR, "Passes want to run after each other in a circle.")
PLUGIN_CRASHED = Code(
    "QPF012", "plugin-crashed", Severity.ERROR, "A plugin raised while it was checking, emitting or judging."
)
PLUGIN_MUTATED_INPUT = Code(
    "QPF013", "plugin-mutated-input", Severity.ERROR, "A plugin tried to change what it was given to read."
)
UNDECLARED_CODE = Code(
    "QPF014", "undeclared-code", Severity.ERROR, "A plugin reported a code that it did not declare."
)
WRONG_RESULT = Code(
    "QPF015", "wrong-result", Severity.ERROR, "A plugin handed over something else than it must."
)
UNSAFE_ARTIFACT = Code(
    "QPF016",
    "unsafe-artifact",
    Severity.ERROR,
    "An artifact cannot be written, or would be where it may not.",
)
PATH_CLAIMED_TWICE = Code(
    "QPF017", "path-claimed-twice", Severity.ERROR, "Two artifacts of an environment want the same path."
)
UNKNOWN_SCHEME = Code(
    "QPF018", "unknown-scheme", Severity.ERROR, "No installed plugin opens addresses of this kind."
)
LAYER_NOT_REACHED = Code(
    "QPF020",
    "layer-not-reached",
    Severity.ERROR,
    "A layer that was asked for could not be seen whole, because of errors before it.",
)
PASS_TOO_SLOW = Code(
    "QPF021",
    "pass-too-slow",
    Severity.ERROR,
    "A pass took longer for one agent than it may, and was ended.",
    unsettled=True,
)

CODES = (
    PLUGIN_UNLOADABLE,
    DUPLICATE_PLUGIN,
    UNKNOWN_PLUGIN,
    UNKNOWN_HOOK,
    BAD_HOOK,
    HOOK_FAILED,
    BAD_REGISTRATION,
    DUPLICATE_REGISTRATION,
    CONFLICTING_CODE,
    UNKNOWN_PASS,
    PASS_CYCLE,
    PLUGIN_CRASHED,
    PLUGIN_MUTATED_INPUT,
    UNDECLARED_CODE,
    WRONG_RESULT,
    UNSAFE_ARTIFACT,
    PATH_CLAIMED_TWICE,
    UNKNOWN_SCHEME,
    LAYER_NOT_REACHED,
    PASS_TOO_SLOW,
)
