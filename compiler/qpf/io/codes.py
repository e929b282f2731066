"""Every kind of defect that the file system can show, on the way in (QPF03x) and out (QPF05x)."""

from qpf.model.diagnostic import Code, Severity

NO_FLEET = Code("QPF030", "no-fleet", Severity.ERROR, "The folder holds no `qpf.yaml`, so it is not a fleet.")
BAD_SYMLINK = Code(
    "QPF031",
    "bad-symlink",
    Severity.ERROR,
    "A symbolic link leaves the fleet's folder, leads nowhere, or goes round in circles.",
)
BAD_PATH = Code(
    "QPF032",
    "bad-path",
    Severity.ERROR,
    "A file name cannot be written portably: not UTF-8, a control character, or `..`.",
)
NAME_COLLISION = Code(
    "QPF033",
    "name-collision",
    Severity.ERROR,
    "Two names differ only in letter case or Unicode form, and are one file on other machines.",
)
SPECIAL_FILE = Code(
    "QPF034",
    "special-file",
    Severity.ERROR,
    "An input is a folder, pipe, socket or device instead of a file.",
)
UNREADABLE_SOURCE = Code("QPF035", "unreadable-source", Severity.ERROR, "An input cannot be read.")
OVERSIZED_SOURCE = Code("QPF036", "oversized-source", Severity.ERROR, "An input is larger than 4 MiB.")
MISNAMED_SOURCE = Code(
    "QPF037",
    "misnamed-source",
    Severity.ERROR,
    "A file is named nearly like an input, so it would be passed over in silence.",
)
NESTED_SOURCE = Code(
    "QPF038", "nested-source", Severity.WARNING, "A schema lies in a subfolder, where schemas are not read."
)
BAD_REVISION = Code(
    "QPF039",
    "bad-revision",
    Severity.ERROR,
    "A git revision cannot be read: no such revision, or no repository.",
)

LEFT_OUT = frozenset(
    {BAD_SYMLINK, BAD_PATH, SPECIAL_FILE, UNREADABLE_SOURCE, OVERSIZED_SOURCE, MISNAMED_SOURCE},
)
"""What makes a file be left out that is, or is meant to be, an input."""

DAMAGED_LOCK = Code(
    "QPF050",
    "damaged-lock",
    Severity.WARNING,
    "A `qpf.lock` is not what qpf wrote; the next compile writes it anew.",
)
NEWER_LOCK = Code(
    "QPF051",
    "newer-lock",
    Severity.ERROR,
    "A `qpf.lock` has a format that this version of qpf does not know.",
)
UNOWNED_FILE = Code(
    "QPF052",
    "unowned-file",
    Severity.ERROR,
    "Something that qpf did not write stands where an emitted file belongs.",
)
UNWRITABLE_FOLDER = Code(
    "QPF053", "unwritable-folder", Severity.ERROR, "An environment's folder cannot be written."
)

CODES = (
    NO_FLEET,
    BAD_SYMLINK,
    BAD_PATH,
    NAME_COLLISION,
    SPECIAL_FILE,
    UNREADABLE_SOURCE,
    OVERSIZED_SOURCE,
    MISNAMED_SOURCE,
    NESTED_SOURCE,
    BAD_REVISION,
    DAMAGED_LOCK,
    NEWER_LOCK,
    UNOWNED_FILE,
    UNWRITABLE_FOLDER,
)
