"""What agents emitted by qpf run on; knows nothing of the compiler."""

__version__ = "0.1.0"
