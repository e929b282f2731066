"""The plugins that qpf ships, each registered by entry point."""
